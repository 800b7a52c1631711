#include "engine/security/keyring.h"

#include <QCoreApplication>
#include <QDir>
#include <QThread>
#include <qt6keychain/keychain.h>

#undef signals // A name of GIO's, too.
#include <future>
#include <gio/gio.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Where QtKeychain works. It keeps its queue on the thread that uses it first, so that is one thread for the
/// whole process; it ends with the application object.
class KeyringThread
{
public:
    static QObject &home()
    {
        static KeyringThread *const only = new KeyringThread;
        return only->m_home;
    }

private:
    KeyringThread()
    {
        m_thread.setObjectName(u"keyring"_s);
        m_home.moveToThread(&m_thread);
        m_thread.start();
        s_thread = &m_thread;
        qAddPostRoutine([] {
            s_thread->quit();
            s_thread->wait();
        });
    }

    static inline QThread *s_thread = nullptr;
    QThread m_thread;
    QObject m_home;
};

/// GIO ends the process when the session bus that it is connected to goes, as it does when a person logs out.
/// Our runs go on then. The connection is the one that the Secret Service is reached by; it is made here.
void outliveSessionBus()
{
    if (GDBusConnection *bus = g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, nullptr)) {
        g_dbus_connection_set_exit_on_close(bus, FALSE);
        g_object_unref(bus);
    }
}

Error failureOf(const QKeychain::Job &job)
{
    const QString entry = job.key();
    const auto because = [&job](ErrorCode code, const QString &what) {
        const QString why = job.errorString().isEmpty() ? QString() : u": "_s + job.errorString();
        return Error{code, what + why, {}, {}};
    };
    switch (job.error()) {
    case QKeychain::EntryNotFound:
        return Error{ErrorCode::NotFound, u"the keyring has no passphrase under \"%1\""_s.arg(entry), {}, {}};
    case QKeychain::AccessDenied:
    case QKeychain::AccessDeniedByUser: return because(ErrorCode::Cancelled, u"the keyring stays locked"_s);
    default: return because(ErrorCode::Unsupported, u"the keyring of this session cannot be used"_s);
    }
}

/// Makes a job where QtKeychain works, waits for its end there, and takes what it came to.
template<class Job, class T>
Result<T> runJob(const QString &entry, const std::function<void(Job &)> &prepare,
                 const std::function<T(const Job &)> &take)
{
    const auto promise = std::make_shared<std::promise<Result<T>>>(); // Outlives the call that keeps it.
    QMetaObject::invokeMethod(&KeyringThread::home(), [&, promise] {
        outliveSessionBus();
        auto *job = new Job(u"taskrunner"_s); // Deletes itself.
        job->setKey(entry);
        prepare(*job);
        QObject::connect(job, &QKeychain::Job::finished, job, [job, &take, promise] {
            promise->set_value(job->error() == QKeychain::NoError ? Result<T>(take(*job))
                                                                  : Result<T>(failureOf(*job)));
        });
        job->start();
    });
    return promise->get_future().get();
}

struct Done
{
};

template<class Job>
Result<> runJob(const QString &entry, const std::function<void(Job &)> &prepare)
{
    const auto done = runJob<Job, Done>(entry, prepare, [](const Job &) { return Done(); });
    return done ? Result<>() : done.error();
}

} // namespace

Keyring::Keyring(const QString &dataDir)
    : m_folder(QDir(dataDir).canonicalPath())
{
    if (m_folder.isEmpty())
        m_folder = QDir::cleanPath(QDir(dataDir).absolutePath());
}

QString Keyring::entryOf(const QString &keyName) const
{
    return m_folder + u'#' + keyName;
}

Result<SecretBytes> Keyring::passphrase(const QString &keyName) const
{
    return runJob<QKeychain::ReadPasswordJob, SecretBytes>(
        entryOf(keyName), [](QKeychain::ReadPasswordJob &) {},
        [](const QKeychain::ReadPasswordJob &job) { return SecretBytes::copyOf(job.binaryData()); });
}

Result<> Keyring::remember(const QString &keyName, const SecretBytes &passphrase) const
{
    return runJob<QKeychain::WritePasswordJob>(entryOf(keyName),
                                               [&passphrase](QKeychain::WritePasswordJob &job) {
                                                   job.setBinaryData(passphrase.view().toByteArray());
                                               });
}

Result<> Keyring::forget(const QString &keyName) const
{
    return runJob<QKeychain::DeletePasswordJob>(entryOf(keyName), [](QKeychain::DeletePasswordJob &) {});
}

PassphraseSource keyringFirst(const Keyring &keyring, PassphraseSource otherwise)
{
    return [keyring,
            otherwise = std::move(otherwise)](const PassphraseQuestion &question) -> Result<SecretBytes> {
        if (question.isNew || question.isPin)
            return otherwise(question);
        auto kept = keyring.passphrase(question.keyName);
        if (kept && question.attempt == 0)
            return kept;
        PassphraseQuestion next = question;
        if (kept)
            --next.attempt; // The first that was wrong was the keyring's.
        auto answer = otherwise(next);
        if (!answer && answer.error().code == ErrorCode::PassphraseNeeded && !kept)
            return Error{
                ErrorCode::PassphraseNeeded, kept.error().message + u"; "_s + answer.error().message, {}, {}};
        return answer;
    };
}

} // namespace engine
