#include "tests/support/session_keyring.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDeadlineTimer>
#include <QStandardPaths>
#include <QThread>

using namespace Qt::StringLiterals;

namespace tests {

namespace {

/// By its own id, and not before it is gone.
void stop(QProcess &process)
{
    if (process.state() == QProcess::NotRunning)
        return;
    process.terminate();
    if (!process.waitForFinished(5'000)) {
        process.kill();
        process.waitForFinished();
    }
}

/// Until the keyring answers on the bus; false: it does not within ten seconds.
bool waitForService(const QString &busAddress)
{
    const QString name = u"session keyring"_s;
    bool isThere = false;
    {
        const QDBusConnection bus = QDBusConnection::connectToBus(busAddress, name);
        for (QDeadlineTimer deadline(10'000); !isThere && !deadline.hasExpired(); QThread::msleep(20))
            isThere = bus.isConnected() && bus.interface()->isServiceRegistered(u"org.freedesktop.secrets"_s);
    }
    QDBusConnection::disconnectFromBus(name);
    return isThere;
}

} // namespace

void SessionKeyring::end()
{
    stop(m_keyring);
    stop(m_bus);
}

QString SessionKeyring::start()
{
    for (const QString &program : {u"dbus-daemon"_s, u"gnome-keyring-daemon"_s}) {
        if (QStandardPaths::findExecutable(program).isEmpty())
            return program + u" is not installed"_s;
    }
    m_environment = QProcessEnvironment::systemEnvironment();
    m_environment.insert(u"HOME"_s, m_home.path());
    m_environment.insert(u"XDG_RUNTIME_DIR"_s, m_home.path());
    m_environment.remove(u"XDG_DATA_HOME"_s);
    m_environment.remove(u"XDG_CURRENT_DESKTOP"_s);
    m_environment.remove(u"DISPLAY"_s);
    m_environment.insert(u"DBUS_SESSION_BUS_ADDRESS"_s, u"unix:path=%1/bus"_s.arg(m_home.path()));

    m_bus.setProcessEnvironment(m_environment);
    m_bus.start(u"dbus-daemon"_s, {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s, u"--print-address=1"_s,
                                   u"--address=unix:path=%1/bus"_s.arg(m_home.path())});
    if (!m_bus.waitForReadyRead(10'000))
        return u"dbus-daemon did not start: "_s + QString::fromLocal8Bit(m_bus.readAllStandardError());

    m_keyring.setProcessEnvironment(m_environment);
    m_keyring.start(u"gnome-keyring-daemon"_s, {u"--foreground"_s, u"--unlock"_s, u"--components=secrets"_s});
    m_keyring.write("password of the test's keyring");
    m_keyring.waitForBytesWritten();
    m_keyring.closeWriteChannel();
    return waitForService(m_environment.value(u"DBUS_SESSION_BUS_ADDRESS"_s))
               ? QString()
               : u"gnome-keyring-daemon did not start: "_s
                     + QString::fromLocal8Bit(m_keyring.readAllStandardError());
}

void SessionKeyring::useHere() const
{
    for (const QString &name : {u"HOME"_s, u"XDG_RUNTIME_DIR"_s, u"DBUS_SESSION_BUS_ADDRESS"_s})
        qputenv(name.toLatin1().constData(), m_environment.value(name).toLocal8Bit());
    for (const char *name : {"XDG_DATA_HOME", "XDG_CURRENT_DESKTOP", "DISPLAY"})
        qunsetenv(name);
}

} // namespace tests
