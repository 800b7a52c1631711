#include "tests/run/scheduler_fixture.h"

using namespace Qt::StringLiterals;
using engine::AnchorKind;
using engine::AnchorRecord;
using engine::AnchorState;
using engine::RunId;

/// What the end of a run leaves for those who witness its evidence.
class TestRunAnchors : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void standThereWithTheEnd();
    void areDeferredForASealedRun();
    void goWithAnEndThatIsNone();
    void areNoneWhenNobodyIsConfigured();

private:
    void prepare() override { m_anchors = {AnchorKind::Log, AnchorKind::Authority}; }
    void end(const RunId &run, int exitCode, const QString &state)
    {
        QTRY_VERIFY(m_launcher->running().contains(u"a"_s));
        m_launcher->finish(u"a"_s, exitCode);
        QTRY_COMPARE(stateOf(run), state);
    }
    QList<AnchorRecord> expected(AnchorState state, const QString &reason = {}) const
    {
        const engine::Timestamp now = m_clock->now();
        const auto next = state == AnchorState::Pending ? std::optional(now) : std::nullopt;
        return {{AnchorKind::Log, state, reason, {}, 0, now, next},
                {AnchorKind::Authority, state, reason, {}, 0, now, next}};
    }
};

void TestRunAnchors::standThereWithTheEnd()
{
    const RunId run = start("  steps:\n" + exec("a"));
    QVERIFY(m_reader->anchors(run)->isEmpty());
    end(run, 0, u"succeeded"_s);
    QCOMPARE(*m_reader->anchors(run), expected(AnchorState::Pending));
    QCOMPARE(m_reader->pendingAnchors()->size(), 2);
}

void TestRunAnchors::areDeferredForASealedRun()
{
    const RunId run = start("  sandbox: { mode: sealed }\n  steps:\n" + exec("a"));
    end(run, 0, u"succeeded"_s);
    QCOMPARE(*m_reader->anchors(run), expected(AnchorState::Deferred, u"the run is sealed"_s));
}

void TestRunAnchors::goWithAnEndThatIsNone()
{
    const RunId run = start("  steps:\n" + exec("a"));
    end(run, 3, u"failed"_s);
    QCOMPARE(*m_reader->anchors(run), expected(AnchorState::Pending));
    QVERIFY(m_engine->resumeFromFailed(run, u"olga"_s));
    QVERIFY(m_reader->anchors(run)->isEmpty());
    m_clock->advance(std::chrono::seconds(5));
    end(run, 0, u"succeeded"_s);
    QCOMPARE(*m_reader->anchors(run), expected(AnchorState::Pending));
}

void TestRunAnchors::areNoneWhenNobodyIsConfigured()
{
    m_anchors.clear();
    openEngine();
    const RunId run = start("  steps:\n" + exec("a"));
    end(run, 0, u"succeeded"_s);
    QVERIFY(m_reader->anchors(run)->isEmpty());
}

QTEST_GUILESS_MAIN(TestRunAnchors)
#include "tst_run_anchors.moc"
