#include "engine/anchor/anchor_queue.h"
#include "engine/base/run_on.h"
#include "engine/evidence/log/proof_check.h"
#include "tests/store/store_samples.h"
#include "tests/support/fake_clock.h"
#include "tests/support/sample_run.h"
#include "tests/support/test_log_server.h"
#include "tests/support/test_timestamper.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;
using test::TestLog;
using Mode = TestLogServer::Mode;

namespace {

/// One bundle for every run, read and written on a thread of its own.
class Bundles : public AnchorBundles
{
public:
    explicit Bundles(test::SampleRun &run)
        : path(run.write())
        , m_run(run)
    {
        m_pool.setMaxThreadCount(1);
    }

    QFuture<Result<Subject>> subject(const RunId &) override
    {
        ++asked;
        return runOn(
            m_pool,
            [error = subjectError, trust = m_run.trust, path = path, egress = egress]() -> Result<Subject> {
                if (error)
                    return *error;
                auto subject = readAnchorSubject(path, trust);
                if (!subject)
                    return subject.error();
                return Subject{*std::move(subject), egress};
            });
    }

    QFuture<Result<AnchorVerdict>> add(const RunId &, const AnchorSubject &subject, AnchorKind kind,
                                       const QString &service, const QByteArray &proof) override
    {
        return runOn(m_pool,
                     [=, error = addError, trust = m_run.trust, path = path,
                      now = m_run.now]() -> Result<AnchorVerdict> {
                         return error ? Result<AnchorVerdict>(*error)
                                      : addAnchor(path, kind, service, proof, subject, trust, now);
                     });
    }

    const QString path;
    Egress egress{};
    std::optional<Error> subjectError{};
    std::optional<Error> addError{};
    int asked = 0;

private:
    test::SampleRun &m_run;
    QThreadPool m_pool;
};

/// "STATE: reason".
QString textOf(const AnchorRecord &anchor)
{
    return toString(anchor.state) + u": "_s + anchor.reason;
}

} // namespace

/// The way of an ended run's evidence to its witnesses: over real sockets, with a real store and bundle.
class TestAnchorQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void isVerified_data();
    void isVerified();
    void isAnchoredWithoutTrust();
    void isAskedAgain();
    void isGivenUp_data();
    void isGivenUp();
    void isNotAskedAgain_data();
    void isNotAskedAgain();
    void goesOnAfterARestart();
    void keepsWhatWasAnswered();
    void asksNobodyForASealedRun();
    void holdsToTheEgressList();
    void goesAsideForARunThatGoesOn();
    void isJudgedAnewByHand();
    void refusesByHand_data();
    void refusesByHand();
    void waitsForNoClockThatWasSetBack();

private:
    void endRun(const QList<AnchorRecord> &anchors);
    static AnchorRecord pending(AnchorKind kind, Timestamp due);
    AnchorRecord pendingLog() const { return pending(AnchorKind::Log, m_clock->now()); }
    void trustAll();
    void open();
    AnchorRecord record(AnchorKind kind = AnchorKind::Log) const;
    /// Moves the clock by nothing, so that what is due happens, until it has come to this.
    bool until(const std::function<bool()> &isSo);
    bool untilState(AnchorState state, AnchorKind kind = AnchorKind::Log)
    {
        return until([this, state, kind] { return record(kind).state == state; });
    }
    bool untilTries(int tries)
    {
        return until([this, tries] { return record().tries == tries; });
    }
    qsizetype requests() const { return m_logServer->http.requests().size(); }
    QByteArray bundleBytes() const;

    const RunId m_id = samples::runId(1);
    std::unique_ptr<test::SampleRun> m_run;
    std::unique_ptr<Bundles> m_bundles;
    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<TestLog> m_log;
    std::unique_ptr<TestLogServer> m_logServer;
    std::unique_ptr<test::TestTimestamper> m_stamper;
    std::unique_ptr<TestHttpServer> m_stampServer;
    AnchorSettings m_settings;
    std::unique_ptr<AnchorQueue> m_queue;
};

void TestAnchorQueue::init()
{
    m_run = std::make_unique<test::SampleRun>(SigningKey::Algorithm::EcdsaP256);
    m_run->rebuildTrust();
    m_bundles = std::make_unique<Bundles>(*m_run);
    m_clock = std::make_unique<FakeClock>(m_run->now);
    m_store = samples::opened(m_run->folder.filePath(u"store.db"_s), Store::Mode::ReadWrite);
    QVERIFY(m_store->createRun(samples::newRun(1), samples::firstSteps(), samples::firstEvents()));
    m_log = std::make_unique<TestLog>(u"log.example"_s, *SigningKey::generate(), TestLog::First);
    m_logServer = std::make_unique<TestLogServer>(*m_log);
    m_stamper = std::make_unique<test::TestTimestamper>();
    m_stampServer = std::make_unique<TestHttpServer>();
    m_stampServer->answer = [this](const auto &request) {
        return TestHttpServer::ok(m_stamper->answer(request.body, m_clock->now()),
                                  "application/timestamp-reply");
    };
    m_settings.log = *parseRekorServer(m_logServer->url(), u"1"_s);
    m_settings.authority = *parseTimestampServer(m_stampServer->url());
    m_settings.isByHandOnly = false;
}

void TestAnchorQueue::cleanup()
{
    m_queue.reset();
    m_bundles.reset();
    m_logServer.reset();
    m_stampServer.reset();
    m_store.reset();
}

void TestAnchorQueue::endRun(const QList<AnchorRecord> &anchors)
{
    RunChange change;
    change.run = m_id;
    change.at = m_clock->now();
    change.status = RunChange::Status{RunState::Succeeded, false, {}};
    change.anchors = anchors;
    QVERIFY(m_store->apply(change));
}

AnchorRecord TestAnchorQueue::pending(AnchorKind kind, Timestamp due)
{
    return {kind, AnchorState::Pending, {}, {}, 0, due, due};
}

void TestAnchorQueue::trustAll()
{
    m_run->trustedKeys +=
        TrustedKey{m_log->key.publicKey(), m_log->name, {transparencyLogRole}, {}, {}, {}, {}};
    m_run->trustedKeys +=
        TrustedKey{m_stamper->publicKey(), u"stamper"_s, {timestampAuthorityRole}, {}, {}, {}, {}};
    m_run->rebuildTrust();
}

void TestAnchorQueue::open()
{
    m_queue = std::make_unique<AnchorQueue>(m_settings, *m_store, *m_bundles, *m_clock);
    QVERIFY(m_queue->open());
}

AnchorRecord TestAnchorQueue::record(AnchorKind kind) const
{
    const auto anchors = m_store->anchors(m_id);
    for (const AnchorRecord &anchor : *anchors) {
        if (anchor.kind == kind)
            return anchor;
    }
    return {};
}

bool TestAnchorQueue::until(const std::function<bool()> &isSo)
{
    return QTest::qWaitFor(
        [this, &isSo] {
            m_clock->advance(0ms);
            return isSo();
        },
        20'000);
}

QByteArray TestAnchorQueue::bundleBytes() const
{
    QFile file(m_bundles->path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestAnchorQueue::isVerified_data()
{
    QTest::addColumn<bool>("isFirst");
    QTest::newRow("first generation") << true;
    QTest::newRow("second generation") << false;
}

void TestAnchorQueue::isVerified()
{
    QFETCH(bool, isFirst);
    if (!isFirst) {
        m_logServer.reset();
        m_log = std::make_unique<TestLog>(u"log.example"_s, *SigningKey::generate(), TestLog::Second);
        m_logServer = std::make_unique<TestLogServer>(*m_log);
        m_settings.log = *parseRekorServer(m_logServer->url(), u"2"_s);
    }
    trustAll();
    open();
    int changes = 0;
    connect(m_queue.get(), &AnchorQueue::anchorsChanged, this,
            [&](const RunId &run) { changes += run == m_id; });
    endRun({pendingLog(), pending(AnchorKind::Authority, m_clock->now())});
    QCOMPARE(changes, 0); // The end of the run waits for nothing.
    m_queue->runEnded(m_id);

    QVERIFY(untilState(AnchorState::Verified, AnchorKind::Authority));
    QVERIFY(until([&] { return changes == 2; }));
    const AnchorRecord log = record();
    const QString when = isFirst ? u" at 2026-02-01T09:00:00.000Z"_s : QString();
    QCOMPARE(textOf(log), u"verified: entry %1 of \"log.example\"%2"_s.arg(isFirst ? 4163434 : 3).arg(when));
    QCOMPARE(log.service, m_logServer->http.place());
    QVERIFY(!log.nextTryAt && log.tries == 0);
    QCOMPARE(textOf(record(AnchorKind::Authority)),
             u"verified: %1 by \"stamper\""_s.arg(
                 toIso(std::chrono::floor<std::chrono::seconds>(m_clock->now()))));

    const VerificationReport report = m_run->verify(m_bundles->path);
    QCOMPARE(toString(report.headline), u"good"_s);
    for (const Check &check : report.checks) {
        if (check.id == u"transparency-log"_s || check.id == u"timestamps"_s)
            QCOMPARE(toString(check.result), u"passed"_s);
    }
    QVERIFY(m_store->pendingAnchors()->isEmpty());
}

void TestAnchorQueue::isAnchoredWithoutTrust()
{
    endRun({pendingLog(), pending(AnchorKind::Authority, m_clock->now())});
    open();
    QVERIFY(untilState(AnchorState::Anchored, AnchorKind::Authority));
    QCOMPARE(textOf(record()),
             u"anchored: the log \"log.example - 3904496407287907110\" is not in the trust file"_s);
    QCOMPARE(textOf(record(AnchorKind::Authority)), u"anchored: its authority is not in the trust file"_s);
    QCOMPARE(toString(m_run->verify(m_bundles->path).headline), u"good"_s);
}

void TestAnchorQueue::isAskedAgain()
{
    trustAll();
    m_logServer->mode = Mode::Fails;
    endRun({pendingLog()});
    open();
    QVERIFY(untilTries(1));
    const QString reason = u"pending: the transparency log answers with status 500 Internal Server Error"_s;
    QCOMPARE(textOf(record()), reason);
    QCOMPARE(*record().nextTryAt, m_clock->now() + 30s);
    m_clock->advance(29'999ms);
    QTest::qWait(1);
    QCOMPARE(requests(), 1);
    m_clock->advance(1ms);
    QVERIFY(untilTries(2));
    QCOMPARE(textOf(record()), reason);
    QCOMPARE(*record().nextTryAt, m_clock->now() + 60s);
    m_logServer->mode = Mode::Works;
    m_clock->advance(60s);
    QVERIFY(untilState(AnchorState::Verified));
    QCOMPARE(requests(), 3);
}

void TestAnchorQueue::isGivenUp_data()
{
    QTest::addColumn<bool>("isThere");
    QTest::addColumn<AnchorState>("state");
    QTest::newRow("it cannot: failed") << true << AnchorState::Failed;
    QTest::newRow("nobody is reached: deferred") << false << AnchorState::Deferred;
}

void TestAnchorQueue::isGivenUp()
{
    QFETCH(bool, isThere);
    QFETCH(AnchorState, state);
    m_logServer->mode = Mode::Fails;
    if (!isThere)
        m_logServer->http.close();
    endRun({pendingLog()});
    open();
    for (int tries = 1; tries < AnchorQueue::mostTries; ++tries) {
        QVERIFY(untilTries(tries));
        const auto pause = std::min<std::chrono::milliseconds>(30s * (1 << (tries - 1)), 6h);
        QCOMPARE(*record().nextTryAt, m_clock->now() + pause);
        m_clock->advance(pause);
    }
    QVERIFY(untilState(state));
    QVERIFY2(record().reason.endsWith(u", after 14 tries"_s), qPrintable(record().reason));
    QCOMPARE(requests(), isThere ? 14 : 0);
    m_clock->advance(24h);
    QTest::qWait(1);
    QCOMPARE(requests(), isThere ? 14 : 0);
}

void TestAnchorQueue::isNotAskedAgain_data()
{
    QTest::addColumn<Mode>("mode");
    QTest::addColumn<QString>("reason");

    QTest::newRow("refused")
        << Mode::Refuses << u"the transparency log answers with status 400 Bad Request: no room for you"_s;
    QTest::newRow("rubbish") << Mode::TalksRubbish
                             << u"the answer of the transparency log: 1:1: expected a value, found \"<\""_s;
    QTest::newRow("another root") << Mode::ForgesRoot
                                  << u"the entry is not in the log: the proof leads to another root"_s;
    QTest::newRow("another entry") << Mode::SwapsEntry
                                   << u"the entry is about another payload than that of this bundle"_s;
    QTest::newRow("another key") << Mode::SwapsKey
                                 << u"the checkpoint is not signed by the key of \"log.example\""_s;
}

void TestAnchorQueue::isNotAskedAgain()
{
    QFETCH(Mode, mode);
    trustAll();
    const QByteArray before = bundleBytes();
    m_logServer->mode = mode;
    endRun({pendingLog()});
    open();
    QVERIFY(untilState(AnchorState::Failed));
    QTEST(record().reason, "reason");
    QVERIFY(!record().nextTryAt);
    QCOMPARE(m_store->anchorProof(m_id, AnchorKind::Log)->bytes, QByteArray());
    QCOMPARE(bundleBytes(), before);
    m_clock->advance(24h);
    QTest::qWait(1);
    QCOMPARE(requests(), 1);
}

void TestAnchorQueue::goesOnAfterARestart()
{
    trustAll();
    m_logServer->mode = Mode::BreaksOff; // The log has it, and nobody heard.
    endRun({pendingLog()});
    open();
    QVERIFY(untilTries(1));
    m_queue.reset();
    m_logServer->mode = Mode::Works;
    m_clock->setNow(m_clock->now() + 20s);
    open();
    m_clock->advance(9'999ms);
    QTest::qWait(1);
    QCOMPARE(requests(), 1);
    m_clock->advance(1ms);
    QVERIFY(untilState(AnchorState::Verified));
    QCOMPARE(m_log->size(), quint64(4)); // Not twice.
}

void TestAnchorQueue::keepsWhatWasAnswered()
{
    trustAll();
    m_bundles->addError = Error{ErrorCode::Io, u"no room"_s, {}, {}};
    endRun({pendingLog()});
    open();
    QVERIFY(untilTries(1));
    QCOMPARE(textOf(record()), u"pending: no room"_s);
    QVERIFY(!m_store->anchorProof(m_id, AnchorKind::Log)->bytes.isEmpty());
    m_queue.reset();
    m_bundles->addError.reset();
    m_clock->advance(30s);
    open();
    QVERIFY(untilState(AnchorState::Verified));
    QCOMPARE(requests(), 1);
}

void TestAnchorQueue::asksNobodyForASealedRun()
{
    trustAll();
    m_bundles->egress = QList<EgressRule>();
    endRun({{AnchorKind::Log, AnchorState::Deferred, u"the run is sealed"_s, {}, 0, m_clock->now(), {}}});
    open();
    m_queue->runEnded(m_id);
    m_clock->advance(24h);
    QTest::qWait(1);
    QCOMPARE(m_bundles->asked, 0);
    QCOMPARE(textOf(record()), u"deferred: the run is sealed"_s);

    m_settings.isByHandOnly = true; // A command that does nothing else.
    m_settings.authority.reset();
    open();
    m_logServer->mode = Mode::Fails;
    const auto failing = m_queue->anchorNow(m_id);
    QVERIFY(until([&] { return failing.isFinished(); }));
    QCOMPARE(textOf(failing.result()->first()), // And not asked again by itself.
             u"deferred: the transparency log answers with status 500 Internal Server Error"_s);
    m_logServer->mode = Mode::Works;
    const auto done = m_queue->anchorNow(m_id);
    QVERIFY(until([&] { return done.isFinished(); }));
    QCOMPARE(done.result()->size(), 1);
    QCOMPARE(done.result()->first(), record());
    QCOMPARE(toString(record().state), u"verified"_s);
    QCOMPARE(requests(), 2);
}

void TestAnchorQueue::holdsToTheEgressList()
{
    m_bundles->egress = QList<EgressRule>{{u"other.example"_s, 443}};
    endRun({pendingLog()});
    open();
    QVERIFY(untilState(AnchorState::Deferred));
    QVERIFY2(record().reason.contains(u"egress list"_s), qPrintable(record().reason));
    QCOMPARE(m_logServer->http.connections(), 0);
}

void TestAnchorQueue::goesAsideForARunThatGoesOn()
{
    m_bundles->subjectError = Error{ErrorCode::Conflict, u"it goes on"_s, {}, {}};
    endRun({pendingLog()});
    open();
    const AnchorRecord before = record();
    QVERIFY(until([&] { return m_bundles->asked == 1; }));
    QTest::qWait(1);
    m_clock->advance(24h);
    QCOMPARE(m_bundles->asked, 1);
    QCOMPARE(record(), before);
    QCOMPARE(requests(), 0);
    m_bundles->subjectError.reset();
    m_queue->runEnded(m_id); // Its next end.
    QVERIFY(untilState(AnchorState::Anchored));
}

void TestAnchorQueue::isJudgedAnewByHand()
{
    m_settings.authority.reset();
    endRun({pendingLog()});
    open();
    QVERIFY(untilState(AnchorState::Anchored));
    trustAll();
    const auto done = m_queue->anchorNow(m_id);
    QVERIFY(until([&] { return done.isFinished(); }));
    QCOMPARE(toString(done.result()->first().state), u"verified"_s);
    QCOMPARE(requests(), 1);
}

void TestAnchorQueue::refusesByHand_data()
{
    QTest::addColumn<bool>("isConfigured");
    QTest::addColumn<RunId>("run");
    QTest::addColumn<QString>("error");

    QTest::newRow("nobody to ask")
        << false << m_id
        << u"no transparency log and no timestamp authority is configured; name one with --rekor or "
           u"--timestamp-authority, or in TASKRUNNER_REKOR or TASKRUNNER_TIMESTAMP_AUTHORITY"_s;
    QTest::newRow("goes on") << true << m_id
                             << u"run %1 is queued; its evidence is anchored when it has ended"_s.arg(
                                    m_id.value);
    QTest::newRow("no run") << true << samples::runId(7)
                            << u"there is no run \"%1\""_s.arg(samples::runId(7).value);
}

void TestAnchorQueue::refusesByHand()
{
    QFETCH(bool, isConfigured);
    QFETCH(RunId, run);
    if (!isConfigured)
        m_settings = {};
    open();
    const auto refused = m_queue->anchorNow(run);
    QVERIFY(refused.isFinished() && !refused.result());
    QTEST(refused.result().error().message, "error");
}

void TestAnchorQueue::waitsForNoClockThatWasSetBack()
{
    trustAll();
    endRun({pending(AnchorKind::Log, m_clock->now() + 24h * 365)});
    open();
    m_clock->advance(AnchorQueue::longestBackoff);
    QVERIFY(untilState(AnchorState::Verified));
}

QTEST_GUILESS_MAIN(TestAnchorQueue)
#include "tst_anchor_queue.moc"
