#pragma once

#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>

namespace tests {

/// A D-Bus session of its own with an unlocked GNOME Keyring in it. Both end with this object.
class SessionKeyring
{
public:
    SessionKeyring() = default;
    ~SessionKeyring() { end(); }
    Q_DISABLE_COPY_MOVE(SessionKeyring)

    /// Why there is none, e.g. a program that is not installed; empty when it is there.
    QString start();
    void end();
    /// For programs that shall find it, and no other.
    QProcessEnvironment environment() const { return m_environment; }
    /// So that this process finds it.
    void useHere() const;

private:
    QTemporaryDir m_home;
    QProcessEnvironment m_environment;
    QProcess m_bus;
    QProcess m_keyring;
};

} // namespace tests
