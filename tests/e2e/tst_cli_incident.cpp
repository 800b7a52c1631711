#include "tests/support/taskrunner_program.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// Incident mode through the real program: the switch, what waits for it, and the snapshot.
class TestCliIncident : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void tellsWhereItStands();
    void refuses();
    void runsWaitUntilItIsOver();
    void snapshotTellsNoSecrets();

private:
    Outcome run(const QStringList &arguments) const
    {
        return tests::runTaskrunner(all(arguments), m_dir->path());
    }
    QStringList all(const QStringList &arguments) const
    {
        return QStringList{u"--data-dir"_s, file(u"data"_s), u"--as"_s, u"olga"_s} + arguments;
    }
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString packWithSecrets() const;
    QMap<QString, QByteArray> unpack(const QString &archive) const;

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestCliIncident::tellsWhereItStands()
{
    QCOMPARE(run({u"incident"_s, u"status"_s}).output, u"Incident mode is off.\n"_s);

    const Outcome on = run({u"incident"_s, u"on"_s, u"--reason"_s, u"odd answers"_s});
    QVERIFY2(on.exitCode == 0, qPrintable(on.errors));
    const QRegularExpression words(uR"(^Incident mode is on since 20[-0-9:.TZ]+ by olga: odd answers
Nothing new is started until: taskrunner incident off
Snapshot: (.*\.tar)
SHA-256: ([0-9a-f]{64})
$)"_s);
    const auto match = words.match(on.output);
    QVERIFY2(match.hasMatch(), qPrintable(on.output));
    QFile snapshot(match.captured(1));
    QVERIFY2(snapshot.open(QIODevice::ReadOnly), qPrintable(match.captured(1)));
    QCOMPARE(snapshot.permissions() & ~(QFile::ReadUser | QFile::WriteUser),
             QFile::ReadOwner | QFile::WriteOwner);
    QCOMPARE(
        QString::fromLatin1(QCryptographicHash::hash(snapshot.readAll(), QCryptographicHash::Sha256).toHex()),
        match.captured(2));

    QCOMPARE(run({u"incident"_s, u"status"_s}).output, on.output);
    const QJsonObject status = run({u"incident"_s, u"status"_s, u"--json"_s}).json();
    QCOMPARE(status.value(u"on"_s).toBool(), true);
    QCOMPARE(status.value(u"by"_s).toString(), u"olga"_s);
    QCOMPARE(status.value(u"reason"_s).toString(), u"odd answers"_s);
    QCOMPARE(status.value(u"snapshotSha256"_s).toString(), match.captured(2));
    const Outcome doctor = run({u"doctor"_s});
    QVERIFY2(doctor.exitCode == 0 && doctor.output.contains(u"-> when it is over: taskrunner incident off"_s),
             qPrintable(doctor.output));

    const Outcome off = run({u"incident"_s, u"off"_s});
    QVERIFY2(off.exitCode == 0, qPrintable(off.errors));
    QVERIFY2(QRegularExpression(uR"(^Incident mode is off since 20[-0-9:.TZ]+ by olga
$)"_s)
                 .match(off.output)
                 .hasMatch(),
             qPrintable(off.output));
    QVERIFY(snapshot.exists()); // It is evidence.
    QCOMPARE(run({u"store"_s, u"check"_s}).exitCode, 0);
}

void TestCliIncident::refuses()
{
    const Outcome silent = run({u"incident"_s, u"on"_s});
    QCOMPARE(silent.exitCode, 2);
    QVERIFY2(silent.errors.contains(u"--reason is required"_s), qPrintable(silent.errors));
    const auto codeOf = [](const Outcome &outcome) {
        return QString::number(outcome.exitCode) + u' '
               + outcome.firstJson()[u"error"_s][u"code"_s].toString();
    };
    QCOMPARE(codeOf(run({u"incident"_s, u"on"_s, u"--reason"_s, u" "_s, u"--json"_s})),
             u"4 reason-required"_s);
    QCOMPARE(codeOf(run({u"incident"_s, u"off"_s, u"--json"_s})), u"4 conflict"_s);
    QCOMPARE(run({u"incident"_s, u"on"_s, u"--reason"_s, u"x"_s}).exitCode, 0);
    QCOMPARE(codeOf(run({u"incident"_s, u"on"_s, u"--reason"_s, u"x"_s, u"--json"_s})), u"4 conflict"_s);
}

/// One process runs, others move the switch.
void TestCliIncident::runsWaitUntilItIsOver()
{
    QCOMPARE(run({u"incident"_s, u"on"_s, u"--reason"_s, u"odd answers"_s}).exitCode, 0);
    const auto owner = tests::startTaskrunner(all({u"run"_s, packWithSecrets()}), m_dir->path());
    const auto stateOfStep = [this] {
        const QJsonArray steps =
            run({u"runs"_s, u"last"_s, u"--json"_s}).firstJson().value(u"steps"_s).toArray();
        return steps.isEmpty() ? QString() : steps.first()[u"state"_s].toString();
    };
    QTRY_COMPARE_WITH_TIMEOUT(stateOfStep(), u"ready"_s, 20'000);
    const Outcome metrics = run({u"metrics"_s});
    QVERIFY2(metrics.output.contains(u"\ntaskrunner_incident_mode 1\n"_s), qPrintable(metrics.output));
    QCOMPARE(run({u"incident"_s, u"status"_s}).exitCode, 0);
    QCOMPARE(stateOfStep(), u"ready"_s);
    QVERIFY(owner->state() == QProcess::Running);

    const Outcome off = run({u"incident"_s, u"off"_s, u"--reason"_s, u"solved"_s});
    QVERIFY2(off.exitCode == 0, qPrintable(off.errors));
    const Outcome ended = tests::endOf(*owner);
    QVERIFY2(ended.exitCode == 0, qPrintable(ended.output + ended.errors));
}

QString TestCliIncident::packWithSecrets() const
{
    QDir().mkpath(file(u"pack"_s));
    QFile manifest(file(u"pack/pack.yaml"_s));
    if (!manifest.open(QIODevice::WriteOnly))
        return {};
    manifest.write(R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: telling, version: 1.0.0 }
spec:
  steps:
  - id: tell
    run:
      uses: builtin:exec
      with: { command: [/bin/sh, -c, 'echo "{\"list\": [\"item-$0\"]}" > "$TASKRUNNER_OUTPUTS"', hunter2] }
      outputs: [{ name: list, type: array }]
  - id: each
    map:
      items: "{{ steps.tell.outputs.list }}"
      step: { id: one, run: { uses: "builtin:exec", with: { command: [/bin/true] } } }
)");
    return file(u"pack"_s);
}

QMap<QString, QByteArray> TestCliIncident::unpack(const QString &archive) const
{
    const QString folder = file(u"unpacked"_s);
    QMap<QString, QByteArray> members;
    QDir().mkpath(folder);
    if (QProcess::execute(u"tar"_s, {u"-xf"_s, archive, u"-C"_s, folder}) != 0)
        return members;
    QDirIterator files(folder, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile member(files.next());
        if (member.open(QIODevice::ReadOnly))
            members.insert(QDir(folder).relativeFilePath(member.fileName()), member.readAll());
    }
    return members;
}

void TestCliIncident::snapshotTellsNoSecrets()
{
    const Outcome ran = run({u"run"_s, packWithSecrets()});
    QVERIFY2(ran.exitCode == 0, qPrintable(ran.output + ran.errors));
    const QString id = run({u"runs"_s, u"last"_s, u"--json"_s}).firstJson()[u"runId"_s].toString();
    const QJsonObject on = run({u"incident"_s, u"on"_s, u"--reason"_s, u"odd answers"_s, u"--json"_s}).json();
    const auto members = unpack(file(u"data/"_s + on.value(u"snapshot"_s).toString()));
    QCOMPARE(members.keys(), (QStringList{u"audit.jsonl"_s, u"manifest.json"_s, u"metrics.txt"_s,
                                          u"runs/%1/events.jsonl"_s.arg(id), u"runs/%1/state.json"_s.arg(id),
                                          u"settings.json"_s}));
    for (const QByteArray &bytes : members)
        QVERIFY2(!bytes.contains("hunter2"), bytes.constData());
    const QByteArray events = members.value(u"runs/%1/events.jsonl"_s.arg(id));
    QVERIFY2(events.contains(R"("argv":["/bin/sh","redacted"])"), events.constData());
    QVERIFY2(events.contains(R"("items":"redacted")"), events.constData());
    QVERIFY(members.value(u"audit.jsonl"_s).contains(R"("action":"incident-began")"));
    QVERIFY(members.value(u"metrics.txt"_s).contains("\ntaskrunner_incident_mode 1\n"));

    const QJsonArray listed =
        QJsonDocument::fromJson(members.value(u"manifest.json"_s))[u"files"_s].toArray();
    QCOMPARE(listed.size(), members.size() - 1);
    for (const QJsonValue &entry : listed) {
        const QByteArray bytes = members.value(entry[u"path"_s].toString());
        QCOMPARE(entry[u"size"_s].toInteger(), bytes.size());
        QCOMPARE(entry[u"sha256"_s].toString().toLatin1(),
                 QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
    }
}

QTEST_GUILESS_MAIN(TestCliIncident)
#include "tst_cli_incident.moc"
