#include "engine/observe/process_usage.h"

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QList>
#include <QStringList>

#include <sys/resource.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace engine {

static QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

static std::optional<double> cpuSeconds()
{
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0)
        return std::nullopt;
    const auto seconds = [](const timeval &time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The second field of /proc/self/statm, in pages; see proc(5).
static std::optional<qint64> residentBytes()
{
    const QList<QByteArray> fields = contentOf(u"/proc/self/statm"_s).split(' ');
    if (fields.size() < 2)
        return std::nullopt;
    return fields[1].toLongLong() * ::sysconf(_SC_PAGESIZE);
}

static std::optional<qint64> openDescriptors()
{
    // One of them is the folder's own, while it is read.
    const auto entries =
        QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot);
    return entries.isEmpty() ? std::nullopt : std::optional<qint64>(entries.size() - 1);
}

/// Field 22 of /proc/self/stat counts clock ticks since the machine started; the second one may hold spaces,
/// so count from its closing parenthesis. When that was stands in /proc/stat.
static std::optional<double> startSeconds()
{
    const QByteArray stat = contentOf(u"/proc/self/stat"_s);
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    const QByteArray machine = contentOf(u"/proc/stat"_s);
    const qsizetype at = machine.indexOf("\nbtime ");
    if (fields.size() < 20 || at < 0)
        return std::nullopt;
    const qsizetype number = at + 7;
    const double booted = machine.mid(number, machine.indexOf('\n', number) - number).toDouble();
    return booted + fields[19].toDouble() / double(::sysconf(_SC_CLK_TCK));
}

ProcessUsage processUsage()
{
    return {cpuSeconds(), residentBytes(), openDescriptors(), startSeconds()};
}

} // namespace engine
