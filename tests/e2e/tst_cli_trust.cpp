#include "tests/support/taskrunner_program.h"
#include "tests/support/terminal_program.h"

#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::Outcome;
using tests::TerminalProgram;

namespace {

// RFC 8032 section 7.1, TEST 2.
const QByteArray pem = "-----BEGIN PUBLIC KEY-----\n"
                       "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
                       "-----END PUBLIC KEY-----\n";
const QString keyId = u"deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"_s;
const QString sheet = uR"(Key          deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170
             deb2ded3 9dc26fce 0e6085b6 fc34bf6b 5941913b bfe2ea61 4113cff9 e004c170
Algorithm    ed25519
Name         ben
Roles        approver, security
)"_s;

} // namespace

/// `taskrunner trust`: adding a key is a deliberate act, and nothing is ever removed.
class TestCliTrust : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_dir.reset(); }

    void addsWithTheFingerprint();
    void refusesWithoutTheFingerprint();
    void asksAtATerminal();
    void refusesBadInput_data();
    void refusesBadInput();
    void revokes();
    void exportsWhatVerifyReads();

private:
    QStringList all(const QStringList &arguments) const
    {
        return QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments;
    }
    Outcome run(const QStringList &arguments) const
    {
        return tests::runTaskrunner(all(arguments), m_dir->path());
    }
    static QStringList add(const QStringList &more = {})
    {
        return QStringList{u"trust"_s,  u"add"_s,      u"ben.pem"_s, u"--name"_s,  u"ben"_s,
                           u"--role"_s, u"approver"_s, u"--role"_s,  u"security"_s}
               + more;
    }
    QString file(const QString &name) const { return m_dir->filePath(name); }
    bool isTrustFileThere() const { return QFile::exists(file(u"data/trust.json"_s)); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestCliTrust::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QFile key(file(u"ben.pem"_s));
    QVERIFY(key.open(QIODevice::WriteOnly) && key.write(pem) == pem.size());
}

void TestCliTrust::addsWithTheFingerprint()
{
    const Outcome empty = run({u"trust"_s, u"list"_s});
    QCOMPARE(empty.exitCode, 0);
    QCOMPARE(
        empty.output,
        u"No key is trusted yet. The engine's own is at its first start; others: taskrunner trust add\n"_s);

    const Outcome added = run(add({u"--fingerprint"_s, keyId, u"--not-after"_s, u"2999-01-31"_s}));
    QVERIFY2(added.exitCode == 0, qPrintable(added.errors));
    QCOMPARE(added.output,
             sheet + u"Valid        until 2999-01-31T00:00:00.000Z\nThis key is trusted now.\n"_s);

    const Outcome list = run({u"trust"_s, u"list"_s});
    QCOMPARE(list.output,
             u"NAME  ROLES               STATE  VALID                           KEY\n"
             "ben   approver, security  valid  until 2999-01-31T00:00:00.000Z  %1\n"_s.arg(keyId));
    const QJsonObject json = run({u"trust"_s, u"list"_s, u"--json"_s}).json();
    QCOMPARE(json.value(u"keyid"_s).toString(), keyId);
    QCOMPARE(json.value(u"pem"_s).toString().toLatin1(), pem);
    QCOMPARE(json.value(u"roles"_s).toArray(), (QJsonArray{u"approver"_s, u"security"_s}));
    QCOMPARE(json.value(u"state"_s).toString(), u"valid"_s);

    const Outcome again = run(add({u"--fingerprint"_s, keyId}));
    QCOMPARE(again.exitCode, 4);
    QCOMPARE(again.errors, u"the key %1 is in the trust file already, as \"ben\"\n"_s.arg(keyId));
}

void TestCliTrust::refusesWithoutTheFingerprint()
{
    const Outcome nobody = run(add());
    QCOMPARE(nobody.exitCode, 2);
    QCOMPARE(nobody.errors,
             u"nobody can be asked here; give the whole fingerprint that the owner of the key in "
             "\"ben.pem\" told you, with --fingerprint\n"_s);
    const QString other(64, u'0');
    const Outcome wrong = run(add({u"--fingerprint"_s, other}));
    QCOMPARE(wrong.exitCode, 4);
    QCOMPARE(wrong.errors,
             u"the key in \"ben.pem\" is %1, not %2 as --fingerprint says; nothing was changed\n"_s.arg(
                 keyId, other));
    const Outcome part = run(add({u"--fingerprint"_s, keyId.first(16)})); // A part is easily made to match.
    QCOMPARE(part.exitCode, 4);
    QVERIFY(!isTrustFileThere());
}

void TestCliTrust::asksAtATerminal()
{
    TerminalProgram refused(all(add()), m_dir->path());
    QVERIFY(refused.waitFor("Type yes: "));
    QVERIFY2(
        refused.shown().contains("deb2ded3 9dc26fce 0e6085b6 fc34bf6b 5941913b bfe2ea61 4113cff9 e004c170"),
        refused.shown().constData());
    refused.type("y\n"); // Not what was asked for.
    QCOMPARE(refused.exitCode(), 4);
    QVERIFY(refused.shown().endsWith("the key was not trusted; nothing was changed\r\n"));
    QVERIFY(!isTrustFileThere());

    TerminalProgram trusted(all(add()), m_dir->path());
    QVERIFY(trusted.waitFor("Type yes: "));
    trusted.type("yes\n");
    QVERIFY(trusted.waitFor("This key is trusted now."));
    QCOMPARE(trusted.exitCode(), 0);
    QCOMPARE(run({u"trust"_s, u"list"_s, u"--json"_s}).json().value(u"keyid"_s).toString(), keyId);
}

void TestCliTrust::refusesBadInput_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("errors");
    const QStringList start{u"trust"_s, u"add"_s};
    const QStringList end{u"--fingerprint"_s, keyId};
    const auto row = [&](const char *name, const QStringList &middle, const QString &error) {
        QTest::newRow(name) << start + middle + end << 2 << error;
    };
    row("no file", {u"no.pem"_s, u"--name"_s, u"ben"_s, u"--role"_s, u"approver"_s},
        u"there is no file \"no.pem\"\n"_s);
    row("not a role", {u"ben.pem"_s, u"--name"_s, u"ben"_s, u"--role"_s, u"an approver"_s},
        u"\"an approver\" is not a role's name\n"_s);
    row("role twice",
        {u"ben.pem"_s, u"--name"_s, u"ben"_s, u"--role"_s, u"approver"_s, u"--role"_s, u"approver"_s},
        u"the role \"approver\" is listed twice\n"_s);
    row("empty name", {u"ben.pem"_s, u"--name"_s, u""_s, u"--role"_s, u"approver"_s},
        u"\"name\" must not be empty\n"_s);
    row("not a time",
        {u"ben.pem"_s, u"--name"_s, u"ben"_s, u"--role"_s, u"approver"_s, u"--not-before"_s, u"soon"_s},
        u"--not-before: \"soon\" is neither a day such as 2026-01-31 nor a time such as "
        "2026-01-31T09:05:00.000Z\n"_s);
    row("ends before it begins",
        {u"ben.pem"_s, u"--name"_s, u"ben"_s, u"--role"_s, u"approver"_s, u"--not-before"_s, u"2026-02-01"_s,
         u"--not-after"_s, u"2026-01-31"_s},
        u"\"2026-01-31T00:00:00.000Z\" is before notBefore\n"_s);
    QTest::newRow("unknown key") << QStringList{u"trust"_s, u"revoke"_s, u"ab"_s, u"--reason"_s, u"lost"_s}
                                 << 2 << u"there is no key \"ab\" in the trust file\n"_s;
    QTest::newRow("nothing to export") << QStringList{u"trust"_s, u"export"_s, u"out.json"_s} << 2
                                       << u"no key is trusted yet, so there is nothing to export\n"_s;
}

void TestCliTrust::refusesBadInput()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, exitCode);
    QFETCH(QString, errors);

    const Outcome outcome = run(arguments);

    QCOMPARE(outcome.errors, errors);
    QCOMPARE(outcome.exitCode, exitCode);
    QVERIFY(!isTrustFileThere());
}

void TestCliTrust::revokes()
{
    QCOMPARE(run(add({u"--fingerprint"_s, keyId})).exitCode, 0);

    const Outcome revoked = run({u"trust"_s, u"revoke"_s, keyId, u"--reason"_s, u"laptop lost"_s});
    QVERIFY2(revoked.exitCode == 0, qPrintable(revoked.errors));
    QVERIFY2(revoked.output.startsWith(u"Revoked the key %1 of \"ben\" from "_s.arg(keyId))
                 && revoked.output.endsWith(u" on: laptop lost\n"_s),
             qPrintable(revoked.output));

    const QJsonObject entry = run({u"trust"_s, u"list"_s, u"--json"_s}).json();
    QCOMPARE(entry.value(u"state"_s).toString(), u"revoked"_s);
    QCOMPARE(entry.value(u"reason"_s).toString(), u"laptop lost"_s);
    QCOMPARE(run({u"trust"_s, u"revoke"_s, keyId, u"--reason"_s, u"again"_s}).exitCode, 4);
    QCOMPARE(run(add({u"--fingerprint"_s, keyId})).exitCode, 4); // It does not come back.
    QCOMPARE(run({u"trust"_s, u"list"_s, u"--json"_s}).json(), entry);
}

void TestCliTrust::exportsWhatVerifyReads()
{
    QCOMPARE(run(add({u"--fingerprint"_s, keyId})).exitCode, 0);

    const Outcome exported = run({u"trust"_s, u"export"_s, u"out.json"_s});

    QCOMPARE(exported.exitCode, 0);
    QCOMPARE(exported.output,
             u"Wrote 1 key to out.json\nUse it: taskrunner verify BUNDLE --trust out.json\n"_s);
    QFile original(file(u"data/trust.json"_s));
    QFile copy(file(u"out.json"_s));
    QVERIFY(original.open(QIODevice::ReadOnly) && copy.open(QIODevice::ReadOnly));
    QCOMPARE(copy.readAll(), original.readAll());
}

QTEST_GUILESS_MAIN(TestCliTrust)
#include "tst_cli_trust.moc"
