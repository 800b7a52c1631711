#include "engine/security/keyring.h"
#include "tests/support/session_keyring.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <QThreadPool>

#include <atomic>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::Keyring;
using engine::PassphraseQuestion;
using engine::Result;
using engine::SecretBytes;

/// Keyring, against a real one in a session of the test's own.
class TestKeyring : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void givesBackWhatItWasGiven();
    void forgets();
    void isOfOneKeyAndOneDataDirectory();
    void answersOnAnyThread();
    void isAskedFirst();
    void isNotAskedForNewOnesAndPins();
    void saysWhyNobodyWasAsked();
    void outlivesTheSession();

private:
    static QString textOf(const Result<SecretBytes> &result)
    {
        return result ? QString::fromUtf8(result->view()) : result.error().toString();
    }

    tests::SessionKeyring m_session;
    QTemporaryDir m_dir;
};

void TestKeyring::initTestCase()
{
    if (const QString problem = m_session.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    m_session.useHere();
}

void TestKeyring::givesBackWhatItWasGiven()
{
    const Keyring keyring(m_dir.path());
    const QByteArray bytes("pass\xc3\xb6rd \xff \x01", 12); // A file may hold any bytes.

    QVERIFY(keyring.remember(u"ben"_s, SecretBytes::copyOf("first")));
    QVERIFY(keyring.remember(u"ben"_s, SecretBytes::copyOf(bytes)));

    const auto kept = Keyring(m_dir.path()).passphrase(u"ben"_s);
    QVERIFY(kept);
    QCOMPARE(kept->view().toByteArray(), bytes);
}

void TestKeyring::forgets()
{
    const Keyring keyring(m_dir.path());
    QVERIFY(keyring.remember(u"ada"_s, SecretBytes::copyOf("of ada's key")));

    QVERIFY(keyring.forget(u"ada"_s));

    const auto kept = keyring.passphrase(u"ada"_s);
    QVERIFY(!kept);
    QCOMPARE(engine::toString(kept.error().code), u"not-found"_s);
    QCOMPARE(kept.error().message,
             u"the keyring has no passphrase under \"%1#ada\""_s.arg(QDir(m_dir.path()).canonicalPath()));
}

void TestKeyring::isOfOneKeyAndOneDataDirectory()
{
    const QTemporaryDir other;
    QVERIFY(Keyring(m_dir.path()).remember(u"cleo"_s, SecretBytes::copyOf("here")));
    QVERIFY(Keyring(other.path()).remember(u"cleo"_s, SecretBytes::copyOf("there")));

    QCOMPARE(textOf(Keyring(m_dir.path() + u"/."_s).passphrase(u"cleo"_s)), u"here"_s);
    QCOMPARE(textOf(Keyring(other.path()).passphrase(u"cleo"_s)), u"there"_s);
    QVERIFY(!Keyring(m_dir.path()).passphrase(u"cle"_s));
}

void TestKeyring::answersOnAnyThread()
{
    const Keyring keyring(m_dir.path());
    QVERIFY(keyring.remember(u"dan"_s, SecretBytes::copyOf("of dan's key")));
    constexpr int threads = 8;
    std::atomic<int> right = 0;
    QThreadPool pool;
    pool.setMaxThreadCount(threads);

    for (int i = 0; i < threads; ++i)
        pool.start([&] { right += textOf(keyring.passphrase(u"dan"_s)) == u"of dan's key"_s ? 1 : 0; });
    pool.waitForDone();

    QCOMPARE(right.load(), threads);
}

void TestKeyring::isAskedFirst()
{
    const Keyring keyring(m_dir.path());
    QStringList asked;
    const auto source =
        engine::keyringFirst(keyring, [&asked](const PassphraseQuestion &question) -> Result<SecretBytes> {
            asked += u"%1 %2"_s.arg(question.keyName).arg(question.attempt);
            return SecretBytes::copyOf("typed");
        });

    QCOMPARE(textOf(source({u"eve"_s, false, false, 0})), u"typed"_s);
    QCOMPARE(textOf(source({u"eve"_s, false, false, 1})), u"typed"_s);
    QCOMPARE(asked, QStringList({u"eve 0"_s, u"eve 1"_s}));

    asked.clear();
    QVERIFY(keyring.remember(u"eve"_s, SecretBytes::copyOf("kept")));
    QCOMPARE(textOf(source({u"eve"_s, false, false, 0})), u"kept"_s);
    QCOMPARE(asked, QStringList());
    QCOMPARE(textOf(source({u"eve"_s, false, false, 1})), u"typed"_s);
    QCOMPARE(asked, QStringList{u"eve 0"_s}); // The person was not asked before.
}

void TestKeyring::isNotAskedForNewOnesAndPins()
{
    const Keyring keyring(m_dir.path());
    QVERIFY(keyring.remember(u"fay"_s, SecretBytes::copyOf("kept")));
    const auto source = engine::keyringFirst(keyring, [](const PassphraseQuestion &) -> Result<SecretBytes> {
        return SecretBytes::copyOf("typed");
    });

    QCOMPARE(textOf(source({u"fay"_s, true, false, 0})), u"typed"_s);
    QCOMPARE(textOf(source({u"fay"_s, false, true, 0})), u"typed"_s);
}

void TestKeyring::saysWhyNobodyWasAsked()
{
    const auto source =
        engine::keyringFirst(Keyring(m_dir.path()), [](const PassphraseQuestion &) -> Result<SecretBytes> {
            return engine::Error{ErrorCode::PassphraseNeeded, u"there is no terminal to ask at"_s, {}, {}};
        });

    QCOMPARE(textOf(source({u"gus"_s, false, false, 0})),
             u"the keyring has no passphrase under \"%1#gus\"; there is no terminal to ask at"_s.arg(
                 QDir(m_dir.path()).canonicalPath()));
}

/// Last: there is no keyring from here on.
void TestKeyring::outlivesTheSession()
{
    m_session.end();

    const auto kept = Keyring(m_dir.path()).passphrase(u"ben"_s);

    QVERIFY(!kept);
    QCOMPARE(engine::toString(kept.error().code), u"unsupported"_s);
    QVERIFY2(kept.error().message.startsWith(u"the keyring of this session cannot be used: "_s),
             qPrintable(kept.error().message));
}

QTEST_GUILESS_MAIN(TestKeyring)
#include "tst_keyring.moc"
