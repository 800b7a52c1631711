#include "tests/support/taskrunner_program.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// The views of packs, plans and simulations through the real program.
class TestCliPlan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void printsEveryFormat_data();
    void printsEveryFormat();
    void writesToAFile();
    void findsWhatDiffers();
    void comparesPacks();
    void refusesOldPlans_data();
    void refusesOldPlans();
    void refusesWhatContradicts_data();
    void refusesWhatContradicts();
    void plansSealed();
    void reportsToEditors();

private:
    Outcome run(const QStringList &arguments) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString write(const QString &name, const QByteArray &content) const;
    QString writePack(const QString &name, const QByteArray &spec) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    const QString m_audit = QStringLiteral(SOURCE_DIR "/resources/packs/inventory-audit");
};

Outcome TestCliPlan::run(const QStringList &arguments) const
{
    return tests::runTaskrunner(arguments, m_dir->path());
}

QString TestCliPlan::write(const QString &name, const QByteArray &content) const
{
    QDir().mkpath(QFileInfo(file(name)).path());
    QFile target(file(name));
    if (!target.open(QIODevice::WriteOnly) || target.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(name));
    return name;
}

QString TestCliPlan::writePack(const QString &name, const QByteArray &spec) const
{
    write(
        name + u"/pack.yaml"_s,
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: small, version: 1.0.0 }\nspec:\n"
            + spec);
    return name;
}

void TestCliPlan::printsEveryFormat_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("start");
    QTest::addColumn<QString>("part");

    const auto row = [](const char *command, const char *format, const QString &start, const QString &part) {
        QStringList arguments{QString::fromLatin1(command)};
        if (format != nullptr)
            arguments += {u"--format"_s, QString::fromLatin1(format)};
        QTest::addRow("%s %s", command, format == nullptr ? "default" : format) << arguments << start << part;
    };
    const QString text = u"inventory-audit 1.0.0\nplanHash sha256:"_s;
    row("plan", nullptr, text, u"\n├─ review"_s);
    row("plan", "text", text, u"\n├─ review"_s);
    row("plan", "json", u"{\"plan\":{"_s, u"\"planHash\":\"sha256:"_s);
    row("plan", "dot", u"digraph plan {\n"_s, u"shape=hexagon"_s);
    row("plan", "mermaid", u"---\ntitle: \"inventory-audit 1.0.0\"\n"_s, u"{{\"review<br/>"_s);
    row("simulate", "text", u"Plan sha256:"_s, u"waits for approval"_s);
    row("simulate", "json", u"{\"approvals\":1,"_s, u"\"waits-for-approval\""_s);
    row("simulate", "dot", u"digraph plan {\n"_s, u"waits for approval"_s);
    row("simulate", "mermaid", u"---\ntitle: \"inventory-audit 1.0.0\"\n"_s, u"waits for approval"_s);
    row("validate", "text", u"inventory-audit 1.0.0 is valid: "_s, u"digest sha256:"_s);
    row("validate", "json", u"{\"diagnostics\":[],"_s, u"\"valid\":true"_s);
}

void TestCliPlan::printsEveryFormat()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, start);
    QFETCH(QString, part);

    const Outcome outcome = run(arguments + QStringList{m_audit});
    QCOMPARE(outcome.errors, QString());
    QCOMPARE(outcome.exitCode, 0);
    QVERIFY2(outcome.output.startsWith(start), qPrintable(outcome.output));
    QVERIFY2(outcome.output.contains(part), qPrintable(outcome.output));
    QCOMPARE(run(arguments + QStringList{m_audit}).output, outcome.output);
    if (arguments.contains(u"json"_s))
        QCOMPARE(run({arguments.first(), u"--json"_s, m_audit}).output, outcome.output);
}

void TestCliPlan::writesToAFile()
{
    const QStringList plan{u"plan"_s, m_audit, u"--format"_s, u"dot"_s};
    const Outcome outcome = run(plan + QStringList{u"-o"_s, u"plan.dot"_s});
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome.output, QString());
    QFile written(file(u"plan.dot"_s));
    QVERIFY(written.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(written.readAll()), run(plan).output);

    const QString pipe = file(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QProcess reader;
    reader.start(u"cat"_s, {pipe});
    QCOMPARE(run(plan + QStringList{u"-o"_s, pipe}).exitCode, 0);
    QCOMPARE(tests::endOf(reader).output, run(plan).output);
    QVERIFY(!QFileInfo(pipe).isFile()); // It was not replaced.

    const Outcome failed = run({u"simulate"_s, m_audit, u"-o"_s, u"none/x"_s});
    QCOMPARE(failed.exitCode, 6);
    QCOMPARE(failed.output, QString());
    QVERIFY2(failed.errors.startsWith(u"cannot write \"none/x\": "_s), qPrintable(failed.errors));
}

void TestCliPlan::findsWhatDiffers()
{
    const QStringList now{u"plan"_s, m_audit, u"-i"_s, u"denied=[\"nis\",\"rsh\"]"_s};
    const Outcome before =
        run({u"plan"_s, m_audit, u"-i"_s, u"denied=[\"nis\"]"_s, u"--json"_s, u"-o"_s, u"before.json"_s});
    QCOMPARE(before.exitCode, 0);
    QCOMPARE(run(now + QStringList{u"--canonical"_s, u"-o"_s, u"now.json"_s}).exitCode, 0);

    const Outcome same = run(now + QStringList{u"--diff"_s, u"now.json"_s});
    QVERIFY2(same.exitCode == 0, qPrintable(same.errors));
    QVERIFY2(same.output.startsWith(u"The plans are the same: planHash sha256:"_s), qPrintable(same.output));

    const Outcome differs = run(now + QStringList{u"--diff"_s, u"before.json"_s});
    QCOMPARE(differs.errors, QString());
    QCOMPARE(differs.exitCode, 1);
    QVERIFY2(differs.output.contains(u"\ninput \"denied\" changed from [\"nis\"] to [\"nis\",\"rsh\"]\n"_s),
             qPrintable(differs.output));

    const Outcome machine = run(now + QStringList{u"--diff"_s, u"before.json"_s, u"--json"_s});
    QCOMPARE(machine.exitCode, 1);
    QCOMPARE(machine.json()[u"same"_s], QJsonValue(false));
    QCOMPARE(machine.json()[u"changes"_s][0][u"path"_s], QJsonValue(u"denied"_s));
}

void TestCliPlan::comparesPacks()
{
    const QByteArray steps = "  steps:\n  - { id: a, run: { uses: 'builtin:exec', with: { command: [ls, "
                             "'{{ inputs.x }}'] } } }\n";
    const QString before = writePack(u"before"_s, "  inputs: [{ name: x, type: string }]\n" + steps);
    const QString after = writePack(
        u"after"_s, "  inputs: [{ name: x, type: string }, { name: y, type: integer }]\n" + steps
                        + "  - { id: b, run: { uses: 'builtin:exec', with: { command: [ls] } } }\n");
    write(u"inputs.json"_s, R"({"x": "1", "y": 2})");
    for (const QStringList &inputs :
         {QStringList{u"-i"_s, u"x=1"_s, u"-i"_s, u"y=2"_s}, QStringList{u"--inputs"_s, u"inputs.json"_s}}) {
        const Outcome outcome = run(QStringList{u"plan"_s, after, u"--diff"_s, before} + inputs);
        QCOMPARE(outcome.errors, QString());
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(
            outcome.output.endsWith(u"\ninput \"y\" was added with 2\nstep \"b\" was added after \"a\"\n"_s),
            qPrintable(outcome.output));
    }
    const QString manifest = before + u"/pack.yaml"_s; // A pack may be named by its manifest.
    QCOMPARE(run({u"plan"_s, before, u"--diff"_s, manifest, u"-i"_s, u"x=1"_s}).exitCode, 0);
}

void TestCliPlan::refusesOldPlans_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("error");

    QTest::newRow("no plan") << QByteArray("{}") << u"old.json: \"schema\" is missing"_s;
    QTest::newRow("no JSON") << QByteArray("{") << u"old.json:1:2: "_s;
    QTest::newRow("wrong hash")
        << QByteArray(R"({"planHash":"sha256:0","plan":)")
        << u"old.json: the planHash is \"sha256:0\", but that of the plan is sha256:"_s;
}

void TestCliPlan::refusesOldPlans()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, error);

    if (content.endsWith(':'))
        content += run({u"plan"_s, m_audit, u"--canonical"_s}).output.toUtf8() + '}';
    write(u"old.json"_s, content);
    const Outcome outcome = run({u"plan"_s, m_audit, u"--diff"_s, u"old.json"_s});
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.errors.startsWith(error), qPrintable(outcome.errors));
    const Outcome machine = run({u"plan"_s, m_audit, u"--diff"_s, u"old.json"_s, u"--format"_s, u"json"_s});
    QCOMPARE(machine.exitCode, 2);
    QCOMPARE(machine.json()[u"error"_s][u"code"_s], QJsonValue(u"invalid-input"_s));
}

void TestCliPlan::refusesWhatContradicts_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("error");

    QTest::newRow("json and dot") << QStringList{u"plan"_s, u"--format"_s, u"dot"_s, u"--json"_s}
                                  << u"--json and --format dot exclude each other"_s;
    QTest::newRow("json and text") << QStringList{u"validate"_s, u"--format"_s, u"text"_s, u"--json"_s}
                                   << u"--json and --format text exclude each other"_s;
    QTest::newRow("canonical and format") << QStringList{u"plan"_s, u"--format"_s, u"dot"_s, u"--canonical"_s}
                                          << u"--canonical and --format exclude each other"_s;
    QTest::newRow("canonical and diff") << QStringList{u"plan"_s, u"--diff"_s, u"x"_s, u"--canonical"_s}
                                        << u"--canonical and --diff exclude each other"_s;
    QTest::newRow("diff and dot") << QStringList{u"plan"_s, u"--diff"_s, u"x"_s, u"--format"_s, u"dot"_s}
                                  << u"--diff is text or json, not dot"_s;
    QTest::newRow("diff with nothing")
        << QStringList{u"plan"_s, u"--diff"_s, u"nowhere"_s} << u"there is no \"nowhere\""_s;
    QTest::newRow("unknown format") << QStringList{u"plan"_s, u"--format"_s, u"svg"_s}
                                    << u"--format: svg not in {text,json,dot,mermaid}"_s;
    QTest::newRow("no graph of a pack")
        << QStringList{u"validate"_s, u"--format"_s, u"dot"_s} << u"--format: dot not in {text,json}"_s;
}

void TestCliPlan::refusesWhatContradicts()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, error);

    const Outcome outcome = run(arguments + QStringList{m_audit});
    QCOMPARE(outcome.exitCode, 2);
    const QString said = arguments.contains(u"--json"_s) ? outcome.json()[u"error"_s][u"message"_s].toString()
                                                         : outcome.errors.section(u'\n', 0, 0);
    QCOMPARE(said, error);
}

void TestCliPlan::plansSealed()
{
    const auto mode = [this](const QStringList &more) {
        const Outcome outcome = run(QStringList{u"plan"_s, m_audit, u"--json"_s} + more);
        return outcome.json()[u"plan"_s][u"sandbox"_s][u"mode"_s].toString();
    };
    QCOMPARE(mode({}), u"open"_s);
    QCOMPARE(mode({u"--sealed"_s}), u"sealed"_s);
    QVERIFY(
        run({u"simulate"_s, m_audit, u"--sealed"_s}).output.contains(u"Sealed: steps reach no network"_s));
    QVERIFY(!run({u"simulate"_s, m_audit}).output.contains(u"Sealed"_s));
}

void TestCliPlan::reportsToEditors()
{
    const QString pack =
        writePack(u"bad"_s, "  steps:\n  - { id: a, run: { uses: 'builtin:exce', with: { command: "
                            "[ls] } } }\n  - { id: a, rnu: 1 }\n");
    const Outcome outcome = run({u"validate"_s, pack, u"--format"_s, u"json"_s});
    QCOMPARE(outcome.exitCode, 2);
    QCOMPARE(outcome.errors, QString());
    const QJsonObject report = outcome.json();
    QCOMPARE(report[u"valid"_s], QJsonValue(false));
    QCOMPARE(report[u"pack"_s], QJsonValue(u"bad"_s));
    const QJsonArray diagnostics = report[u"diagnostics"_s].toArray();
    QVERIFY2(diagnostics.size() >= 2, qPrintable(outcome.output));
    QCOMPARE(diagnostics[0].toObject(), (QJsonObject{{u"file"_s, u"bad/pack.yaml"_s},
                                                     {u"line"_s, 6},
                                                     {u"column"_s, 27},
                                                     {u"pointer"_s, u"/spec/steps/0/run/uses"_s},
                                                     {u"severity"_s, u"error"_s},
                                                     {u"code"_s, u"invalid-input"_s},
                                                     {u"message"_s, diagnostics[0][u"message"_s]}}));
    QVERIFY(diagnostics[0][u"message"_s].toString().contains(u"did you mean \"builtin:exec\"?"_s));

    const Outcome none = run({u"validate"_s, u"nowhere"_s, u"--json"_s});
    QCOMPARE(none.exitCode, 2);
    QCOMPARE(none.json()[u"diagnostics"_s][0][u"code"_s], QJsonValue(u"not-found"_s));
    QCOMPARE(none.json()[u"diagnostics"_s][0][u"line"_s], QJsonValue(0));
}

QTEST_GUILESS_MAIN(TestCliPlan)
#include "tst_cli_plan.moc"
