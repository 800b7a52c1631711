#include "tests/support/session_keyring.h"
#include "tests/support/taskrunner_program.h"
#include "tests/support/terminal_program.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::Outcome;
using tests::TerminalProgram;

/// `taskrunner keys`, and decisions that are signed with keys that have a passphrase.
class TestCliKeys : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_dir.reset(); }

    void createsWithAPassphraseFile();
    void createsAtATerminal();
    void refuses_data();
    void refuses();
    void warnsOfFewIterations();
    void decidesWithAPassphrase();
    void decidesAtATerminal();
    void decidesWithAPassphraseOfTheKeyring();
    void saysThatThereIsNoKeyring();
    void decidesBesideAnOwner();
    void staysGoodAfterRotations();
    void startsWithAProtectedEngineKey();
    void decidesWithAKeyInAToken();

private:
    QStringList all(const QStringList &arguments) const
    {
        return QStringList{u"--data-dir"_s, file(u"data"_s), u"--as"_s, u"ben"_s} + arguments;
    }
    Outcome run(const QStringList &arguments) const
    {
        return tests::runTaskrunner(all(arguments), m_dir->path());
    }
    QStringList withPassphrase(const QStringList &arguments, const QString &passphrase = u"good"_s) const
    {
        return arguments + QStringList{u"--passphrase-file"_s, file(passphrase)};
    }
    void write(const QString &name, const QByteArray &content) const
    {
        QFile out(file(name));
        if (!out.open(QIODevice::WriteOnly) || out.write(content) != content.size()
            || !out.setPermissions(QFile::ReadOwner | QFile::WriteOwner))
            qFatal("cannot write %s", qPrintable(name));
    }
    QByteArray read(const QString &name) const
    {
        QFile in(file(name));
        return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    }
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString gatedPack(const QString &name) const; ///< A gate that ben may open himself, then an end.
    QString stateOfLast() const
    {
        return run({u"runs"_s, u"last"_s, u"--json"_s}).json().value(u"state"_s).toString();
    }
    bool holdsNoPassphrase() const;

    std::unique_ptr<QTemporaryDir> m_dir;
};

static const QString keyFile = u"data/keys/operators/ben.pem"_s;

void TestCliKeys::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    write(u"good"_s, "correct horse\n");
    write(u"bad"_s, "battery staple\n");
}

QString TestCliKeys::gatedPack(const QString &name) const
{
    QDir().mkpath(file(name));
    write(name + u"/pack.yaml"_s,
          "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: " + name.toUtf8()
              + ", version: 1.0.0 }\nspec:\n  approvals: [{ id: reviewer, allowSelfApproval: true }]\n"
                "  steps:\n  - id: review\n    gate: { approval: reviewer }\n"
                "  - id: after\n    run: { uses: 'builtin:exec', with: { command: [echo, approved] } }\n");
    return file(name);
}

/// Nothing in the data directory, logs and database included, has a passphrase in it.
bool TestCliKeys::holdsNoPassphrase() const
{
    QProcess grep;
    grep.start(u"grep"_s, {u"-rlE"_s, u"correct horse|battery staple"_s, file(u"data"_s)});
    return grep.waitForFinished() && grep.exitCode() == 1;
}

void TestCliKeys::createsWithAPassphraseFile()
{
    QCOMPARE(run({u"keys"_s, u"list"_s}).output,
             u"There is no key yet. Make your own: taskrunner keys create\n"_s);

    const Outcome made = run(withPassphrase({u"keys"_s, u"create"_s, u"--algorithm"_s, u"ed25519"_s}));
    QVERIFY2(made.exitCode == 0, qPrintable(made.errors));
    const QRegularExpression words(uR"(^Key          ([0-9a-f]{64})
             [0-9a-f ]{71}
Algorithm    ed25519
Name         ben
Roles        approver
Valid        always
This key was made, and is trusted here\.
$)"_s);
    const auto match = words.match(made.output);
    QVERIFY2(match.hasMatch(), qPrintable(made.output));
    const QString keyId = match.captured(1);

    QCOMPARE(
        run({u"keys"_s, u"list"_s}).output,
        u"NAME  ALGORITHM  PROTECTION  TRUST  KEY\nben   ed25519    passphrase  valid  %1\n"_s.arg(keyId));
    const QJsonObject listed = run({u"keys"_s, u"list"_s, u"--json"_s}).json();
    QCOMPARE(listed.value(u"keyid"_s).toString(), keyId);
    QCOMPARE(listed.value(u"iterations"_s).toInt(), 600'000);
    QVERIFY(!listed.contains(u"warning"_s));
    QCOMPARE(QFile::permissions(file(keyFile)) & ~(QFile::ReadUser | QFile::WriteUser),
             QFile::ReadOwner | QFile::WriteOwner);
    QVERIFY(read(keyFile).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    QVERIFY(holdsNoPassphrase());

    const Outcome half = run({u"keys"_s, u"export"_s, u"ben"_s}); // Nobody is asked for that.
    QCOMPARE(half.exitCode, 0);
    QVERIFY(half.output.startsWith(u"-----BEGIN PUBLIC KEY-----\n"_s) && !half.output.contains(u"PRIVATE"_s));
    QVERIFY(read(keyFile).endsWith(half.output.toLatin1()));
}

void TestCliKeys::createsAtATerminal()
{
    TerminalProgram person(all({u"keys"_s, u"create"_s}), m_dir->path());
    QVERIFY(person.waitFor("New passphrase of the key \"ben\": "));
    QVERIFY(!person.echoes());
    person.type("short\n");
    QVERIFY(person.waitFor("It must have from 8 to 1024 bytes."));
    QVERIFY(person.waitFor("New passphrase of the key \"ben\": "));
    person.type("correct horse\n");
    QVERIFY(person.waitFor("Again: "));
    person.type("correct house\n");
    QVERIFY(person.waitFor("These two are not the same."));
    QVERIFY(person.waitFor("New passphrase of the key \"ben\": "));
    person.type("correct hoo\x7frse\n"); // One letter too many, taken back.
    QVERIFY(person.waitFor("Again: "));
    person.type("battery\x15"
                "correct horse\n"); // Begun anew.
    QVERIFY(person.waitFor("This key was made, and is trusted here."));
    QCOMPARE(person.exitCode(), 0);
    QVERIFY2(!person.shown().contains("horse") && !person.shown().contains("battery"),
             person.shown().constData());
    QVERIFY(read(keyFile).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    QVERIFY(holdsNoPassphrase());

    TerminalProgram other(all({u"keys"_s, u"create"_s, u"--name"_s, u"sue"_s}), m_dir->path());
    QVERIFY(other.waitFor("New passphrase of the key \"sue\": "));
    other.type("correct\x03");
    QVERIFY(other.waitFor("no passphrase was given"));
    QCOMPARE(other.exitCode(), 1);
    QVERIFY(!QFile::exists(file(u"data/keys/operators/sue.pem"_s)));
}

void TestCliKeys::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("exitCode");
    QTest::addColumn<QString>("errors");
    QTest::newRow("nobody to ask")
        << QStringList{u"keys"_s, u"create"_s} << 6
        << u"the passphrase of the key \"ben\" is needed, and there is no terminal to ask at; give it with "
           "--passphrase-file\n"_s;
    QTest::newRow("both") << QStringList{u"keys"_s, u"create"_s, u"--no-passphrase"_s, u"--passphrase-file"_s,
                                         u"good"_s}
                          << 2 << u"--no-passphrase and --passphrase-file exclude each other\n"_s;
    QTest::newRow("no such file") << QStringList{u"keys"_s, u"create"_s, u"--passphrase-file"_s, u"no"_s} << 6
                                  << u"cannot read the passphrase file \"no\": No such file or directory\n"_s;
    QTest::newRow("short") << QStringList{u"keys"_s, u"create"_s, u"--passphrase-file"_s, u"short"_s} << 2
                           << u"a passphrase has from 8 to 1024 bytes, this one has 5\n"_s;
    QTest::newRow("not a name") << QStringList{
        u"keys"_s, u"create"_s, u"--name"_s,
        u"../x"_s} << 2 << u"\"../x\" is not a name for an operator; use letters, digits and . _ @ -\n"_s;
    QTest::newRow("nothing to export")
        << QStringList{u"keys"_s, u"export"_s, u"sue"_s} << 2 << u"there is no key \"sue\" here\n"_s;
    QTest::newRow("nothing to rotate")
        << QStringList{u"keys"_s, u"rotate"_s, u"engine"_s} << 2 << u"there is no key \"engine\" here\n"_s;
}

void TestCliKeys::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, exitCode);
    QFETCH(QString, errors);
    write(u"short"_s, "short\n");
    QString environment = u"A passphrase in the environment is not looked at."_s;
    qputenv("TASKRUNNER_PASSPHRASE", environment.toUtf8());

    // Without a terminal of its own, as a service: setsid takes it away.
    QProcess process;
    process.setWorkingDirectory(m_dir->path());
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(u"setsid"_s,
                  QStringList{u"-w"_s, QStringLiteral(BINARY_DIR "/bin/taskrunner")} + all(arguments));
    const Outcome outcome = tests::endOf(process);
    qunsetenv("TASKRUNNER_PASSPHRASE");

    QCOMPARE(outcome.errors, errors);
    QCOMPARE(outcome.exitCode, exitCode);
    QVERIFY(!QFile::exists(file(keyFile)));
}

void TestCliKeys::warnsOfFewIterations()
{
    QDir().mkpath(file(u"data/keys/operators"_s));
    // As `openssl pkcs8 -topk8 -v2 aes256 -iter 2048` writes it, of RFC 8032 section 7.1, TEST 2.
    write(keyFile, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
                   "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgTpAtofscABAICCAAw\n"
                   "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHKuaqw/VMlx2Gge7xLIxAUEQDIG\n"
                   "GfLtsH4WF7dW7WJwl0cvzNoPCT410halECTvRCMgsiV+YS+16foN0pTOSGPvAGQh\n"
                   "C2P6owCuMaVpuS1Kefs=\n"
                   "-----END ENCRYPTED PRIVATE KEY-----\n");
    const Outcome list = run({u"keys"_s, u"list"_s});
    QCOMPARE(list.exitCode, 0);
    QCOMPARE(
        list.output,
        u"NAME  ALGORITHM  PROTECTION  TRUST      KEY\nben   not known  passphrase  not known  not known\n\n"
        "Warning: the passphrase of \"ben\" is protected by 2048 iterations of PBKDF2, fewer than 600000; "
        "make a new key: taskrunner keys rotate ben\n"_s);

    const QJsonObject exported = run(withPassphrase({u"keys"_s, u"export"_s, u"ben"_s, u"--json"_s})).json();
    QCOMPARE(exported.value(u"keyid"_s).toString(),
             u"deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170"_s);
    const Outcome wrong = run(withPassphrase({u"keys"_s, u"export"_s, u"ben"_s}, u"bad"_s));
    QCOMPARE(wrong.exitCode, 6);
    QCOMPARE(wrong.errors,
             u"what the passphrase file \"%1\" says is not the passphrase of the key \"ben\"\n"_s.arg(
                 file(u"bad"_s)));
}

void TestCliKeys::decidesWithAPassphrase()
{
    QCOMPARE(run(withPassphrase({u"keys"_s, u"create"_s})).exitCode, 0);
    QCOMPARE(run({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3); // Nobody is asked before there is a need.

    const Outcome wrong = run(withPassphrase({u"approve"_s, u"last"_s}, u"bad"_s));
    QCOMPARE(wrong.exitCode, 6);
    QCOMPARE(stateOfLast(), u"waiting"_s);

    const Outcome right = run(withPassphrase({u"approve"_s, u"last"_s}));
    QVERIFY2(right.exitCode == 0, qPrintable(right.errors));
    QCOMPARE(stateOfLast(), u"succeeded"_s);
    QVERIFY(holdsNoPassphrase());
}

void TestCliKeys::decidesWithAPassphraseOfTheKeyring()
{
    tests::SessionKeyring session;
    if (const QString problem = session.start(); !problem.isEmpty())
        QSKIP(qPrintable(problem));
    const auto runThere = [&](const QStringList &arguments) {
        return tests::runTaskrunner(all(arguments), m_dir->path(), session.environment());
    };
    const QString keyring = u"--passphrase-keyring"_s;
    const Outcome created = runThere(withPassphrase({u"keys"_s, u"create"_s, keyring}));
    QVERIFY2(created.exitCode == 0, qPrintable(created.errors));
    QCOMPARE(created.errors, QString());

    QCOMPARE(runThere({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    const Outcome approved = runThere({u"approve"_s, u"last"_s, keyring});
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    QCOMPARE(stateOfLast(), u"succeeded"_s);
    QVERIFY(holdsNoPassphrase());

    QCOMPARE(runThere({u"keys"_s, u"forget"_s, u"ben"_s}).exitCode, 0);
    QCOMPARE(runThere({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    const Outcome forgotten = runThere({u"approve"_s, u"last"_s, keyring});
    QCOMPARE(forgotten.exitCode, 6);
    QVERIFY2(forgotten.errors.contains(u"the keyring has no passphrase under "_s),
             qPrintable(forgotten.errors));

    const Outcome wrong = runThere(withPassphrase({u"keys"_s, u"remember"_s, u"ben"_s}, u"bad"_s));
    QCOMPARE(wrong.exitCode, 6);
    QCOMPARE(runThere({u"approve"_s, u"last"_s, keyring}).exitCode, 6); // What is wrong was not kept.
    QCOMPARE(runThere(withPassphrase({u"keys"_s, u"remember"_s, u"ben"_s})).exitCode, 0);
    QCOMPARE(runThere({u"approve"_s, u"last"_s, keyring}).exitCode, 0);
    QCOMPARE(stateOfLast(), u"succeeded"_s);
}

void TestCliKeys::saysThatThereIsNoKeyring()
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"DBUS_SESSION_BUS_ADDRESS"_s, u"unix:path=%1"_s.arg(file(u"no-bus"_s)));
    const auto runThere = [&](const QStringList &arguments) {
        return tests::runTaskrunner(all(arguments), m_dir->path(), environment);
    };

    const Outcome created = runThere(withPassphrase({u"keys"_s, u"create"_s, u"--passphrase-keyring"_s}));
    QCOMPARE(created.exitCode, 0); // The key is in use; only the keyring has no part in it.
    QVERIFY2(created.errors.startsWith(u"Warning: the passphrase was not put into the keyring: "
                                       "the keyring of this session cannot be used: "_s),
             qPrintable(created.errors));

    const Outcome remembered = runThere(withPassphrase({u"keys"_s, u"remember"_s, u"ben"_s}));
    QCOMPARE(remembered.exitCode, 2);
    QVERIFY2(remembered.errors.contains(u"the keyring of this session cannot be used: "_s),
             qPrintable(remembered.errors));
}

void TestCliKeys::decidesAtATerminal()
{
    QCOMPARE(run(withPassphrase({u"keys"_s, u"create"_s})).exitCode, 0);
    TerminalProgram person(all({u"run"_s, gatedPack(u"gated"_s)}), m_dir->path());
    QVERIFY(person.waitFor("Type approve, reject or later: "));
    person.type("approve\n");
    QVERIFY(person.waitFor("Reason (may be empty): "));
    person.type("Read.\n");
    QVERIFY(person.waitFor("Passphrase of the key \"ben\": "));
    QVERIFY(!person.echoes());
    person.type("battery staple\n");
    QVERIFY(person.waitFor("That was not it."));
    QVERIFY(person.waitFor("Passphrase of the key \"ben\": "));
    person.type("correct horse\n");
    QCOMPARE(person.exitCode(), 0);
    QVERIFY(person.echoes());
    QVERIFY(!person.shown().contains("horse"));
    QCOMPARE(stateOfLast(), u"succeeded"_s);
}

/// The passphrase and the key stay in the process of the person; the owner gets what was signed.
void TestCliKeys::decidesBesideAnOwner()
{
    QCOMPARE(run(withPassphrase({u"keys"_s, u"create"_s})).exitCode, 0);
    QDir().mkpath(file(u"owning"_s));
    write(u"owning/pack.yaml"_s,
          "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: owning, version: 1.0.0 "
          "}\nspec:\n"
          "  steps:\n  - id: hold\n    run:\n      uses: builtin:script\n      with:\n        shell: bash\n"
          "        script: |\n          until [ -e '"
              + file(u"go"_s).toUtf8() + "' ]; do sleep 0.05; done\n");
    const auto owner = tests::startTaskrunner(all({u"run"_s, file(u"owning"_s)}), m_dir->path());
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file(u"data/link"_s)), 20'000);
    const Outcome gated = run({u"run"_s, gatedPack(u"gated"_s)});
    QVERIFY2(gated.exitCode == 3, qPrintable(gated.errors));

    const Outcome wrong = run(withPassphrase({u"approve"_s, u"last"_s}, u"bad"_s));
    QCOMPARE(wrong.exitCode, 6);
    QCOMPARE(stateOfLast(), u"waiting"_s);
    const Outcome right = run(withPassphrase({u"approve"_s, u"last"_s, u"--reason"_s, u"Read."_s}));
    QVERIFY2(right.exitCode == 0, qPrintable(right.errors));

    const QJsonObject view = run({u"runs"_s, u"last"_s, u"--json"_s}).json();
    QCOMPARE(view.value(u"state"_s).toString(), u"succeeded"_s);
    const QJsonObject decision = view.value(u"decisions"_s).toArray().first().toObject();
    QCOMPARE(decision.value(u"approver"_s).toString(), u"ben"_s);
    QCOMPARE(decision.value(u"reason"_s).toString(), u"Read."_s);
    write(u"go"_s, {});
    QCOMPARE(tests::endOf(*owner).exitCode, 0);
    QVERIFY(holdsNoPassphrase());
}

void TestCliKeys::staysGoodAfterRotations()
{
    QCOMPARE(run({u"keys"_s, u"create"_s, u"--no-passphrase"_s}).exitCode, 0);
    QCOMPARE(run({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    QCOMPARE(run({u"approve"_s, u"last"_s}).exitCode, 0);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, u"before.tar"_s}).exitCode, 0);

    for (const QString &name : {u"engine"_s, u"ben"_s}) {
        const QJsonObject before = run({u"keys"_s, u"export"_s, name, u"--json"_s}).json();
        const Outcome rotated = run({u"keys"_s, u"rotate"_s, name, u"--no-passphrase"_s});
        QVERIFY2(rotated.exitCode == 0, qPrintable(rotated.errors));
        QVERIFY2(
            rotated.output.endsWith(u"This key is in use and trusted now. The one before, %1, ends; what it "
                                    "signed stays good.\n"_s.arg(before.value(u"keyid"_s).toString())),
            qPrintable(rotated.output));
    }

    const Outcome before = run({u"verify"_s, u"before.tar"_s});
    QVERIFY2(before.exitCode == 0, qPrintable(before.output));
    QCOMPARE(run({u"run"_s, gatedPack(u"again"_s)}).exitCode, 3);
    QCOMPARE(run({u"approve"_s, u"last"_s}).exitCode, 0);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, u"after.tar"_s}).exitCode, 0);
    const Outcome after = run({u"verify"_s, u"after.tar"_s});
    QVERIFY2(after.exitCode == 0, qPrintable(after.output));
    QCOMPARE(run({u"trust"_s, u"list"_s, u"--json"_s}).output.count(u'\n'), 4);
}

void TestCliKeys::startsWithAProtectedEngineKey()
{
    QCOMPARE(run({u"keys"_s, u"create"_s, u"--no-passphrase"_s}).exitCode, 0);
    QCOMPARE(run({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    const Outcome rotated = run(withPassphrase({u"keys"_s, u"rotate"_s, u"engine"_s}));
    QVERIFY2(rotated.exitCode == 0, qPrintable(rotated.errors));
    QVERIFY(read(u"data/keys/engine.pem"_s).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));

    QCOMPARE(run({u"runs"_s}).exitCode, 0); // Looking needs no key.
    QCOMPARE(run(withPassphrase({u"approve"_s, u"last"_s}, u"bad"_s)).exitCode, 6);
    const Outcome approved = run(withPassphrase({u"approve"_s, u"last"_s}));
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    const Outcome evidence = run(withPassphrase({u"evidence"_s, u"last"_s, u"-o"_s, u"out.tar"_s}));
    QVERIFY2(evidence.exitCode == 0, qPrintable(evidence.errors));
    const Outcome verified = run({u"verify"_s, u"out.tar"_s});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output));
}

void TestCliKeys::decidesWithAKeyInAToken()
{
    const QString module = u"/usr/lib/softhsm/libsofthsm2.so"_s;
    if (!QFile::exists(module))
        QSKIP("SoftHSM (package softhsm2) is not installed");
    QDir().mkpath(file(u"tokens"_s));
    write(u"softhsm2.conf"_s, "directories.tokendir = " + file(u"tokens"_s).toUtf8() + "\n");
    write(u"pin"_s, "12345678\n");
    write(u"wrong"_s, "00000000\n");
    qputenv("SOFTHSM2_CONF", file(u"softhsm2.conf"_s).toUtf8());
    const auto cleaned = qScopeGuard([] { qunsetenv("SOFTHSM2_CONF"); });
    QProcess make;
    make.start(u"softhsm2-util"_s, {u"--init-token"_s, u"--free"_s, u"--label"_s, u"desk"_s, u"--so-pin"_s,
                                    u"87654321"_s, u"--pin"_s, u"12345678"_s});
    QVERIFY(make.waitForFinished() && make.exitCode() == 0);
    const QStringList create{u"keys"_s, u"create"_s, u"--pkcs11-module"_s, module, u"--token"_s, u"desk"_s};

    const Outcome wrong = run(withPassphrase(create, u"wrong"_s));
    QCOMPARE(wrong.exitCode, 6);
    QCOMPARE(wrong.errors, u"cannot log in to the token \"desk\": the PIN is wrong\n"_s);
    const Outcome made = run(withPassphrase(create, u"pin"_s));
    QVERIFY2(made.exitCode == 0, qPrintable(made.errors));
    const QJsonObject listed = run({u"keys"_s, u"list"_s, u"--json"_s}).json();
    QCOMPARE(listed.value(u"protection"_s).toString(), u"token"_s);
    QCOMPARE(listed.value(u"uri"_s).toString(), u"pkcs11:token=desk;object=ben"_s);
    QCOMPARE(listed.value(u"trust"_s).toString(), u"valid"_s);
    QVERIFY(!QFile::exists(file(keyFile)));

    QCOMPARE(run({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    QCOMPARE(run(withPassphrase({u"approve"_s, u"last"_s}, u"wrong"_s)).exitCode, 6);
    const Outcome approved = run(withPassphrase({u"approve"_s, u"last"_s}, u"pin"_s));
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, u"out.tar"_s}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, u"out.tar"_s});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output));

    const Outcome other =
        run(withPassphrase({u"keys"_s, u"rotate"_s, u"ben"_s, u"--algorithm"_s, u"ed25519"_s}, u"pin"_s));
    QCOMPARE(other.exitCode, 2);
    QCOMPARE(other.errors, u"the key \"ben\" is in a token, and a key in a token is of ecdsa-p256\n"_s);
    QCOMPARE(run(withPassphrase({u"keys"_s, u"rotate"_s, u"ben"_s}, u"wrong"_s)).exitCode, 6);
    const Outcome rotated = run(withPassphrase({u"keys"_s, u"rotate"_s, u"ben"_s, u"--json"_s}, u"pin"_s));
    QVERIFY2(rotated.exitCode == 0, qPrintable(rotated.errors));
    QCOMPARE(rotated.json().value(u"replaces"_s), listed.value(u"keyid"_s));
    const QString keys =
        run({u"keys"_s, u"list"_s, u"--json"_s}).output.trimmed(); // The engine's comes first.
    const QJsonObject now = QJsonDocument::fromJson(keys.section(u'\n', -1).toUtf8()).object();
    QCOMPARE(now.value(u"keyid"_s), rotated.json().value(u"keyid"_s));
    QVERIFY(now.value(u"keyid"_s) != listed.value(u"keyid"_s));
    QVERIFY2(now.value(u"uri"_s).toString().startsWith(u"pkcs11:token=desk;object=ben%20"_s),
             qPrintable(now.value(u"uri"_s).toString()));
    QCOMPARE(now.value(u"trust"_s).toString(), u"valid"_s);
    QCOMPARE(run({u"verify"_s, u"out.tar"_s}).exitCode, 0); // What the old one signed stays good.

    QCOMPARE(run({u"run"_s, gatedPack(u"gated"_s)}).exitCode, 3);
    QCOMPARE(run(withPassphrase({u"approve"_s, u"last"_s}, u"pin"_s)).exitCode, 0);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, u"again.tar"_s}).exitCode, 0);
    QCOMPARE(run({u"verify"_s, u"again.tar"_s}).exitCode, 0);
}

QTEST_GUILESS_MAIN(TestCliKeys)
#include "tst_cli_keys.moc"
