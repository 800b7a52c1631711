#include "tests/support/terminal_program.h"

#include <QDeadlineTimer>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace tests {

TerminalProgram::TerminalProgram(const QStringList &arguments, const QString &workingDirectory,
                                 const QProcessEnvironment &environment)
    : m_process(std::make_unique<QProcess>())
{
    int inside = -1;
    const winsize size{50, 200, 0, 0};
    if (::openpty(&m_terminal, &inside, nullptr, nullptr, &size) != 0)
        qFatal("there is no pseudo terminal");
    ::fcntl(m_terminal, F_SETFD, FD_CLOEXEC);
    m_process->setProcessEnvironment(environment);
    m_process->setWorkingDirectory(workingDirectory);
    m_process->setChildProcessModifier([inside] {
        ::setsid();
        ::ioctl(inside, TIOCSCTTY, 0);
        for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
            ::dup2(inside, descriptor);
        ::close(inside);
    });
    m_process->start(QStringLiteral(BINARY_DIR "/bin/taskrunner"), arguments);
    if (!m_process->waitForStarted())
        qFatal("taskrunner does not start: %s", qPrintable(m_process->errorString()));
    ::close(inside);
}

TerminalProgram::~TerminalProgram()
{
    if (m_process->state() != QProcess::NotRunning) {
        m_process->kill();
        m_process->waitForFinished();
    }
    ::close(m_terminal);
}

bool TerminalProgram::readMore(int milliseconds)
{
    pollfd waiting{m_terminal, POLLIN, 0};
    if (::poll(&waiting, 1, milliseconds) <= 0)
        return true;
    char buffer[4096];
    const ssize_t count = ::read(m_terminal, buffer, sizeof buffer);
    if (count <= 0) // The other side is closed: the program has ended.
        return false;
    m_shown.append(buffer, count);
    return true;
}

bool TerminalProgram::waitFor(const QByteArray &text)
{
    const QDeadlineTimer deadline(60s);
    while (true) {
        const qsizetype at = m_shown.indexOf(text, m_seen);
        if (at >= 0) {
            m_seen = at + text.size();
            return true;
        }
        if (deadline.hasExpired() || !readMore(100))
            return false;
    }
}

void TerminalProgram::type(const QByteArray &text)
{
    if (::write(m_terminal, text.constData(), size_t(text.size())) != text.size())
        qWarning("the terminal takes no more");
}

bool TerminalProgram::echoes() const
{
    termios settings = {};
    return ::tcgetattr(m_terminal, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
}

int TerminalProgram::exitCode()
{
    const QDeadlineTimer deadline(60s);
    while (!deadline.hasExpired() && readMore(100)) {
    }
    return endOf(*m_process).exitCode;
}

} // namespace tests
