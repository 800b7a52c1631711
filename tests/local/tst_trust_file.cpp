#include "engine/local/file_lock.h"
#include "engine/local/trust_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <thread>

using namespace Qt::StringLiterals;
using engine::DataDir;
using engine::ErrorCode;
using engine::PublicKey;
using engine::SigningKey;
using engine::Timestamp;
using engine::TrustedKey;
using engine::TrustFile;
using engine::TrustStore;

/// The trust file of a data directory as people change it.
class TestTrustFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void addsAndRevokes();
    void addRefuses();
    void revokeRefuses();
    void changesNothingWhenAChangeFails();
    void leavesABrokenFileAlone();
    void losesNoChangeOfSeveralWriters();
    void waitsForAnotherWriter();
    void makesTheDataDirectory();

private:
    static TrustedKey newKey(const QString &name)
    {
        const auto key = SigningKey::generate(SigningKey::Algorithm::Ed25519);
        if (!key)
            qFatal("no key: %s", qPrintable(key.error().message));
        return {key->publicKey(), name, {u"approver"_s}, {}, {}, {}, {}};
    }
    QString folder() const { return m_dir->filePath(u"data"_s); }
    TrustFile file() const { return TrustFile(DataDir(folder())); }
    QByteArray content() const
    {
        QFile trust(file().path());
        return trust.open(QIODevice::ReadOnly) ? trust.readAll() : QByteArray();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    const Timestamp m_now = Timestamp(std::chrono::milliseconds(1'769'850'300'000)); // 2026-01-31T09:05.
};

void TestTrustFile::addsAndRevokes()
{
    const TrustedKey ben = newKey(u"ben"_s);
    const TrustedKey sue = newKey(u"sue"_s);
    QVERIFY(file().add(ben));
    QVERIFY(file().add(sue));

    const auto revoked = file().revoke(ben.key.keyId(), u" lost "_s, m_now);

    QVERIFY(revoked);
    QCOMPARE(revoked->name, u"ben"_s);
    const auto store = file().read();
    QVERIFY(store);
    QCOMPARE(store->keys().size(), 2); // Nothing is ever removed.
    const TrustedKey *entry = store->find(ben.key.keyId());
    QVERIFY(entry);
    QCOMPARE(entry->revokedAt, std::optional(m_now));
    QCOMPARE(entry->reason, u"lost"_s);
    QCOMPARE(entry->roles, QStringList{u"approver"_s});
    QVERIFY(!store->find(sue.key.keyId())->revokedAt);
    QCOMPARE(QDir(folder()).entryList(QDir::Files | QDir::Hidden), QStringList{u"trust.json"_s});
}

void TestTrustFile::addRefuses()
{
    TrustedKey ben = newKey(u"ben"_s);
    QVERIFY(file().add(ben));
    ben.name = u"mallory"_s;
    const QByteArray before = content();

    const auto again = file().add(ben);
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(again.error().message,
             u"the key %1 is in the trust file already, as \"ben\""_s.arg(ben.key.keyId()));
    QCOMPARE(content(), before);

    QVERIFY(file().revoke(ben.key.keyId(), u"lost"_s, m_now));
    const auto revived = file().add(ben);
    QVERIFY(!revived);
    QCOMPARE(revived.error().message,
             u"the key %1 (ben) was revoked at 2026-01-31T09:05:00.000Z; it is never trusted again"_s.arg(
                 ben.key.keyId()));
    QVERIFY(file().read()->find(ben.key.keyId())->revokedAt);
}

void TestTrustFile::revokeRefuses()
{
    const TrustedKey ben = newKey(u"ben"_s);
    QVERIFY(file().add(ben));

    const auto unknown = file().revoke(u"ab"_s, u"lost"_s, m_now);
    QVERIFY(!unknown);
    QCOMPARE(toString(unknown.error().code), toString(ErrorCode::NotFound));
    QCOMPARE(unknown.error().message, u"there is no key \"ab\" in the trust file"_s);

    const auto silent = file().revoke(ben.key.keyId(), u" "_s, m_now);
    QVERIFY(!silent);
    QCOMPARE(toString(silent.error().code), toString(ErrorCode::ReasonRequired));
    QVERIFY(!file().read()->find(ben.key.keyId())->revokedAt);

    QVERIFY(file().revoke(ben.key.keyId(), u"lost"_s, m_now));
    const auto again = file().revoke(ben.key.keyId(), u"found"_s, m_now + std::chrono::hours(1));
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(again.error().message,
             u"the key %1 (ben) was revoked at 2026-01-31T09:05:00.000Z already"_s.arg(ben.key.keyId()));
    QCOMPARE(file().read()->find(ben.key.keyId())->reason, u"lost"_s);
}

void TestTrustFile::changesNothingWhenAChangeFails()
{
    QVERIFY(file().add(newKey(u"ben"_s)));
    const QByteArray before = content();

    const auto changed = file().change([](TrustStore &store) -> engine::Result<> {
        store.add(newKey(u"sue"_s));
        return engine::invalid(u"no"_s);
    });

    QVERIFY(!changed);
    QCOMPARE(changed.error().message, u"no"_s);
    QCOMPARE(content(), before);
}

void TestTrustFile::leavesABrokenFileAlone()
{
    QVERIFY(QDir().mkpath(folder()));
    QFile trust(file().path());
    QVERIFY(trust.open(QIODevice::WriteOnly) && trust.write("[") == 1);
    trust.close();

    const auto added = file().add(newKey(u"ben"_s));

    QVERIFY(!added);
    QCOMPARE(added.error().toString(),
             file().path() + u":1:2: expected a value, found the end of the text"_s);
    QCOMPARE(content(), "[");
}

void TestTrustFile::losesNoChangeOfSeveralWriters()
{
    constexpr int writers = 4;
    constexpr int keys = 5;
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([this, &failures] {
            for (int i = 0; i < keys; ++i)
                failures += file().add(newKey(u"somebody"_s)) ? 0 : 1;
        });
    }
    for (std::thread &thread : threads)
        thread.join();

    QCOMPARE(failures.load(), 0);
    QCOMPARE(file().read()->keys().size(), writers * keys);
}

void TestTrustFile::waitsForAnotherWriter()
{
    QVERIFY(QDir().mkpath(folder()));
    auto lock = engine::lockForWriting(file().path(), u"the trust file"_s);
    QVERIFY(lock);
    std::atomic<bool> isDone = false;
    bool isAdded = false;
    std::thread writer([&] {
        isAdded = bool(file().add(newKey(u"ben"_s)));
        isDone = true;
    });
    QVERIFY(file().read()->keys().isEmpty()); // Who reads does not wait.
    QVERIFY(!isDone);
    lock->reset();
    writer.join();

    QVERIFY(isAdded);
    QCOMPARE(file().read()->keys().size(), 1);
}

void TestTrustFile::makesTheDataDirectory()
{
    QVERIFY(file().read()->keys().isEmpty());
    QVERIFY(!QFile::exists(folder())); // Reading makes nothing.

    QVERIFY(file().add(newKey(u"ben"_s)));

    QCOMPARE(QFile::permissions(folder())
                 & (QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther
                    | QFile::WriteOther | QFile::ExeOther),
             QFile::Permissions());
}

QTEST_GUILESS_MAIN(TestTrustFile)
#include "tst_trust_file.moc"
