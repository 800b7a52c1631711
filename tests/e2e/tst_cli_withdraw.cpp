#include "tests/support/taskrunner_program.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// Approvals that are taken back, through the real program: by the process that owns the data directory and
/// by one that asks it.
class TestCliWithdraw : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void takesAnApprovalBack_data();
    void takesAnApprovalBack();
    void refuses();

private:
    Outcome run(const QStringList &arguments, const QString &who = u"olga"_s) const
    {
        return tests::runTaskrunner(all(arguments, who), m_dir->path());
    }
    QStringList all(const QStringList &arguments, const QString &who) const
    {
        return QStringList{u"--data-dir"_s, file(u"data"_s), u"--as"_s, who} + arguments;
    }
    int decide(const QString &who, const QString &how, const QString &reason = {}) const
    {
        const Outcome outcome = run({how, u"last"_s, u"--reason"_s, reason}, who);
        if (outcome.exitCode != 0 && outcome.exitCode != 3)
            qWarning("%s", qPrintable(outcome.errors));
        return outcome.exitCode;
    }
    QString pack(const QString &name, const QByteArray &spec) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

QString TestCliWithdraw::pack(const QString &name, const QByteArray &spec) const
{
    QDir().mkpath(file(name));
    QFile manifest(file(name + u"/pack.yaml"_s));
    if (!manifest.open(QIODevice::WriteOnly))
        return {};
    manifest.write("apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: " + name.toUtf8()
                   + ", version: 1.0.0 }\nspec:\n" + spec);
    return file(name);
}

void TestCliWithdraw::takesAnApprovalBack_data()
{
    QTest::addColumn<bool>("isLinked");
    QTest::newRow("alone") << false;
    QTest::newRow("beside an owner") << true;
}

void TestCliWithdraw::takesAnApprovalBack()
{
    QFETCH(bool, isLinked);
    std::unique_ptr<QProcess> owner;
    const QString go = file(u"go"_s);
    if (isLinked) {
        const QString holding =
            pack(u"holding"_s, "  steps:\n  - id: hold\n    run:\n      uses: builtin:script\n      with:\n"
                               "        shell: bash\n        script: until [ -e '"
                                   + go.toUtf8() + "' ]; do sleep 0.05; done\n");
        owner = tests::startTaskrunner(all({u"run"_s, holding}, u"otto"_s), m_dir->path());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file(u"data/link"_s)), 20'000);
    }
    const QString gated = pack(u"gated"_s, "  approvals: [{ id: people, required: 2 }]\n"
                                           "  steps: [{ id: ask, gate: { approval: people } }]\n");
    const Outcome started = run({u"run"_s, gated});
    QVERIFY2(started.exitCode == 3, qPrintable(started.errors));

    QCOMPARE(decide(u"anna"_s, u"approve"_s, u"Fine."_s), 3);
    const Outcome withdrawn =
        run({u"withdraw"_s, u"last"_s, u"ask"_s, u"--reason"_s, u"Too early."_s}, u"anna"_s);
    QVERIFY2(withdrawn.exitCode == 3, qPrintable(withdrawn.errors));
    QVERIFY2(withdrawn.output.startsWith(u"Recorded: withdrawal of the approval of gate \"ask\".\n"_s),
             qPrintable(withdrawn.output));
    QCOMPARE(decide(u"ben"_s, u"approve"_s), 3); // It is the only one that stands.
    const QString shown = run({u"runs"_s, u"last"_s}).output;
    QVERIFY2(
        shown.contains(QRegularExpression(
            u"\n  approve by anna: Fine\\.; withdrawn 20[-0-9:.TZ]+: Too early\\.\n  approve by ben\n"_s)),
        qPrintable(shown));
    const QJsonObject view = run({u"runs"_s, u"last"_s, u"--json"_s}).firstJson();
    QCOMPARE(view.value(u"state"_s).toString(), u"waiting"_s);
    const QJsonObject withdrawal =
        view.value(u"decisions"_s).toArray().first().toObject().value(u"withdrawal"_s).toObject();
    QCOMPARE(withdrawal.value(u"approver"_s).toString(), u"anna"_s);
    QCOMPARE(withdrawal.value(u"reason"_s).toString(), u"Too early."_s);

    const Outcome last = run({u"approve"_s, u"last"_s, u"--reason"_s, u"Now."_s}, u"anna"_s);
    QVERIFY2(last.exitCode == 0, qPrintable(last.errors));
    QVERIFY2(last.output.contains(u"  Quorum        1 of 2\n"_s), qPrintable(last.output));

    const QString bundle = file(u"bundle.tar"_s);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, bundle}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, bundle});
    QVERIFY2(verified.exitCode == 0 && verified.output.startsWith(u"GOOD"_s), qPrintable(verified.output));
    QProcess tar;
    tar.start(u"tar"_s, {u"-tf"_s, bundle});
    QVERIFY(tar.waitForFinished());
    const QByteArray names = tar.readAllStandardOutput();
    QCOMPARE(names.count("approvals/001.decision-"), 4);
    QVERIFY(names.contains("\napprovals/001.decision-1.withdrawal.dsse.json\n"));
    const Outcome checked = run({u"store"_s, u"check"_s});
    QVERIFY2(checked.exitCode == 0, qPrintable(checked.output));
    if (owner) {
        QVERIFY(QFile(go).open(QIODevice::WriteOnly));
        QCOMPARE(tests::endOf(*owner).exitCode, 0);
    }
}

void TestCliWithdraw::refuses()
{
    const QString gated = pack(u"gated"_s, "  approvals: [{ id: people, required: 2 }]\n"
                                           "  steps: [{ id: ask, gate: { approval: people } }]\n");
    QCOMPARE(run({u"run"_s, gated}).exitCode, 3);
    QCOMPARE(decide(u"anna"_s, u"approve"_s), 3);
    const auto refused = [this](const QString &who, const QStringList &more = {}) {
        return run(QStringList{u"withdraw"_s, u"last"_s, u"ask"_s, u"--json"_s} + more, who);
    };
    const auto codeOf = [](const Outcome &outcome) {
        const QString code = outcome.firstJson()[u"error"_s][u"code"_s].toString();
        return QString::number(outcome.exitCode) + u' ' + code;
    };
    QCOMPARE(codeOf(refused(u"ben"_s)), u"4 not-own-decision"_s);
    QCOMPARE(codeOf(refused(u"anna"_s, {u"--plan-hash"_s, u"sha256:0"_s})), u"4 plan-hash-mismatch"_s);
    QCOMPARE(refused(u"anna"_s).exitCode, 3);
    QCOMPARE(codeOf(refused(u"anna"_s)), u"4 already-withdrawn"_s);
    QCOMPARE(run({u"reject"_s, u"last"_s}, u"anna"_s).exitCode, 1);
    QCOMPARE(codeOf(refused(u"anna"_s)), u"4 conflict"_s); // The run is over.
}

QTEST_GUILESS_MAIN(TestCliWithdraw)
#include "tst_cli_withdraw.moc"
