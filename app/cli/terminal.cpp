#include "app/cli/terminal.h"

#include "engine/api/values.h"
#include "engine/base/json.h"
#include "engine/base/printable.h"
#include "engine/pack/pack.h"

#include <QFileInfo>
#include <QSaveFile>

#include <cstdio>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::RunState;
using engine::StepState;

QString printable(const QString &text, bool keepLines)
{
    return engine::printable(text, keepLines);
}

static void print(std::FILE *file, const QString &text)
{
    const QByteArray bytes = text.toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), file);
    std::fflush(file);
}

void out(const QString &text)
{
    print(stdout, text);
}

void err(const QString &text)
{
    print(stderr, text);
}

void outBytes(const QByteArray &bytes)
{
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    std::fflush(stdout);
}

template<class File>
static bool writeAll(File &file, const QByteArray &bytes)
{
    return file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size();
}

engine::Result<> writeOutput(const QByteArray &bytes, const QString &path)
{
    if (path.isEmpty()) {
        outBytes(bytes);
        return {};
    }
    const auto failed = [&path](const QFileDevice &file) {
        return Error{
            engine::ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    };
    const QFileInfo target(path);
    if (target.exists() && !target.isFile()) {
        QFile file(path);
        return writeAll(file, bytes) && file.flush() ? engine::Result<>() : failed(file);
    }
    QSaveFile file(path);
    return writeAll(file, bytes) && file.commit() ? engine::Result<>() : failed(file);
}

void outJson(const QJsonObject &json)
{
    outBytes(engine::canonicalJsonOf(json) + '\n');
}

bool isTerminal(int fd)
{
    return ::isatty(fd) == 1;
}

bool askForYes(const QString &question)
{
    const QByteArray text = question.toUtf8() + "\nType yes: ";
    std::fwrite(text.constData(), 1, size_t(text.size()), stderr);
    std::fflush(stderr);
    char line[16] = {};
    return std::fgets(line, sizeof line, stdin) && QByteArray(line) == "yes\n";
}

static void printOne(const Error &error, bool withSource)
{
    Error alone = error;
    alone.causes.clear();
    err(printable(alone.toString()));
    if (!withSource || error.where.file.isEmpty() || error.where.line == 0)
        return;
    QFile file(error.where.file);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QString excerpt = engine::sourceExcerpt(file.read(16 * 1024 * 1024), error.where);
    if (!excerpt.isEmpty())
        err(printable(excerpt, true));
}

ExitCode fail(const Error &error, bool json)
{
    if (json) {
        outJson({{u"error"_s, engine::toJson(error)}});
    } else if (error.causes.isEmpty()) {
        printOne(error, isTerminal(STDERR_FILENO));
    } else {
        for (const Error &cause : error.causes)
            printOne(cause, isTerminal(STDERR_FILENO));
        err(printable(error.message));
    }
    return exitCodeFor(error.code);
}

static QString inColour(const QString &word, const char16_t *code)
{
    const bool plain = !isTerminal(STDOUT_FILENO) || qEnvironmentVariableIsSet("NO_COLOR");
    return plain ? word : u"\033[%1m%2\033[0m"_s.arg(QString::fromUtf16(code), word);
}

QString coloured(RunState state)
{
    const QString word = toString(state);
    switch (state) {
    case RunState::Succeeded: return inColour(word, u"32");
    case RunState::Failed:
    case RunState::Interrupted: return inColour(word, u"31");
    case RunState::Waiting: return inColour(word, u"33");
    case RunState::Running:
    case RunState::Cancelling: return inColour(word, u"34");
    case RunState::Queued:
    case RunState::Cancelled: return word;
    }
    Q_UNREACHABLE();
}

QString coloured(StepState state)
{
    const QString word = toString(state);
    switch (state) {
    case StepState::Succeeded: return inColour(word, u"32");
    case StepState::Failed:
    case StepState::Interrupted: return inColour(word, u"31");
    case StepState::WaitingApproval:
    case StepState::WaitingPolicy:
    case StepState::BackingOff: return inColour(word, u"33");
    case StepState::Running:
    case StepState::Cancelling: return inColour(word, u"34");
    case StepState::Pending:
    case StepState::Ready:
    case StepState::Cancelled:
    case StepState::Skipped:
    case StepState::Blocked: return word;
    }
    Q_UNREACHABLE();
}

QString table(const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    for (const QStringList &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    }
    QStringList lines;
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += i + 1 < row.size() ? row[i].leftJustified(widths[i] + 2) : row[i];
        lines += line;
    }
    return lines.join(u'\n');
}

} // namespace cli
