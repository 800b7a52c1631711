#include "engine/base/digest.h"
#include "engine/evidence/approval/approval_response.h"
#include "tests/support/sample_run.h"

#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;
using test::SampleRun;

/// Bundles of runs whose gates were decided elsewhere: such a response is the decision's statement.
class TestOfflineEvidence : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void checksAnswers_data();
    void checksAnswers();
};

namespace {

/// Anna answers a request; what tests bend before it is written.
struct Answer
{
    ApprovalResponse response{};
    QJsonObject exported{}; ///< Data of "approval-request-exported".
    QJsonObject accepted{}; ///< What "decision-accepted" has besides.
    bool isExportedLater = false;
    bool isCountedTwice = false; ///< Bob's decision claims to answer the same request.
    Timestamp acceptedAt{};
};

Answer answerOf(const SampleRun &run)
{
    Answer answer;
    answer.response.statement = run.statementOf(u"anna"_s);
    answer.response.requestId = u"01KG0000000000000000000007"_s;
    answer.response.requestDigest = u"sha256:"_s + QString(64, u'd');
    answer.response.nonce = QString(32, u'a');
    answer.response.audience = run.engineKey.publicKey().keyId();
    answer.response.expiresAt = run.input.gates.first().expiresAt;
    answer.exported = {{u"requestId"_s, answer.response.requestId},
                       {u"revision"_s, 1},
                       {u"requestDigest"_s, answer.response.requestDigest},
                       {u"by"_s, u"otto"_s},
                       {u"expiresAt"_s, toIso(answer.response.expiresAt)}};
    answer.accepted = {{u"requestId"_s, answer.response.requestId}};
    answer.acceptedAt = answer.response.statement.decidedAt + 1s;
    return answer;
}

void put(SampleRun &run, const Answer &answer)
{
    run.removeDecisions();
    run.approve(answer.response.statement, run.anna);
    run.approve(run.statementOf(u"bob"_s), run.bob);
    const QByteArray envelope = signApprovalResponse(answer.response, run.anna)->toJson();
    run.input.decisions.first().envelope = envelope;
    SampleRun::Draft &accepted = run.draft(u"decision-accepted"_s, u"review"_s);
    accepted.at = answer.acceptedAt;
    accepted.data.insert(u"envelopeSha256"_s, sha256Hex(envelope));
    for (auto member = answer.accepted.begin(); member != answer.accepted.end(); ++member)
        accepted.data.insert(member.key(), member.value());
    const auto isAccepted = [](const SampleRun::Draft &draft) {
        return draft.type == u"decision-accepted"_s;
    };
    const auto first = std::ranges::find_if(run.drafts, isAccepted);
    if (answer.isCountedTwice)
        std::next(first)->data.insert(u"requestId"_s, answer.response.requestId);
    run.drafts.insert(answer.isExportedLater ? std::next(first) : first,
                      {u"approval-request-exported"_s,
                       u"review"_s,
                       answer.exported,
                       answer.response.statement.decidedAt - 1s,
                       {}});
}

} // namespace

void TestOfflineEvidence::checksAnswers_data()
{
    using Bend = std::function<void(Answer &)>;
    QTest::addColumn<Bend>("bend");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("detail");
    const auto row = [](const char *tag, const QString &detail, const Bend &bend) {
        QTest::newRow(tag) << bend << u"tampered"_s << u"the decision of anna at \"review\" "_s + detail;
    };
    QTest::newRow("answered elsewhere") << Bend([](Answer &) {}) << u"good"_s << u"1 gates"_s;
    row("no such request", u"answers a request that was not made"_s,
        [](Answer &it) { it.exported.insert(u"requestId"_s, u"another"_s); });
    row("request made afterwards", u"answers a request that was not made"_s,
        [](Answer &it) { it.isExportedLater = true; });
    row("request of another revision", u"answers a request that was not made"_s,
        [](Answer &it) { it.exported.insert(u"revision"_s, 2); });
    row("another request", u"answers another request than was made"_s,
        [](Answer &it) { it.exported.insert(u"requestDigest"_s, u"sha256:"_s + QString(64, u'e')); });
    row("another id than recorded", u"does not answer the request that the journal says"_s,
        [](Answer &it) { it.accepted.insert(u"requestId"_s, u"another"_s); });
    row("recorded as made here", u"does not answer the request that the journal says"_s,
        [](Answer &it) { it.accepted.remove(u"requestId"_s); });
    row("accepted too late", u"came after it had expired"_s,
        [](Answer &it) { it.response.expiresAt = it.acceptedAt; });
    row("no nonce", u"is no response to a request: /nonce: expected a string that is not empty"_s,
        [](Answer &it) { it.response.nonce.clear(); });
    row("answered twice", u"answers a request that has another answer"_s,
        [](Answer &it) { it.isCountedTwice = true; });
}

void TestOfflineEvidence::checksAnswers()
{
    QFETCH(std::function<void(Answer &)>, bend);
    QFETCH(QString, headline);
    QFETCH(QString, detail);
    SampleRun run;
    Answer answer = answerOf(run);
    bend(answer);
    put(run, answer);

    const VerificationReport report = run.verify(run.write());

    QCOMPARE(toString(report.headline), headline);
    QStringList details;
    for (const Check &check : report.checks)
        details += check.detail;
    QVERIFY2(details.contains(detail), qPrintable(details.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestOfflineEvidence)
#include "tst_offline_evidence.moc"
