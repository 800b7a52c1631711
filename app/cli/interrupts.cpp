#include "app/cli/interrupts.h"

#include <csignal>
#include <sys/socket.h>
#include <unistd.h>

namespace cli {

static int signalSockets[2] = {-1, -1}; // A signal handler can reach nothing but globals.

static void onInterrupt(int)
{
    [[maybe_unused]] const ssize_t count = ::write(signalSockets[0], "i", 1);
}

Interrupts::Interrupts()
{
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, signalSockets) != 0)
        return;
    m_notifier = std::make_unique<QSocketNotifier>(signalSockets[1], QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        char buffer[16];
        [[maybe_unused]] const ssize_t count = ::read(signalSockets[1], buffer, sizeof buffer);
        Q_EMIT pressed();
    });
    std::signal(SIGINT, onInterrupt);
    std::signal(SIGTERM, onInterrupt);
}

Interrupts::~Interrupts()
{
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    m_notifier.reset();
    for (int &fd : signalSockets) {
        ::close(fd);
        fd = -1;
    }
}

} // namespace cli
