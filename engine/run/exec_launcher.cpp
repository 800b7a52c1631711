#include "engine/run/exec_launcher.h"

#include "engine/base/descriptor.h"

#include <QFile>
#include <QSocketNotifier>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

struct Pipe
{
    Descriptor read{};
    Descriptor write{};
};

bool makePipe(Pipe &pipe)
{
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return false;
    pipe.read = Descriptor(ends[0]);
    pipe.write = Descriptor(ends[1]);
    return true;
}

void setNonBlocking(const Descriptor &end)
{
    ::fcntl(end.fd(), F_SETFL, ::fcntl(end.fd(), F_GETFL) | O_NONBLOCK);
}

/// write() to a pipe whose reader may be gone: that is an error for the caller, not a signal that ends the
/// engine. Only this thread's mask is touched, so it does not matter what the program does with SIGPIPE.
ssize_t writeToPipe(const Descriptor &end, const char *bytes, size_t count)
{
    sigset_t pipeSignal;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&pipeSignal);
    sigaddset(&pipeSignal, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &before);
    const ssize_t written = ::write(end.fd(), bytes, count);
    const int error = errno;
    if (written < 0 && error == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
        const timespec atOnce{};
        sigtimedwait(&pipeSignal, nullptr, &atOnce);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return written;
}

constexpr int statusFdInChild = 3; // See makeCopy().
constexpr int controlFdInChild = 4;

class ExecProcess : public Process
{
public:
    ~ExecProcess() override;

    bool start(ExecServer &server, const LaunchSpec &spec);
    const Error &problem() const { return m_problem; } ///< Why start() failed.

    qint64 pid() const override { return m_pid; }
    QString startTime() const override { return m_startTime; }
    void go() override { sendControl('G'); }
    void terminate() override { sendControl('T'); }
    void kill() override { sendControl('K'); }
    void pauseOutput(bool isPaused) override;

private:
    bool makeCopy(ExecServer &server, const LaunchSpec &spec, const QList<int> &descriptors);
    bool fail(const QString &what, const QString &path, int error);
    void sendControl(char word);
    void writeInput();
    bool readStream(Descriptor &end, OutputStream stream, qint64 limit);
    void readStatus();
    void finish();
    QSocketNotifier *watch(const Descriptor &end, QSocketNotifier::Type type);

    pid_t m_pid = 0;
    QString m_startTime;
    Error m_problem{};
    Descriptor m_input, m_output, m_errorOutput, m_status, m_control;
    QByteArray m_inputLeft;
    QByteArray m_statusLine;
    QList<QSocketNotifier *> m_readers; ///< Children of this; of the streams that have not ended.
    bool m_isPaused = false;
    bool m_reaped = false;
};

bool ExecProcess::fail(const QString &what, const QString &path, int error)
{
    m_problem = Error{ErrorCode::Io,
                      u"cannot %1 \"%2\": %3"_s.arg(what, path, QString::fromLocal8Bit(std::strerror(error))),
                      {},
                      {}};
    return false;
}

bool ExecProcess::makeCopy(ExecServer &server, const LaunchSpec &spec, const QList<int> &descriptors)
{
    const Descriptor folder(
        ::open(QFile::encodeName(spec.workingDirectory).constData(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isOpen())
        return fail(u"enter the folder"_s, spec.workingDirectory, errno);

    QList<QByteArray> arguments{"--status-fd"_ba,
                                QByteArray::number(statusFdInChild),
                                "--control-fd"_ba,
                                QByteArray::number(controlFdInChild),
                                "--grace-ms"_ba,
                                QByteArray::number(qint64(spec.grace.count())),
                                "--"_ba};
    for (const QString &argument : spec.argv)
        arguments += argument.toUtf8();
    QList<QByteArray> environment;
    for (auto it = spec.environment.cbegin(); it != spec.environment.cend(); ++it)
        environment += it.key().toUtf8() + '=' + it.value().toUtf8();
    const auto pid = server.makeCopy(arguments, environment, folder, descriptors);
    if (!pid) {
        m_problem = pid.error();
        return false;
    }
    m_pid = *pid;
    return true;
}

/// Field 22 of /proc/PID/stat; the second one may hold spaces, so count from its closing parenthesis.
QString startTimeOf(pid_t pid)
{
    const Descriptor stat(
        ::open(("/proc/" + QByteArray::number(pid) + "/stat").constData(), O_RDONLY | O_CLOEXEC));
    char buffer[1024]; // 52 numbers and a name.
    const ssize_t count = stat.isOpen() ? ::read(stat.fd(), buffer, sizeof buffer) : -1;
    const QByteArray text(buffer, std::max<qsizetype>(count, 0));
    const QList<QByteArray> fields = text.mid(text.lastIndexOf(')') + 2).split(' ');
    return fields.size() > 19 ? QString::fromLatin1(fields[19]) : QString();
}

QSocketNotifier *ExecProcess::watch(const Descriptor &end, QSocketNotifier::Type type)
{
    setNonBlocking(end);
    return new QSocketNotifier(end.fd(), type, this);
}

bool ExecProcess::start(ExecServer &server, const LaunchSpec &spec)
{
    Pipe input;
    Pipe output;
    Pipe errorOutput;
    Pipe status;
    Pipe control;
    for (Pipe *pipe : {&input, &output, &errorOutput, &status, &control}) {
        if (!makePipe(*pipe))
            return fail(u"make a pipe for"_s, spec.argv.first(), errno);
    }
    if (!makeCopy(server, spec,
                  {input.read.fd(), output.write.fd(), errorOutput.write.fd(), status.write.fd(),
                   control.read.fd()}))
        return false;
    m_startTime = startTimeOf(m_pid);
    m_input = std::move(input.write);
    m_output = std::move(output.read);
    m_errorOutput = std::move(errorOutput.read);
    m_status = std::move(status.read);
    m_control = std::move(control.write);
    m_inputLeft = spec.standardInput;

    // A busy step must leave room for the others: a bounded read for each turn of the event loop.
    constexpr qint64 perTurn = 256 * 1024;
    for (auto [end, stream] :
         {std::pair{&m_output, OutputStream::Output}, {&m_errorOutput, OutputStream::ErrorOutput}}) {
        QSocketNotifier *notifier = watch(*end, QSocketNotifier::Read);
        m_readers += notifier;
        connect(notifier, &QSocketNotifier::activated, this, [this, notifier, end = end, stream = stream] {
            if (readStream(*end, stream, perTurn))
                return;
            notifier->setEnabled(false);
            m_readers.removeOne(notifier);
        });
    }
    connect(watch(m_status, QSocketNotifier::Read), &QSocketNotifier::activated, this,
            &ExecProcess::readStatus);
    setNonBlocking(m_control);
    if (m_inputLeft.isEmpty()) {
        m_input.reset();
    } else {
        QSocketNotifier *notifier = watch(m_input, QSocketNotifier::Write);
        connect(notifier, &QSocketNotifier::activated, this, [this, notifier] {
            writeInput();
            if (!m_input.isOpen())
                notifier->setEnabled(false);
        });
    }
    return true;
}

void ExecProcess::pauseOutput(bool isPaused)
{
    m_isPaused = isPaused;
    for (QSocketNotifier *reader : std::as_const(m_readers))
        reader->setEnabled(!isPaused);
}

void ExecProcess::sendControl(char word)
{
    [[maybe_unused]] const ssize_t count =
        writeToPipe(m_control, &word, 1); // Fails only when it has ended already.
}

void ExecProcess::writeInput()
{
    const ssize_t count = writeToPipe(m_input, m_inputLeft.constData(), size_t(m_inputLeft.size()));
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0)
        m_inputLeft.remove(0, count);
    if (count <= 0 || m_inputLeft.isEmpty())
        m_input.reset();
}

/// Reads at most limit bytes, and no more once that has made somebody pause. Returns whether more may come.
bool ExecProcess::readStream(Descriptor &end, OutputStream stream, qint64 limit)
{
    QByteArray buffer(64 * 1024, Qt::Uninitialized);
    while (limit > 0 && end.isOpen() && (!m_isPaused || m_reaped)) {
        const ssize_t count = ::read(end.fd(), buffer.data(), size_t(buffer.size()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return true;
        if (count <= 0)
            return false;
        limit -= count;
        Q_EMIT outputRead(stream, QByteArray(buffer.constData(), count));
    }
    return true;
}

void ExecProcess::readStatus()
{
    char buffer[256];
    const ssize_t count = ::read(m_status.fd(), buffer, sizeof buffer);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0) {
        m_statusLine.append(buffer, count);
        return;
    }
    finish(); // End of file: the helper has ended, and with it everything below it.
}

void ExecProcess::finish()
{
    for (QSocketNotifier *notifier : findChildren<QSocketNotifier *>())
        notifier->setEnabled(false);
    m_readers.clear();
    int waitStatus = 0;
    while (::waitpid(m_pid, &waitStatus, 0) < 0 && errno == EINTR) {
    }
    m_reaped = true;
    // What still stands in the pipes was printed before the end.
    constexpr qint64 all = std::numeric_limits<qint64>::max();
    readStream(m_output, OutputStream::Output, all);
    readStream(m_errorOutput, OutputStream::ErrorOutput, all);

    ProcessExit exit;
    const QList<QByteArray> words = m_statusLine.trimmed().split(' ');
    if (words.size() == 2 && words[0] == "failed") {
        exit.startError = QString::fromLocal8Bit(std::strerror(words[1].toInt()));
    } else if (words.size() == 7 && words[0] == "ended") {
        if (words[2].toInt() != 0)
            exit.signal = words[2].toInt();
        else
            exit.exitCode = words[1].toInt();
        exit.usage = ResourceUsage{std::chrono::microseconds(words[3].toLongLong()),
                                   std::chrono::microseconds(words[4].toLongLong()),
                                   words[5].toLongLong() * 1024, words[6].toLongLong()};
    } else {
        // The helper itself was killed; its command went with it (parent-death signal).
        exit.signal = WIFSIGNALED(waitStatus) ? WTERMSIG(waitStatus) : SIGKILL;
    }
    Q_EMIT finished(exit);
}

ExecProcess::~ExecProcess()
{
    if (m_reaped || m_pid == 0)
        return;
    m_control.reset(); // Makes the helper kill everything below it, report to nobody and end.
    m_output.reset();
    m_errorOutput.reset();
    m_input.reset();
    int status = 0;
    while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
    }
}

} // namespace

ExecLauncher::ExecLauncher(QString helperPath)
    : m_server(QFile::encodeName(helperPath))
{
}

Result<std::unique_ptr<Process>> ExecLauncher::launch(const LaunchSpec &spec)
{
    Q_ASSERT(!spec.argv.isEmpty());
    auto process = std::make_unique<ExecProcess>();
    if (!process->start(m_server, spec))
        return process->problem();
    return std::unique_ptr<Process>(std::move(process));
}

/// A helper whose engine is gone kills everything below it and ends by itself; so it is given time for that,
/// and killed only when it does not.
void ExecLauncher::endLeftover(const AttemptRecord &attempt)
{
    if (attempt.pid <= 0 || attempt.bootId != bootId())
        return;
    const auto isLeft = [&attempt] {
        return !attempt.startTime.isEmpty() && startTimeOf(pid_t(attempt.pid)) == attempt.startTime;
    };
    constexpr std::chrono::milliseconds step(10);
    for (std::chrono::milliseconds waited(0); isLeft() && waited < std::chrono::seconds(5); waited += step)
        std::this_thread::sleep_for(step);
    if (isLeft())
        ::kill(pid_t(attempt.pid), SIGKILL);
}

QString bootId()
{
    static const QString id = [] {
        QFile file(u"/proc/sys/kernel/random/boot_id"_s);
        return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll().trimmed()) : QString();
    }();
    return id;
}

} // namespace engine
