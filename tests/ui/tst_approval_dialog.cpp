#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/message_bar.h"
#include "ui/gate/approval_dialog.h"
#include "ui/gate/decision_button.h"
#include "ui/gate/gate_rules.h"
#include "ui/gate/step_facts.h"

#include <QElapsedTimer>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTextEdit>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::GateState;
using engine::RunState;
using engine::Verdict;
using ui::ApprovalDialog;
using ui::ArmDelay;

namespace {

/// Of this process alone: a busy machine must not fail a test.
double processorSeconds()
{
    return double(std::clock()) / CLOCKS_PER_SEC;
}

/// Long enough that what must happen while the buttons sleep happens in time.
constexpr int shortDelayMs = 100;

engine::Decision decisionBy(const engine::GateRequest &gate, const QString &who, Verdict verdict)
{
    engine::Decision made;
    made.statement.run = gate.run;
    made.statement.path = gate.path;
    made.statement.revision = gate.revision;
    made.statement.planHash = gate.planHash;
    made.statement.approver = who;
    made.statement.verdict = verdict;
    made.statement.decidedAt = sample::start();
    return made;
}

engine::OutlineNode nextStep()
{
    engine::OutlineNode node;
    node.path = u"report"_s;
    node.id = u"report"_s;
    node.name = u"Write the report"_s;
    node.detail = {
        {u"id"_s, u"report"_s},
        {u"kind"_s, u"run"_s},
        {u"uses"_s, u"builtin:exec"_s},
        {u"with"_s, QJsonObject{{u"command"_s, QJsonArray{u"/usr/bin/cp"_s, u"--"_s, u"a b"_s, u"c\nd"_s}}}},
        {u"env"_s, QJsonObject{{u"TARGET"_s, u"{{ steps.collect.outputs.host }}"_s}}},
        {u"grace"_s, u"PT10S"_s}};
    return node;
}

} // namespace

class TestApprovalDialog : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_service = std::make_unique<FakeRunService>();
        m_decisions.clear();
        m_summary = sample::run(1, RunState::Waiting);
        m_gate = sample::gate(m_summary);
        m_gate.expiresAt = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
                           + std::chrono::hours(4) + std::chrono::seconds(30);
        publish();
    }
    void cleanup()
    {
        m_dialog.reset();
        m_service.reset();
    }

    // What is shown.

    void showsEverythingInOrder()
    {
        open();
        const QString text = sheet();
        const QStringList inOrder{u"Where"_s,
                                  u"local"_s,
                                  u"inventory-audit 1.0.0"_s,
                                  m_summary.id.value,
                                  u"What is asked"_s,
                                  u"In the words of the pack"_s,
                                  u"412 packages are installed"_s,
                                  u"What happens when it is approved"_s,
                                  u"/usr/bin/cp\n--\na b\nc<U+000A>d\n"_s,
                                  u"TARGET={{ steps.collect.outputs.host }}"_s,
                                  u"PT10S"_s,
                                  u"filled in from earlier steps"_s,
                                  u"What happens otherwise"_s,
                                  u"Who asks and who decides"_s,
                                  u"anna"_s,
                                  u"Policies"_s,
                                  u"What the run did so far"_s,
                                  u"collect"_s,
                                  u"Digests"_s,
                                  m_gate.planHash,
                                  m_summary.packDigest,
                                  engine::shownDigest(view())};
        qsizetype at = 0;
        for (const QString &part : inOrder) {
            const qsizetype found = text.indexOf(part, at);
            QVERIFY2(found >= 0, qPrintable(u"missing or too early: %1 in\n%2"_s.arg(part, text)));
            at = found;
        }
        QCOMPARE(label("gateTitle"_L1)->text(), u"Approval: Review of the package inventory"_s);
        QCOMPARE(label("gateSummary"_L1)->text(), u"0 of 1 approvals · expires in 4 h"_s);
    }

    void packTextCannotPretend()
    {
        m_gate.message = u"<b>bold</b>\u202e &amp;\nDigests"_s;
        m_gate.title = u"Ship & <i>run</i>"_s;
        publish();
        open();
        QVERIFY(sheet().contains(u"<b>bold</b><U+202E> &amp;\nDigests"_s));
        QCOMPARE(label("gateTitle"_L1)->text(), u"Approval: Ship & <i>run</i>"_s);
        QCOMPARE(label("gateTitle"_L1)->textFormat(), Qt::PlainText);
        QCOMPARE(button("approve"_L1)->text(), u"Approve “Ship && <i>run</i>”…"_s);
    }

    void scriptsAreShownWhole()
    {
        engine::OutlineNode node = nextStep();
        QString script;
        for (int i = 0; i < 500; ++i)
            script += u"echo %1\n"_s.arg(i);
        node.detail[u"with"_s] = QJsonObject{{u"shell"_s, u"bash"_s}, {u"script"_s, script}};
        const QList<ui::StepFact> facts = ui::stepFacts(node);
        QCOMPARE(facts.at(1).label, u"Script for bash, whole"_s);
        QCOMPARE(facts.at(1).lines.size(), 500);
        QCOMPARE(facts.at(1).lines.last(), u"echo 499"_s);
    }

    void unknownMembersAreShownToo()
    {
        engine::OutlineNode node = nextStep();
        node.detail = {{u"id"_s, u"x"_s}, {u"surprise"_s, QJsonObject{{u"a"_s, 1}}}};
        const QList<ui::StepFact> facts = ui::stepFacts(node);
        QCOMPARE(facts.size(), 1);
        QCOMPARE(facts.first().label, u"surprise"_s);
        QCOMPARE(facts.first().lines.join(QString()).remove(u' '), u"{\"a\":1}"_s);
    }

    // Nothing is decided by accident.

    void enterNeverDecides()
    {
        open(true);
        for (int round = 0; round < 2; ++round) {
            const auto widgets = m_dialog->findChildren<QWidget *>();
            for (QWidget *widget : widgets) {
                if (!widget->isVisible() || widget->objectName() == "close"_L1)
                    continue;
                widget->setFocus();
                QTest::keyClick(widget, Qt::Key_Return);
                QTest::keyClick(widget, Qt::Key_Enter);
            }
            QVERIFY(m_service->decisions.isEmpty());
            QVERIFY(m_dialog->isVisible());
            if (round == 0) {
                QVERIFY(!confirmation()->isVisible());
                QTest::mouseClick(button("approve"_L1), Qt::LeftButton); // And with the confirmation open.
                waitArmed();
                QVERIFY(confirmation()->isVisible());
            }
        }
        const auto buttons = m_dialog->findChildren<QPushButton *>();
        for (const QPushButton *each : buttons)
            QVERIFY2(!each->isDefault() && !each->autoDefault(), qPrintable(each->objectName()));
    }

    void escapeDecidesNothing()
    {
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        waitArmed();
        QTest::keyClick(m_dialog.get(), Qt::Key_Escape);
        QVERIFY(!m_dialog->isVisible());
        QVERIFY(m_service->decisions.isEmpty());
    }

    void buttonsHaveNoShortcut()
    {
        open(true);
        for (const QLatin1StringView name : {"approve"_L1, "reject"_L1, "withdraw"_L1, "confirm"_L1})
            QVERIFY(button(name)->shortcut().isEmpty());
    }

    void buttonsSleepAfterShow()
    {
        QElapsedTimer shown;
        shown.start();
        open(false, u"berta"_s, ArmDelay::DelayMs);
        QVERIFY(!button("approve"_L1)->isEnabled());
        QVERIFY(!button("reject"_L1)->isEnabled());
        QVERIFY(label("status"_L1)->text().startsWith(u"The buttons wake up in a moment"_s));
        QTRY_VERIFY(button("approve"_L1)->isEnabled());
        QVERIFY2(shown.elapsed() >= 1000, qPrintable(QString::number(shown.elapsed())));
        QVERIFY(button("reject"_L1)->isEnabled());
        QCOMPARE(label("status"_L1)->text(), u"You decide as \u2068berta\u2069."_s);
    }

    void buttonsSleepAfterTheWindowGotTheFocus()
    {
        open(true);
        QEvent activate(QEvent::WindowActivate);
        QCoreApplication::sendEvent(m_dialog.get(), &activate);
        QVERIFY(!button("approve"_L1)->isEnabled());
        waitArmed();
        QVERIFY(button("approve"_L1)->isEnabled());
    }

    void oneClickNeverApproves()
    {
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        waitArmed();
        QVERIFY(m_service->decisions.isEmpty());
        QVERIFY(confirmation()->isVisible());
        QVERIFY(!button("approve"_L1)->isEnabled());
    }

    void aDoubleClickDoesNotHitTheSecondButton()
    {
        open(true, u"berta"_s, ArmDelay::DelayMs);
        const QPoint at = button("approve"_L1)->mapTo(m_dialog.get(), button("approve"_L1)->rect().center());
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        QWidget *under = m_dialog->childAt(at);
        if (under)
            QTest::mouseDClick(under, Qt::LeftButton, {}, under->mapFrom(m_dialog.get(), at));
        const QRect confirm(button("confirm"_L1)->mapTo(m_dialog.get(), QPoint()),
                            button("confirm"_L1)->size());
        QVERIFY(!confirm.contains(at));
        QVERIFY(!button("confirm"_L1)->isEnabled()); // And it sleeps.
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QVERIFY(m_service->decisions.isEmpty());
    }

    void goingBackDecidesNothing()
    {
        open(true);
        QTest::mouseClick(button("reject"_L1), Qt::LeftButton);
        QTest::mouseClick(button("back"_L1), Qt::LeftButton);
        QVERIFY(!confirmation()->isVisible());
        waitArmed();
        QVERIFY(button("reject"_L1)->isEnabled());
        QVERIFY(m_service->decisions.isEmpty());
    }

    // Deciding.

    void theDecisionCarriesWhatWasShown_data()
    {
        QTest::addColumn<Verdict>("verdict");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("told");

        QTest::newRow("approve") << Verdict::Approve << u"approve"_s
                                 << u"Yes, approve “Review of the package inventory”"_s
                                 << u"Your approval is recorded."_s;
        QTest::newRow("reject") << Verdict::Reject << u"reject"_s
                                << u"Yes, reject “Review of the package inventory”"_s
                                << u"Your rejection is recorded."_s;
    }

    void theDecisionCarriesWhatWasShown()
    {
        QFETCH(Verdict, verdict);
        QFETCH(QString, name);
        QFETCH(QString, words);
        QFETCH(QString, told);

        open(true);
        m_dialog->findChild<QPlainTextEdit *>(u"reason"_s)->setPlainText(u" looks right \n"_s);
        QSignalSpy decided(m_dialog.get(), &ApprovalDialog::decided);
        QTest::mouseClick(button(name), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(button("confirm"_L1)->isEnabled(), 3000);
        QCOMPARE(button("confirm"_L1)->text(), words);
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QTRY_COMPARE(decided.size(), 1);

        QCOMPARE(m_service->decisions.size(), 1);
        engine::DecisionRequest expected;
        expected.run = m_summary.id;
        expected.path = u"review"_s;
        expected.revision = 1;
        expected.planHash = m_gate.planHash;
        expected.shownDigest = engine::shownDigest(view());
        expected.verdict = verdict;
        expected.reason = u"looks right"_s;
        expected.approver = u"berta"_s;
        QCOMPARE(m_service->decisions.first(), expected);
        QCOMPARE(message()->text(), told);
        QTRY_VERIFY(m_service->calls.count(u"gate %1 review"_s.arg(m_summary.id.value)) >= 2); // Read again.
    }

    void anApprovalCanBeTakenBack()
    {
        m_gate.required = 2;
        m_gate.requireReason = true; // Of a decision, not of taking one back.
        m_decisions = {decisionBy(m_gate, u"carl"_s, Verdict::Approve),
                       decisionBy(m_gate, u"berta"_s, Verdict::Approve)};
        m_decisions[1].envelope = "signed by berta";
        publish();
        open();
        QTRY_VERIFY(button("withdraw"_L1)->isEnabled());
        QVERIFY(button("withdraw"_L1)->isVisible());
        QVERIFY(!button("approve"_L1)->isVisible());
        QVERIFY(!button("reject"_L1)->isVisible());
        QCOMPARE(button("withdraw"_L1)->accessibleName(),
                 u"Withdraw my approval of “Review of the package inventory”…"_s);
        QVERIFY(button("withdraw"_L1)->focusPolicy() & Qt::TabFocus);
        QCOMPARE(
            label("status"_L1)->text(),
            u"Your approval is recorded, and the gate waits for others. You can take it back until it opens."_s);

        m_dialog->findChild<QPlainTextEdit *>(u"reason"_s)->setPlainText(u" too early "_s);
        button("withdraw"_L1)->setFocus();
        QTest::keyClick(button("withdraw"_L1), Qt::Key_Return);
        QVERIFY(!confirmation()->isVisible());
        QTest::keyClick(button("withdraw"_L1), Qt::Key_Space);
        QVERIFY(confirmation()->isVisible());
        QVERIFY(m_service->withdrawals.isEmpty());
        QTRY_VERIFY_WITH_TIMEOUT(button("confirm"_L1)->isEnabled(), 3000);
        QCOMPARE(label("question"_L1)->text(),
                 u"You are about to take back your approval as \u2068berta\u2069. The gate waits on, and you "
                 "can decide anew."_s);
        QSignalSpy decided(m_dialog.get(), &ApprovalDialog::decided);
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QTRY_COMPARE(decided.size(), 1);

        const engine::WithdrawalRequest expected{
            m_summary.id,   u"review"_s, 1, m_gate.planHash, engine::envelopeDigest(m_decisions.at(1)),
            u"too early"_s, u"berta"_s};
        QCOMPARE(m_service->withdrawals, QList{expected});
        QVERIFY(m_service->decisions.isEmpty());
        QCOMPARE(message()->text(), u"Your approval is taken back."_s);
        QCOMPARE(m_dialog->findChild<QPlainTextEdit *>(u"reason"_s)->toPlainText(), QString());
    }

    void aWithdrawalThatIsRefusedIsTold()
    {
        m_gate.required = 2;
        m_decisions = {decisionBy(m_gate, u"berta"_s, Verdict::Approve)};
        publish();
        m_service->withdrawResult =
            engine::Error{ErrorCode::AlreadyWithdrawn, u"refused by the engine"_s, {}, {}};
        open();
        QTRY_VERIFY(button("withdraw"_L1)->isEnabled());
        QTest::mouseClick(button("withdraw"_L1), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(button("confirm"_L1)->isEnabled(), 3000);
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QTRY_VERIFY(message()->text().contains(u"Your approval could not be taken back."_s));
        const QString told = message()->text() + u' ' + message()->details();
        QVERIFY2(told.contains(u"The approval was taken back already."_s), qPrintable(told));
    }

    void whatWasTakenBackDoesNotCount()
    {
        m_gate.required = 2;
        engine::Decision back = decisionBy(m_gate, u"berta"_s, Verdict::Approve);
        back.withdrawal = engine::Withdrawal{};
        back.withdrawal->statement.approver = u"berta"_s;
        back.withdrawal->statement.reason = u"<b>too early</b>"_s;
        back.withdrawal->statement.withdrawnAt = sample::start();
        m_decisions = {back, decisionBy(m_gate, u"carl"_s, Verdict::Approve)};
        QCOMPARE(ui::standingOf(m_gate, m_decisions, u"berta"_s), ui::Standing::MayDecide);
        QVERIFY(!ui::approvalToWithdraw(m_gate, m_decisions, u"berta"_s));
        QVERIFY(ui::approvalToWithdraw(m_gate, m_decisions, u"carl"_s));
        publish();
        open(true);
        QVERIFY(!button("withdraw"_L1)->isVisible());
        QCOMPARE(label("gateSummary"_L1)->text().section(u" · "_s, 0, 0), u"1 of 2 approvals"_s);
        QVERIFY2(sheet().contains(u"Taken back %1; it does not count.\n“<b>too early</b>”"_s.arg(
                     ui::GateWords::dateTime(sample::start()))),
                 qPrintable(sheet()));
    }

    void anOpenedGateGivesNothingBack()
    {
        m_decisions = {decisionBy(m_gate, u"berta"_s, Verdict::Approve)};
        m_gate.state = GateState::Approved;
        publish();
        open();
        waitArmed();
        QVERIFY(!button("withdraw"_L1)->isVisible());
        QCOMPARE(label("status"_L1)->text(), u"This gate was approved. Nothing is left to decide."_s);
    }

    void closingWhileTheDecisionIsUnderWay()
    {
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        QTRY_VERIFY(button("confirm"_L1)->isEnabled());
        m_service->hold();
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QCOMPARE(m_service->decisions.size(), 1);
        m_dialog.reset();
        m_service->release();
        QTest::qWait(20);
    }

    void aRequiredReasonIsRequired()
    {
        m_gate.requireReason = true;
        publish();
        open();
        waitArmed();
        QVERIFY(!button("approve"_L1)->isEnabled());
        QVERIFY(!button("reject"_L1)->isEnabled());
        QCOMPARE(label("status"_L1)->text(),
                 u"This gate wants a reason: write it above, to approve or to reject."_s);
        auto *reason = m_dialog->findChild<QPlainTextEdit *>(u"reason"_s);
        QCOMPARE(reason->toPlainText(), QString());
        QCOMPARE(reason->placeholderText(), u"Reviewed the inventory of this machine."_s);
        QTest::mouseClick(button("suggestion"_L1), Qt::LeftButton);
        QCOMPARE(reason->toPlainText(), u"Reviewed the inventory of this machine."_s);
        QTRY_VERIFY(button("approve"_L1)->isEnabled());
        reason->setPlainText(u"  \n"_s);
        QVERIFY(!button("approve"_L1)->isEnabled());
    }

    void aRefusalIsToldInOurWords_data()
    {
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("words");

        QTest::newRow("plan") << ErrorCode::PlanHashMismatch << u"The plan is not the one that was shown."_s;
        QTest::newRow("expired") << ErrorCode::GateExpired << u"The time to decide is over."_s;
        QTest::newRow("already") << ErrorCode::AlreadyDecided << u"You have decided here already."_s;
        QTest::newRow("closed") << ErrorCode::GateClosed << u"The gate is closed."_s;
    }

    void aRefusalIsToldInOurWords()
    {
        QFETCH(ErrorCode, code);
        QFETCH(QString, words);

        m_service->decideResult = engine::Error{code, u"refused by the engine"_s, {}, {}};
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(button("confirm"_L1)->isEnabled(), 3000);
        const auto asked = m_service->calls.count(u"gate %1 review"_s.arg(m_summary.id.value));
        QTest::mouseClick(button("confirm"_L1), Qt::LeftButton);
        QTRY_VERIFY(m_service->calls.count(u"gate %1 review"_s.arg(m_summary.id.value)) > asked);
        const QString told = message()->text() + u' ' + message()->details();
        QVERIFY2(told.contains(u"Your approval was not accepted."_s), qPrintable(told));
        QVERIFY2(told.contains(words), qPrintable(told));
        QVERIFY(!confirmation()->isVisible());
        QVERIFY(!button("approve"_L1)->isEnabled()); // Asleep again.
    }

    // When things move.

    void whatChangedIsSaidAndTheQuestionStartsAgain()
    {
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        QVERIFY(confirmation()->isVisible());
        m_gate.planHash = u"sha256:"_s + u"deadbeef"_s.repeated(8);
        m_gate.revision = 2;
        publish();
        Q_EMIT m_service->gateChanged(m_gate);
        QTRY_VERIFY(!confirmation()->isVisible());
        QCOMPARE(message()->text(), u"What this gate asks has changed. Read it again before you decide."_s);
        QCOMPARE(message()->details(), u"Changed: the revision of the gate, the plan."_s);
        QVERIFY(sheet().contains(m_gate.planHash));
        QVERIFY(!button("approve"_L1)->isEnabled());
        waitArmed();
        QVERIFY(button("approve"_L1)->isEnabled());
    }

    void newsWithoutAChangeDisturbsNothing()
    {
        open(true);
        QTest::mouseClick(button("approve"_L1), Qt::LeftButton);
        Q_EMIT m_service->gateChanged(m_gate);
        QTest::qWait(20);
        QVERIFY(confirmation()->isVisible());
    }

    void otherGatesAreNoNews()
    {
        open();
        const qsizetype calls = m_service->calls.size();
        engine::GateRequest other = m_gate;
        other.path = u"elsewhere"_s;
        Q_EMIT m_service->gateChanged(other);
        QCOMPARE(m_service->calls.size(), calls);
    }

    void aClosedGateShowsItsOutcome()
    {
        open(true);
        m_gate.state = GateState::Approved;
        m_decisions = {decisionBy(m_gate, u"carl"_s, Verdict::Approve)};
        publish();
        Q_EMIT m_service->gateChanged(m_gate);
        QTRY_VERIFY(!button("approve"_L1)->isVisible());
        QVERIFY(!button("reject"_L1)->isVisible());
        QVERIFY(!m_dialog->findChild<QPlainTextEdit *>(u"reason"_s)->isVisible());
        QCOMPARE(label("status"_L1)->text(), u"This gate was approved. Nothing is left to decide."_s);
        QCOMPARE(label("gateSummary"_L1)->text(), u"1 of 1 approvals"_s);
        QVERIFY(sheet().contains(u"carl approved"_s));
    }

    void whoMayNotDecideIsTold_data()
    {
        QTest::addColumn<QString>("person");
        QTest::addColumn<QStringList>("approvers");
        QTest::addColumn<bool>("self");
        QTest::addColumn<ui::Standing>("standing");

        using ui::Standing;
        QTest::newRow("anyone") << u"berta"_s << QStringList{} << false << Standing::MayDecide;
        QTest::newRow("the submitter") << u"anna"_s << QStringList{} << false << Standing::Submitter;
        QTest::newRow("the submitter, allowed") << u"anna"_s << QStringList{} << true << Standing::MayDecide;
        QTest::newRow("named") << u"berta"_s << QStringList{u"user:berta"_s} << false << Standing::MayDecide;
        QTest::newRow("not named") << u"berta"_s << QStringList{u"user:carl"_s} << false
                                   << Standing::NotAnApprover;
        QTest::newRow("a role") << u"berta"_s << QStringList{u"user:carl"_s, u"role:security"_s} << false
                                << Standing::MayDecide;
        QTest::newRow("decided") << u"dora"_s << QStringList{} << false << Standing::AlreadyDecided;
    }

    void whoMayNotDecideIsTold()
    {
        QFETCH(QString, person);
        QFETCH(QStringList, approvers);
        QFETCH(bool, self);
        QFETCH(ui::Standing, standing);

        m_gate.required = 2;
        m_gate.approvers = approvers;
        m_gate.allowSelfApproval = self;
        m_decisions = {decisionBy(m_gate, u"dora"_s, Verdict::Approve)};
        QCOMPARE(ui::standingOf(m_gate, m_decisions, person), standing);
        publish();
        open(false, person);
        waitArmed();
        const bool may = standing == ui::Standing::MayDecide;
        QCOMPARE(button("approve"_L1)->isEnabled(), may);
        QCOMPARE(button("reject"_L1)->isEnabled(), may);
        QCOMPARE(label("gateSummary"_L1)->text().section(u" · "_s, 0, 0), u"1 of 2 approvals"_s);
        QCOMPARE(button("withdraw"_L1)->isVisible(), standing == ui::Standing::AlreadyDecided);
        if (!may)
            QCOMPARE(label("status"_L1)->text(), ui::GateWords::standing(standing, GateState::Open));
    }

    void decisionsOfAnEarlierRevisionDoNotCount()
    {
        m_gate.revision = 2;
        engine::Decision old = decisionBy(m_gate, u"berta"_s, Verdict::Approve);
        old.statement.revision = 1;
        QCOMPARE(ui::standingOf(m_gate, {old}, u"berta"_s), ui::Standing::MayDecide);
        QCOMPARE(ui::decisionsAt(m_gate, {old}).size(), 0);
    }

    void aGateThatCannotBeReadDecidesNothing()
    {
        m_service->gateViews.clear();
        open();
        waitArmed();
        QVERIFY(!button("approve"_L1)->isVisible());
        QCOMPARE(message()->text().isEmpty(), false);
        QCOMPARE(label("status"_L1)->text(), u"Nothing can be decided before the gate has been read."_s);
    }

    void manyStepsAreWrittenQuickly()
    {
        QList<engine::OutlineNode> next;
        for (int i = 0; i < 1000; ++i) {
            engine::OutlineNode node = nextStep();
            node.path = u"hosts[%1]::restart"_s.arg(i);
            next += node;
        }
        engine::GateView large = view();
        large.next = next;
        m_service->gateViews[FakeRunService::gateKey(m_summary.id, u"review"_s)] = large;
        const double start = processorSeconds();
        open();
        const double took = processorSeconds() - start;
        QVERIFY2(took < 5, qPrintable(QString::number(took)));
        QVERIFY(sheet().contains(u"hosts[999]::restart"_s));
    }

private:
    engine::GateView view() const
    {
        return {m_gate, m_summary.packName, m_summary.packVersion, m_summary.packDigest, {nextStep()}};
    }

    void publish()
    {
        engine::RunView run = sample::runView(m_summary);
        run.gates = {m_gate};
        run.decisions = m_decisions;
        m_service->views[m_summary.id] = run;
        m_service->gateViews[FakeRunService::gateKey(m_summary.id, u"review"_s)] = view();
    }

    void open(bool armed = false, const QString &person = u"berta"_s, int delayMs = shortDelayMs)
    {
        m_dialog = std::make_unique<ApprovalDialog>(m_service.get(), m_summary.id, u"review"_s, person);
        m_dialog->findChild<ArmDelay *>()->setDelay(delayMs);
        m_dialog->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_dialog.get()));
        if (!m_service->gateViews.isEmpty())
            QTRY_VERIFY(sheet().contains(u"local"_s));
        if (armed)
            QTRY_VERIFY_WITH_TIMEOUT(button("approve"_L1)->isEnabled(), 3000);
    }

    void waitArmed() { QTest::qWait(4 * shortDelayMs); }
    QString sheet() const { return m_dialog->findChild<QTextEdit *>(u"sheet"_s)->toPlainText(); }
    QWidget *confirmation() const { return m_dialog->findChild<QWidget *>(u"confirmation"_s); }
    ui::MessageBar *message() const { return m_dialog->findChild<ui::MessageBar *>(); }
    QLabel *label(QLatin1StringView name) const { return m_dialog->findChild<QLabel *>(name); }
    template<class Name>
    QPushButton *button(const Name &name) const
    {
        return m_dialog->findChild<QPushButton *>(QString(name));
    }

    std::unique_ptr<FakeRunService> m_service;
    std::unique_ptr<ApprovalDialog> m_dialog;
    engine::RunSummary m_summary;
    engine::GateRequest m_gate;
    QList<engine::Decision> m_decisions;
};

QTEST_MAIN(TestApprovalDialog)
#include "tst_approval_dialog.moc"
