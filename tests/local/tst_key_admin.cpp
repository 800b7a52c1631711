#include "engine/local/key_admin.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::DataDir;
using engine::ErrorCode;
using engine::KeyAdmin;
using engine::KeyListing;
using engine::KeyRing;
using engine::KeyRotation;
using engine::NewKey;
using engine::PassphraseQuestion;
using engine::PassphraseSource;
using engine::Result;
using engine::SecretBytes;
using engine::SigningKey;
using engine::Timestamp;
using engine::TrustedKey;
using engine::TrustStore;

namespace {

PassphraseSource answering(const QByteArray &passphrase)
{
    return [passphrase](const PassphraseQuestion &) -> Result<SecretBytes> {
        return SecretBytes::copyOf(passphrase);
    };
}

/// For a key that needs none.
PassphraseSource notAsked()
{
    return [](const PassphraseQuestion &question) -> Result<SecretBytes> {
        qFatal("asked for the passphrase of %s", qPrintable(question.keyName));
    };
}

template<class T>
T must(Result<T> result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().toString()));
    return *std::move(result);
}

} // namespace

/// Keys of a data directory: made, listed, used, replaced.
class TestKeyAdmin : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_dir.reset(); }

    void makesKeysWhenTheyAreNeeded();
    void createsAKeyWithAPassphrase();
    void createRefuses();
    void asksForThePassphrase();
    void listsKeys();
    void listsWhatItCannotRead();
    void givesThePublicHalf();
    void rotatesAnOperatorsKey();
    void rotatesTheEnginesKey();
    void keepsARevokedKeyRevoked();
    void rotateRefuses();
    void recoversFromABrokenRotation_data();
    void recoversFromABrokenRotation();
    void leavesTheOldKeyWhenTheNewCannotBeMade();

private:
    KeyAdmin admin() const { return KeyAdmin(DataDir(folder())); }
    KeyRing ring() const { return KeyRing(DataDir(folder())); }
    QString folder() const { return m_dir->filePath(u"data"_s); }
    QString keyFile(const QString &name) const { return folder() + u"/keys/"_s + name; }
    QString idOf(const QString &name) const { return must(admin().publicKey(name, notAsked())).keyId(); }
    const TrustedKey *entryOf(const QString &keyId)
    {
        m_trust = must(ring().trust());
        return m_trust.find(keyId);
    }
    QStringList files() const
    {
        return QDir(folder() + u"/keys/operators"_s).entryList(QDir::Files | QDir::Hidden);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    TrustStore m_trust;
    const Timestamp m_now = Timestamp(1'769'850'300'000ms); // 2026-01-31T09:05.
};

void TestKeyAdmin::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

void TestKeyAdmin::makesKeysWhenTheyAreNeeded()
{
    const auto engine = must(ring().engineKey(notAsked()));
    const auto ben = must(ring().operatorKey(u"ben"_s, notAsked()));

    QCOMPARE(must(ring().engineKey())->publicKey().keyId(), engine->publicKey().keyId());
    QCOMPARE(entryOf(engine->publicKey().keyId())->name, u"this engine"_s);
    QCOMPARE(entryOf(engine->publicKey().keyId())->roles, QStringList{u"engine"_s});
    QCOMPARE(entryOf(ben->publicKey().keyId())->name, u"ben"_s);
    QCOMPARE(entryOf(ben->publicKey().keyId())->roles, QStringList{u"approver"_s});
    QVERIFY(!must(ring().isProtected(u"ben"_s)));
    QVERIFY(!must(ring().isProtected(u"nobody"_s)));
}

void TestKeyAdmin::createsAKeyWithAPassphrase()
{
    QList<PassphraseQuestion> asked;
    NewKey how{SigningKey::Algorithm::Ed25519, [&asked](const PassphraseQuestion &question) {
                   asked += question;
                   return Result<SecretBytes>(SecretBytes::copyOf("correct horse"));
               }};

    const TrustedKey made = must(admin().create(u"ben"_s, how));

    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.first().keyName, u"ben"_s);
    QVERIFY(asked.first().isNew);
    QCOMPARE(made.key.algorithm(), u"ed25519"_s);
    QCOMPARE(entryOf(made.key.keyId())->roles, QStringList{u"approver"_s});
    QVERIFY(must(ring().isProtected(u"ben"_s)));
    QCOMPARE(files(), QStringList{u"ben.pem"_s});
    const auto signer = must(ring().operatorKey(u"ben"_s, answering("correct horse")));
    QVERIFY(made.key.verify("m", must(signer->sign("m"))));
}

void TestKeyAdmin::createRefuses()
{
    must(admin().create(u"ben"_s, {}));

    const auto again = admin().create(u"ben"_s, {{}, notAsked()});
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(again.error().message,
             u"\"ben\" has a key already; a new one in its place: taskrunner keys rotate ben"_s);
    const auto engine = admin().create(u"engine"_s, {});
    QVERIFY(!engine);
    QCOMPARE(engine.error().message, u"\"engine\" is the engine's own key, which its first start makes"_s);
    const auto outside = admin().create(u"../ben"_s, {});
    QVERIFY(!outside);
    QCOMPARE(outside.error().message,
             u"\"../ben\" is not a name for an operator; use letters, digits and . _ @ -"_s);
    const auto brief = admin().create(u"sue"_s, {{}, answering("1234567")});
    QVERIFY(!brief);
    QCOMPARE(brief.error().message, u"a passphrase has from 8 to 1024 bytes, this one has 7"_s);
    QCOMPARE(files(), QStringList{u"ben.pem"_s});
}

void TestKeyAdmin::asksForThePassphrase()
{
    must(admin().create(u"ben"_s, {{}, answering("correct horse")}));

    const auto nobody = ring().operatorKey(u"ben"_s);
    QVERIFY(!nobody);
    QCOMPARE(toString(nobody.error().code), toString(ErrorCode::PassphraseNeeded));
    QCOMPARE(nobody.error().message,
             u"the key file \"%1\" is protected with a passphrase, and nobody can be asked for it"_s.arg(
                 keyFile(u"operators/ben.pem"_s)));

    QList<int> attempts;
    const PassphraseSource third = [&attempts](const PassphraseQuestion &question) {
        attempts += question.attempt;
        return Result<SecretBytes>(SecretBytes::copyOf(question.attempt == 2 ? "correct horse" : "battery"));
    };
    QVERIFY(ring().operatorKey(u"ben"_s, third));
    QCOMPARE(attempts, (QList{0, 1, 2}));

    const auto wrong = ring().operatorKey(u"ben"_s, answering("battery staple"));
    QVERIFY(!wrong);
    QCOMPARE(toString(wrong.error().code), toString(ErrorCode::WrongPassphrase));
    QVERIFY(!wrong.error().message.contains(u"battery"_s));
    const auto cancelled = ring().operatorKey(u"ben"_s, [](const PassphraseQuestion &) {
        return Result<SecretBytes>(engine::Error{ErrorCode::Cancelled, u"no"_s, {}, {}});
    });
    QVERIFY(!cancelled);
    QCOMPARE(toString(cancelled.error().code), toString(ErrorCode::Cancelled));
}

void TestKeyAdmin::listsKeys()
{
    QVERIFY(must(admin().list()).isEmpty());
    must(ring().engineKey());
    must(admin().create(u"sue"_s, {}));
    must(admin().create(u"ben"_s, {{}, answering("correct horse")}));
    QVERIFY(ring().trustFile().revoke(idOf(u"sue"_s), u"lost"_s, m_now));

    const QList<KeyListing> keys = must(admin().list());

    QCOMPARE(keys.size(), 3);
    QCOMPARE(keys[0].name, u"engine"_s);
    QCOMPARE(keys[0].facts.publicKey->keyId(), idOf(u"engine"_s));
    QVERIFY(!keys[0].facts.isEncrypted);
    QCOMPARE(keys[1].name, u"ben"_s);
    QVERIFY(keys[1].facts.isEncrypted);
    QCOMPARE(keys[1].facts.iterations, 600'000);
    QCOMPARE(keys[1].trusted->roles, QStringList{u"approver"_s});
    QCOMPARE(keys[2].name, u"sue"_s);
    QCOMPARE(keys[2].trusted->reason, u"lost"_s);
    for (const KeyListing &key : keys)
        QCOMPARE(key.problem, QString());
}

void TestKeyAdmin::listsWhatItCannotRead()
{
    must(admin().create(u"ben"_s, {}));
    const QString path = keyFile(u"operators/ben.pem"_s);
    QVERIFY(QFile::setPermissions(path, QFile::ReadOwner | QFile::ReadGroup));

    const QList<KeyListing> keys = must(admin().list());

    QCOMPARE(keys.size(), 1);
    QCOMPARE(keys.first().problem,
             u"the key file \"%1\" is open to others than its owner; its mode must be 0600"_s.arg(path));
    QVERIFY(!keys.first().facts.publicKey && !keys.first().trusted);
}

void TestKeyAdmin::givesThePublicHalf()
{
    const TrustedKey ben = must(admin().create(u"ben"_s, {{}, answering("correct horse")}));

    QCOMPARE(must(admin().publicKey(u"ben"_s, notAsked())).pem(), ben.key.pem());
    const auto nobody = admin().publicKey(u"sue"_s, notAsked());
    QVERIFY(!nobody);
    QCOMPARE(toString(nobody.error().code), toString(ErrorCode::NotFound));
    QCOMPARE(nobody.error().message, u"there is no key \"sue\" here"_s);
}

void TestKeyAdmin::rotatesAnOperatorsKey()
{
    const TrustedKey old = must(admin().create(u"ben"_s, {SigningKey::Algorithm::Ed25519, {}}));
    TrustedKey entry = old;
    entry.roles = {u"approver"_s, u"security"_s};
    QVERIFY(ring().trustFile().change([&entry](TrustStore &store) -> Result<> {
        store.add(entry);
        return {};
    }));
    const auto signer = must(ring().operatorKey(u"ben"_s));
    const QByteArray signature = must(signer->sign("m"));

    const KeyRotation rotated =
        must(admin().rotate(u"ben"_s, {{}, answering("correct horse")}, notAsked(), m_now));

    QCOMPARE(rotated.oldKeyId, old.key.keyId());
    QVERIFY(!rotated.wasRevoked);
    QVERIFY(rotated.now.key.keyId() != old.key.keyId());
    QCOMPARE(rotated.now.key.algorithm(), u"ed25519"_s); // As before, when nothing else is asked for.
    const TrustedKey *fresh = entryOf(rotated.now.key.keyId());
    QCOMPARE(fresh->name, u"ben"_s);
    QCOMPARE(fresh->roles, entry.roles);
    QVERIFY(!fresh->notBefore && !fresh->notAfter && !fresh->revokedAt);
    const TrustedKey *ended = entryOf(old.key.keyId());
    QCOMPARE(ended->notAfter, std::optional(m_now));
    QVERIFY(!ended->revokedAt);
    QVERIFY(ended->key.verify("m", signature));
    QCOMPARE(files(), QStringList{u"ben.pem"_s});
    const auto now = must(ring().operatorKey(u"ben"_s, answering("correct horse")));
    QCOMPARE(now->publicKey().keyId(), rotated.now.key.keyId());
}

void TestKeyAdmin::rotatesTheEnginesKey()
{
    const QString old = must(ring().engineKey())->publicKey().keyId();

    const KeyRotation rotated = must(admin().rotate(u"engine"_s, {}, notAsked(), m_now));

    QCOMPARE(rotated.oldKeyId, old);
    QCOMPARE(must(ring().engineKey())->publicKey().keyId(), rotated.now.key.keyId());
    QCOMPARE(entryOf(rotated.now.key.keyId())->roles, QStringList{u"engine"_s});
    QCOMPARE(entryOf(old)->notAfter, std::optional(m_now));
    QVERIFY(QFile::exists(keyFile(u"engine.pem"_s)));
    QVERIFY(!QFile::exists(keyFile(u"engine.pem.new"_s)));
}

void TestKeyAdmin::keepsARevokedKeyRevoked()
{
    must(ring().engineKey());
    const QString old = idOf(u"engine"_s);
    QVERIFY(ring().trustFile().revoke(old, u"lost"_s, m_now));

    const KeyRotation rotated = must(admin().rotate(u"engine"_s, {}, notAsked(), m_now + 1h));

    QVERIFY(rotated.wasRevoked);
    QCOMPARE(entryOf(old)->revokedAt, std::optional(m_now));
    QVERIFY(!entryOf(old)->notAfter);
    QVERIFY(!entryOf(rotated.now.key.keyId())->revokedAt);
}

void TestKeyAdmin::rotateRefuses()
{
    const auto nobody = admin().rotate(u"ben"_s, {{}, notAsked()}, notAsked(), m_now);
    QVERIFY(!nobody);
    QCOMPARE(nobody.error().message, u"there is no key \"ben\" here"_s);

    must(admin().create(u"ben"_s, {}));
    const QString id = idOf(u"ben"_s);
    QVERIFY(QFile::remove(ring().trustFile().path()));
    const auto untrusted = admin().rotate(u"ben"_s, {}, notAsked(), m_now);
    QVERIFY(!untrusted);
    QCOMPARE(toString(untrusted.error().code), toString(ErrorCode::Conflict));
    QCOMPARE(untrusted.error().message, u"the key %1 of \"ben\" is not in the trust file, so it is not known "
                                        "what a new one would be good for"_s.arg(id));
    QCOMPARE(idOf(u"ben"_s), id);
    QCOMPARE(files(), QStringList{u"ben.pem"_s});
}

/// Where a process may end in the middle: how far it had come.
void TestKeyAdmin::recoversFromABrokenRotation_data()
{
    QTest::addColumn<bool>("isTrusted");
    QTest::addColumn<bool>("isSwapped");
    QTest::newRow("the new key was made") << false << false;
    QTest::newRow("and trusted") << true << false;
    QTest::newRow("and put in its place") << true << true;
}

void TestKeyAdmin::recoversFromABrokenRotation()
{
    QFETCH(bool, isTrusted);
    QFETCH(bool, isSwapped);
    const TrustedKey old = must(admin().create(u"ben"_s, {}));
    const SigningKey next = must(SigningKey::generate());
    const QString nextId = next.publicKey().keyId();
    const QString place = keyFile(u"operators/ben.pem"_s);
    QVERIFY(next.save(place + u".new"_s));
    if (isTrusted)
        QVERIFY(ring().trustFile().add({next.publicKey(), u"ben"_s, old.roles, {}, {}, {}, {}}));
    if (isSwapped)
        QVERIFY(engine::replaceKeyFile(place + u".new"_s, place));

    // What is there works: a key that is trusted.
    const QString current = must(ring().operatorKey(u"ben"_s))->publicKey().keyId();
    QCOMPARE(current, isSwapped ? nextId : old.key.keyId());
    QVERIFY(entryOf(current) && !entryOf(current)->notAfter && !entryOf(current)->revokedAt);

    // And the next rotation leaves nothing of the one before.
    const KeyRotation rotated = must(admin().rotate(u"ben"_s, {}, notAsked(), m_now));
    QCOMPARE(rotated.oldKeyId, current);
    QCOMPARE(files(), QStringList{u"ben.pem"_s});
    QCOMPARE(entryOf(current)->notAfter, std::optional(m_now));
    if (isTrusted)
        QCOMPARE(entryOf(nextId)->notAfter, std::optional(m_now));
    else
        QVERIFY(!entryOf(nextId));
}

void TestKeyAdmin::leavesTheOldKeyWhenTheNewCannotBeMade()
{
    const TrustedKey old = must(admin().create(u"ben"_s, {}));
    QVERIFY(QDir().mkpath(keyFile(u"operators/ben.pem.new"_s))); // A folder stands where the new key waits.

    const auto rotated = admin().rotate(u"ben"_s, {}, notAsked(), m_now);

    QVERIFY(!rotated);
    QCOMPARE(toString(rotated.error().code), toString(ErrorCode::Io));
    QCOMPARE(idOf(u"ben"_s), old.key.keyId());
    QVERIFY(!entryOf(old.key.keyId())->notAfter);
    QCOMPARE(must(ring().trust()).keys().size(), 1);
}

QTEST_GUILESS_MAIN(TestKeyAdmin)
#include "tst_key_admin.moc"
