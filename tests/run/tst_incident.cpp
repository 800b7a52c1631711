#include "tests/run/scheduler_fixture.h"

#include <QJsonDocument>
#include <QSignalSpy>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::ErrorCode;
using engine::Incident;
using engine::RunId;

/// Incident mode: nothing new begins, what runs goes on, and nothing is lost.
class TestIncident : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void startsNothingNew();
    void keepsWhatRuns();
    void newRunsWait();
    void waitsGoOn();
    void cancelEndsRuns();
    void logsInDetail();
    void outlivesTheEngine();
    void tellsTheMetrics();
    void refuses_data();
    void refuses();
    void recordsTheSnapshot();
    void forgetsTheSnapshotOfAnEndedIncident();

private:
    void prepare() override { m_processes = 1; }
    void switchOn() { QVERIFY(m_engine->switchIncident(true, u"anna"_s, u"odd answers"_s)); }
    void switchOff() { QVERIFY(m_engine->switchIncident(false, u"bob"_s, u"solved"_s)); }
    void waitFor(const QString &step) const { QTRY_COMPARE(m_launcher->running(), QStringList{step}); }
    QStringList audited() const
    {
        QStringList rows;
        const auto log = *m_reader->auditLog(10);
        for (const QJsonObject &row : log)
            rows +=
                row[u"actor"_s].toString() + u' ' + row[u"action"_s].toString() + u' '
                + QString::fromUtf8(QJsonDocument(row[u"data"_s].toObject()).toJson(QJsonDocument::Compact));
        return rows;
    }
    /// Nothing more happens by itself.
    static void settle() { QTest::qWait(20); }
};

void TestIncident::startsNothingNew()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b"));
    waitFor(u"a"_s);
    QSignalSpy told(m_engine.get(), &engine::Engine::incidentChanged);
    switchOn();
    QCOMPARE(told.size(), 1);
    const Incident on{true, u"anna"_s, u"odd answers"_s, m_clock->now(), {}, {}, {}};
    QCOMPARE(m_engine->incident(), on);
    QCOMPARE(*m_reader->incident(), on);

    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(states(run).last(), u"b ready"_s);
    settle();
    QCOMPARE(m_launcher->running(), QStringList());
    QCOMPARE(stateOf(run), u"running"_s);

    m_clock->advance(5s);
    switchOff();
    QCOMPARE(*m_reader->incident(), (Incident{false, u"bob"_s, u"solved"_s, m_clock->now(), {}, {}, {}}));
    waitFor(u"b"_s);
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(audited(), (QStringList{uR"(anna incident-began {"reason":"odd answers"})"_s,
                                     uR"(bob incident-ended {"reason":"solved"})"_s}));
    QVERIFY(m_reader->checkAuditLog());
}

void TestIncident::keepsWhatRuns()
{
    const RunId run = start("  steps:\n" + exec("a"));
    waitFor(u"a"_s);
    switchOn();
    settle();
    waitFor(u"a"_s);
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s); // Nothing of it had to begin.
}

void TestIncident::newRunsWait()
{
    switchOn();
    const RunId run = start("  steps:\n" + exec("a"));
    QTRY_COMPARE(states(run), (QStringList{u"a ready"_s, u"run-state running"_s}));
    settle();
    QCOMPARE(m_launcher->running(), QStringList());
    switchOff();
    waitFor(u"a"_s);
}

void TestIncident::waitsGoOn()
{
    const RunId run = start("  approvals:\n  - { id: ok, expiresAfter: PT1H }\n  steps:\n"
                            "  - { id: g, gate: { approval: ok } }\n"
                            + exec("a"));
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    switchOn();
    const auto decided = decide(run, u"bob"_s, engine::Verdict::Approve); // People may decide.
    QVERIFY2(decided, decided ? "" : qPrintable(decided.error().message));
    QTRY_COMPARE(gateOf(run), u"approved"_s);
    QTRY_VERIFY(states(run).contains(u"a ready"_s));
    settle();
    QCOMPARE(m_launcher->running(), QStringList());
}

void TestIncident::cancelEndsRuns()
{
    switchOn();
    const RunId run = start("  steps:\n" + exec("a"));
    QTRY_VERIFY(states(run).contains(u"a ready"_s));
    QVERIFY(m_engine->cancel(run, u"anna"_s));
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
}

void TestIncident::logsInDetail()
{
    const RunId run = start("  steps:\n" + exec("a"));
    waitFor(u"a"_s);
    switchOn();
    m_launcher->finish(u"a"_s, 3);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    const QStringList log = logOf(run);
    QCOMPARE(
        log.first(),
        u"warn : incident mode, switched on by anna: nothing new is started until it ends: odd answers"_s);
    const QStringList detail = log.filter(u"debug "_s);
    QCOMPARE(detail.size(), 2);
    QVERIFY2(detail.first().startsWith(u"debug a: attempt 1 ended: exit code 3, process "_s),
             qPrintable(detail.first()));
    QCOMPARE(detail.last(), u"debug a: failed: exit code 3"_s);
    switchOff();
    const RunId quiet = start("  steps:\n" + exec("a"));
    waitFor(u"a"_s);
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(quiet), u"succeeded"_s);
    QCOMPARE(logOf(quiet), QStringList());
}

void TestIncident::outlivesTheEngine()
{
    const RunId run = start("  steps:\n" + exec("a") + exec("b"));
    waitFor(u"a"_s);
    switchOn();
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(states(run).last(), u"b ready"_s);
    takeSnapshot();
    crashEngine();
    QVERIFY(m_engine->incident().isOn);
    settle();
    QCOMPARE(m_launcher->running(), QStringList());
    switchOff();
    waitFor(u"b"_s);
}

void TestIncident::tellsTheMetrics()
{
    QVERIFY(m_engine->metrics().contains("\ntaskrunner_incident_mode 0\n"));
    switchOn();
    QVERIFY(m_engine->metrics().contains("\ntaskrunner_incident_mode 1\n"));
}

void TestIncident::refuses_data()
{
    QTest::addColumn<bool>("isOn");
    QTest::addColumn<bool>("on");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    QTest::newRow("no reason") << false << true << u" "_s << u"reason-required"_s
                               << u"incident mode needs a reason"_s;
    QTest::newRow("off twice") << false << false << QString() << u"conflict"_s
                               << u"incident mode is not on"_s;
    QTest::newRow("on twice") << true << true << u"again"_s << u"conflict"_s
                              << u"incident mode is on already, since %1 by anna"_s;
}

void TestIncident::refuses()
{
    QFETCH(bool, isOn);
    QFETCH(bool, on);
    QFETCH(QString, reason);
    QFETCH(QString, code);
    QFETCH(QString, message);
    if (isOn)
        switchOn();
    if (message.contains(u"%1"_s))
        message = message.arg(engine::toIso(m_clock->now()));
    const Incident before = m_engine->incident();

    const auto moved = m_engine->switchIncident(on, u"carol"_s, reason);

    QVERIFY(!moved);
    QCOMPARE(toString(moved.error().code), code);
    QCOMPARE(moved.error().message, message);
    QCOMPARE(m_engine->incident(), before);
    QCOMPARE(audited().last(), uR"(carol incident-refused {"code":"%1","message":"%2","on":%3})"_s.arg(
                                   code, message, on ? u"true"_s : u"false"_s));
}

void TestIncident::recordsTheSnapshot()
{
    switchOn();
    Incident taken = m_engine->incident();
    taken.snapshot = u"incidents/1.tar"_s;
    taken.snapshotSha256 = QString(64, u'a');
    m_engine->recordSnapshot(taken);
    QCOMPARE(m_engine->incident(), taken);
    QCOMPARE(*m_reader->incident(), taken);
    openEngine();
    QCOMPARE(m_engine->incident(), taken);

    switchOff();
    switchOn();
    taken = m_engine->incident();
    taken.snapshotError = u"no room"_s;
    m_engine->recordSnapshot(taken);
    QCOMPARE(*m_reader->incident(), taken);
}

void TestIncident::forgetsTheSnapshotOfAnEndedIncident()
{
    switchOn();
    Incident taken = m_engine->incident();
    taken.snapshot = u"incidents/1.tar"_s;
    m_clock->advance(1s);
    switchOff();
    const Incident off = m_engine->incident();
    m_engine->recordSnapshot(taken);
    QCOMPARE(m_engine->incident(), off);
    QCOMPARE(*m_reader->incident(), off);
}

QTEST_GUILESS_MAIN(TestIncident)
#include "tst_incident.moc"
