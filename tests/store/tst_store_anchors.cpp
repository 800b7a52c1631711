#include "store_samples.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;

/// What the store keeps of the witnesses to evidence.
class TestStoreAnchors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void keepsTheNewest();
    void changesReplaceAll();
    void pendingOnesComeDueFirst();
    void refuses();
    void goWithTheirRun();
    void outliveTheProcess();

private:
    QString path() const { return m_folder->filePath(u"store.db"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> m_store;
};

static AnchorRecord pending(AnchorKind kind, int due)
{
    return {kind, AnchorState::Pending, u"busy"_s, u"log.example:443"_s, 2, at(1), at(due)};
}

static AnchorRecord verified(AnchorKind kind)
{
    return {kind, AnchorState::Verified, u"entry 7 of \"log.example\""_s, u"log.example:443"_s, 0, at(2), {}};
}

static RunChange endOf(int number, const QList<AnchorRecord> &anchors)
{
    RunChange change;
    change.run = runId(number);
    change.at = at(4);
    change.status = RunChange::Status{RunState::Succeeded, false, {}};
    change.anchors = anchors;
    return change;
}

void TestStoreAnchors::init()
{
    m_store.reset();
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_store = samples::storeWithRun(path());
}

void TestStoreAnchors::keepsTheNewest()
{
    QVERIFY(m_store->anchors(runId(1))->isEmpty());
    QCOMPARE(*m_store->anchorProof(runId(1), AnchorKind::Log), AnchorProof());
    const AnchorRecord stamp = verified(AnchorKind::Authority);
    QVERIFY(m_store->setAnchor(runId(1), stamp, {u"ab"_s, "\0der"_ba}));
    QVERIFY(m_store->setAnchor(runId(1), pending(AnchorKind::Log, 9), {}));
    QCOMPARE(*m_store->anchors(runId(1)), (QList{pending(AnchorKind::Log, 9), stamp}));
    const AnchorProof proof{u"cd"_s, "{}"_ba};
    QVERIFY(m_store->setAnchor(runId(1), verified(AnchorKind::Log), proof));
    QCOMPARE(*m_store->anchors(runId(1)), (QList{verified(AnchorKind::Log), stamp}));
    QCOMPARE(*m_store->anchorProof(runId(1), AnchorKind::Log), proof);
    QCOMPARE(m_store->anchorProof(runId(1), AnchorKind::Authority)->bytes, "\0der"_ba);
}

void TestStoreAnchors::changesReplaceAll()
{
    QVERIFY(m_store->setAnchor(runId(1), verified(AnchorKind::Authority), {u"ab"_s, "x"_ba}));
    QVERIFY(m_store->apply(endOf(1, {pending(AnchorKind::Log, 5)})));
    QCOMPARE(*m_store->anchors(runId(1)), QList{pending(AnchorKind::Log, 5)});
    QCOMPARE(*m_store->anchorProof(runId(1), AnchorKind::Authority), AnchorProof());
    RunChange other;
    other.run = runId(1);
    other.outputs = QJsonObject{{u"a"_s, 1}};
    QVERIFY(m_store->apply(other)); // Says nothing of them.
    QCOMPARE(m_store->anchors(runId(1))->size(), 1);
    other.anchors = QList<AnchorRecord>();
    QVERIFY(!other.isEmpty());
    QVERIFY(m_store->apply(other));
    QVERIFY(m_store->anchors(runId(1))->isEmpty());
}

void TestStoreAnchors::pendingOnesComeDueFirst()
{
    QVERIFY(m_store->createRun(samples::newRun(2), samples::firstSteps(), samples::firstEvents()));
    QVERIFY(m_store->apply(endOf(1, {pending(AnchorKind::Log, 30), verified(AnchorKind::Authority)})));
    QVERIFY(m_store->apply(endOf(2, {pending(AnchorKind::Log, 20), pending(AnchorKind::Authority, 40)})));
    const QList<PendingAnchor> expected{{runId(2), pending(AnchorKind::Log, 20)},
                                        {runId(1), pending(AnchorKind::Log, 30)},
                                        {runId(2), pending(AnchorKind::Authority, 40)}};
    QCOMPARE(*m_store->pendingAnchors(), expected);
}

void TestStoreAnchors::refuses()
{
    QCOMPARE(m_store->setAnchor(runId(9), verified(AnchorKind::Log), {}).error().message,
             u"there is no run \"%1\""_s.arg(runId(9).value));
    QCOMPARE(toString(m_store->anchors(runId(9)).error().code), u"not-found"_s);
    AnchorRecord wrong = verified(AnchorKind::Log);
    wrong.nextTryAt = at(9); // Only what is pending is tried again.
    QCOMPARE(toString(m_store->setAnchor(runId(1), wrong, {}).error().code), u"database"_s);
    QVERIFY(m_store->anchors(runId(1))->isEmpty());
}

void TestStoreAnchors::goWithTheirRun()
{
    QVERIFY(m_store->apply(endOf(1, {pending(AnchorKind::Log, 5)})));
    const auto removed = m_store->removeRun(runId(1), at(9), u"anna"_s);
    QVERIFY2(removed, removed ? "" : qPrintable(removed.error().message));
    QVERIFY(m_store->pendingAnchors()->isEmpty());
}

void TestStoreAnchors::outliveTheProcess()
{
    QVERIFY(m_store->apply(endOf(1, {pending(AnchorKind::Log, 5)})));
    m_store.reset();
    m_store = samples::opened(path(), Store::Mode::ReadOnly);
    QCOMPARE(*m_store->pendingAnchors(), (QList<PendingAnchor>{{runId(1), pending(AnchorKind::Log, 5)}}));
}

QTEST_GUILESS_MAIN(TestStoreAnchors)
#include "tst_store_anchors.moc"
