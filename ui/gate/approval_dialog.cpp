#include "ui/gate/approval_dialog.h"

#include "engine/base/when_done.h"
#include "ui/common/message_bar.h"
#include "ui/common/safe_text.h"
#include "ui/common/state_chip.h"
#include "ui/common/theme.h"
#include "ui/gate/confirmation_bar.h"
#include "ui/gate/decision_button.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QScreen>
#include <QScrollBar>
#include <QTextEdit>
#include <QVBoxLayout>

using engine::GateState;
using engine::GateView;
using engine::Result;
using engine::RunView;
using engine::Verdict;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

engine::Timestamp wallClock()
{
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// What is said when an act was recorded, and when not.
struct ActWords
{
    QString recorded{};
    QString refused{};
};

QString shortened(const QString &text)
{
    constexpr int most = 48;
    return text.size() <= most ? text : text.left(most - 1) + u'…';
}

} // namespace

ApprovalDialog::ApprovalDialog(engine::RunService *service, const engine::RunId &run, const QString &path,
                               const QString &operatorName, QWidget *parent)
    : QDialog(parent, Qt::Window)
    , m_service(service)
    , m_run(run)
    , m_path(path)
    , m_operator(operatorName)
    , m_arm(new ArmDelay(this))
{
    setObjectName(u"approvalDialog"_s);
    setWindowTitle(tr("Approval: %1").arg(safeText(path)));

    m_message = new MessageBar(this);
    m_confirmation = new ConfirmationBar(this);
    connect(m_confirmation, &ConfirmationBar::confirmed, this, &ApprovalDialog::send);
    connect(m_confirmation, &ConfirmationBar::wentBack, this, &ApprovalDialog::stepBack);
    m_text = new QTextEdit(this);
    m_text->setObjectName(u"sheet"_s);
    m_text->setAccessibleName(tr("What is asked and what happens"));
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_text->document()->setDocumentMargin(fontMetrics().height() * 0.8);

    auto *column = new QVBoxLayout(this);
    column->addWidget(makeHeader());
    column->addWidget(m_message);
    column->addWidget(m_confirmation);
    column->addWidget(m_text, 1);
    column->addWidget(makeDecision());

    const int em = fontMetrics().height();
    resize(QSize(em * 46, em * 50).boundedTo(screen()->availableSize() * 0.9));

    connect(m_arm, &ArmDelay::armedChanged, this, &ApprovalDialog::updateControls);
    m_second.setInterval(1000);
    connect(&m_second, &QTimer::timeout, this, &ApprovalDialog::updateHeader);
    m_second.start();
    connect(m_service, &engine::RunService::gateChanged, this, [this](const engine::GateRequest &gate) {
        if (gate.run == m_run && gate.path == m_path)
            load();
    });
    engine::whenDone(m_service->info(), this, [this](const Result<engine::ServiceInfo> &info) {
        if (!info || info->source == m_source)
            return;
        m_source = info->source;
        if (m_sheet)
            load();
    });
    updateControls();
    load();
}

QWidget *ApprovalDialog::makeHeader()
{
    auto *header = new QWidget(this);
    m_state = new StateChip(header);
    m_title = plainLabel({}, header);
    m_title->setObjectName(u"gateTitle"_s);
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.35);
    large.setBold(true);
    m_title->setFont(large);
    m_summary = plainLabel({}, header);
    m_summary->setObjectName(u"gateSummary"_s);

    auto *rows = new QVBoxLayout(header);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addWidget(m_title);
    auto *line = new QHBoxLayout;
    line->addWidget(m_state);
    line->addSpacing(fontMetrics().averageCharWidth() * 2);
    line->addWidget(m_summary, 1);
    rows->addLayout(line);
    return header;
}

QWidget *ApprovalDialog::makeDecision()
{
    m_decision = new QWidget(this);
    m_decision->setObjectName(u"decision"_s);
    m_reason = new QPlainTextEdit(m_decision);
    m_reason->setObjectName(u"reason"_s);
    m_reason->setTabChangesFocus(true);
    m_reason->setFixedHeight(fontMetrics().lineSpacing() * 3 + 2 * m_reason->frameWidth()
                             + int(2 * m_reason->document()->documentMargin()));
    m_reasonLabel = new QLabel(m_decision);
    m_reasonLabel->setBuddy(m_reason);
    m_suggestion = new DecisionButton(m_decision);
    m_suggestion->setObjectName(u"suggestion"_s);
    m_suggestion->setWords(tr("Use the suggestion"));
    connect(m_suggestion, &QPushButton::clicked, this, [this] {
        m_reason->setPlainText(safeText(m_sheet->view.gate.reasonSuggestion));
        m_reason->setFocus();
    });
    connect(m_reason, &QPlainTextEdit::textChanged, this, &ApprovalDialog::updateControls);

    auto *rows = new QVBoxLayout(m_decision);
    rows->setContentsMargins(0, 0, 0, 0);
    auto *above = new QHBoxLayout;
    above->addWidget(m_reasonLabel, 1);
    above->addWidget(m_suggestion);
    rows->addLayout(above);
    rows->addWidget(m_reason);

    auto *holder = new QWidget(this);
    auto *all = new QVBoxLayout(holder);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_decision);
    m_status = plainLabel({}, holder);
    m_status->setObjectName(u"status"_s);
    all->addWidget(m_status);
    auto *row = new QHBoxLayout;
    makeButtons(row);
    all->addLayout(row);
    return holder;
}

void ApprovalDialog::makeButtons(QBoxLayout *row)
{
    m_close = new DecisionButton(this);
    m_close->setObjectName(u"close"_s);
    m_close->setWords(tr("Decide later"));
    m_reject = new DecisionButton(this);
    m_reject->setObjectName(u"reject"_s);
    m_approve = new DecisionButton(this);
    m_approve->setObjectName(u"approve"_s);
    connect(m_close, &QPushButton::clicked, this, &QDialog::close);
    m_withdraw = new DecisionButton(this);
    m_withdraw->setObjectName(u"withdraw"_s);
    connect(m_reject, &QPushButton::clicked, this, [this] { askToConfirm(Act::Reject); });
    connect(m_approve, &QPushButton::clicked, this, [this] { askToConfirm(Act::Approve); });
    connect(m_withdraw, &QPushButton::clicked, this, [this] { askToConfirm(Act::Withdraw); });
    row->addWidget(m_close);
    row->addStretch(1);
    row->addWidget(m_withdraw);
    row->addWidget(m_reject);
    row->addWidget(m_approve);
}

// What is shown.

void ApprovalDialog::load()
{
    const quint64 generation = ++m_generation;
    engine::whenDone(m_service->gate(m_run, m_path), this,
                     [this, generation](const Result<GateView> &view) { takeView(generation, view); });
}

void ApprovalDialog::takeView(quint64 generation, const Result<GateView> &view)
{
    if (generation != m_generation)
        return;
    if (!view) {
        m_message->showError(tr("The gate could not be read."), view.error());
        return;
    }
    engine::whenDone(
        m_service->run(m_run), this,
        [this, generation, shown = *view](const Result<RunView> &run) { takeRun(generation, shown, run); });
}

void ApprovalDialog::takeRun(quint64 generation, const GateView &view, const Result<RunView> &run)
{
    if (generation != m_generation)
        return;
    if (run)
        showSheet({view, *run, m_source, wallClock()});
    else
        m_message->showError(tr("The run could not be read."), run.error());
}

void ApprovalDialog::showSheet(GateSheet sheet)
{
    const bool isFirst = !m_sheet;
    if (!isFirst) {
        GateSheet asBefore = sheet;
        asBefore.at = m_sheet->at;
        if (asBefore == *m_sheet) {
            if (m_phase == Phase::Loading)
                setPhase(Phase::Reading);
            return; // Nothing on the screen changes.
        }
        const QStringList moved = GateWords::differences(m_sheet->view, sheet.view);
        if (!moved.isEmpty())
            m_message->showMessage(MessageBar::Kind::Warning,
                                   tr("What this gate asks has changed. Read it again before you decide."),
                                   tr("Changed: %1.").arg(moved.join(u", "_s)));
    } else {
        m_message->clear();
    }
    m_sheet = std::move(sheet);
    m_arm->restart();
    writeSheet();
    updateHeader();
    if (m_phase != Phase::Sending)
        setPhase(Phase::Reading);
    if (isFirst)
        m_text->setFocus();
}

void ApprovalDialog::writeSheet()
{
    if (!m_sheet)
        return;
    const int at = m_text->verticalScrollBar()->value();
    writeGateSheet(*m_text->document(), *m_sheet, font(), palette());
    m_text->moveCursor(QTextCursor::Start);
    m_text->verticalScrollBar()->setValue(at);
}

QString ApprovalDialog::gateTitle() const
{
    if (!m_sheet || m_sheet->view.gate.title.isEmpty())
        return safeText(m_path);
    return safeText(m_sheet->view.gate.title);
}

QString ApprovalDialog::quotedTitle() const
{
    return u"“"_s + shortened(gateTitle()) + u"”"_s;
}

void ApprovalDialog::updateHeader()
{
    m_title->setText(m_sheet ? tr("Approval: %1").arg(gateTitle()) : tr("Reading the gate…"));
    setWindowTitle(tr("Approval: %1").arg(gateTitle()));
    m_state->setVisible(m_sheet.has_value());
    if (!m_sheet)
        return;
    const engine::GateRequest &gate = m_sheet->view.gate;
    m_state->setState(gate.state);
    const int approvals = approvalsOf(decisionsAt(gate, m_sheet->run.decisions));
    QStringList parts{tr("%1 of %2 approvals").arg(approvals).arg(gate.required)};
    if (gate.state == GateState::Open) {
        const bool over = gate.expiresAt <= wallClock();
        parts += over ? tr("expired %1 by this computer's clock; the engine's clock decides")
                            .arg(GateWords::fromNow(gate.expiresAt, wallClock()))
                      : tr("expires %1").arg(GateWords::fromNow(gate.expiresAt, wallClock()));
    }
    m_summary->setText(parts.join(u" · "_s));
}

// Deciding.

std::optional<engine::Decision> ApprovalDialog::ownApproval() const
{
    return m_sheet ? approvalToWithdraw(m_sheet->view.gate, m_sheet->run.decisions, m_operator)
                   : std::nullopt;
}

QString ApprovalDialog::whyNot() const
{
    if (!m_sheet)
        return tr("Nothing can be decided before the gate has been read.");
    const Standing standing = standingOf(m_sheet->view.gate, m_sheet->run.decisions, m_operator);
    const bool mayWithdraw = ownApproval().has_value();
    if (standing != Standing::MayDecide && !mayWithdraw)
        return GateWords::standing(standing, m_sheet->view.gate.state);
    if (m_phase == Phase::Sending)
        return m_act == Act::Withdraw ? tr("The withdrawal is being recorded…")
                                      : tr("The decision is being recorded…");
    if (!m_arm->isArmed())
        return tr("The buttons wake up in a moment, so that nothing is decided by accident.");
    if (!mayWithdraw && m_sheet->view.gate.requireReason && m_reason->toPlainText().trimmed().isEmpty())
        return tr("This gate wants a reason: write it above, to approve or to reject.");
    return {};
}

void ApprovalDialog::setPhase(Phase phase)
{
    m_phase = phase;
    updateControls();
}

void ApprovalDialog::updateControls()
{
    const QString reason = whyNot();
    const bool open = m_sheet && m_sheet->view.gate.state == GateState::Open;
    const bool maySpeak =
        m_sheet && standingOf(m_sheet->view.gate, m_sheet->run.decisions, m_operator) == Standing::MayDecide;
    const bool mayWithdraw = ownApproval().has_value();
    m_decision->setVisible(maySpeak || mayWithdraw);
    m_reason->setReadOnly(m_phase != Phase::Reading);
    const bool required = m_sheet && m_sheet->view.gate.requireReason;
    m_reasonLabel->setText(mayWithdraw ? tr("My &reason (recorded with the withdrawal):")
                           : required  ? tr("My &reason (required, recorded with the decision):")
                                       : tr("My &reason (recorded with the decision):"));
    m_suggestion->setVisible(!mayWithdraw && m_sheet && !m_sheet->view.gate.reasonSuggestion.isEmpty());
    m_suggestion->setEnabled(m_phase == Phase::Reading);
    m_reason->setPlaceholderText(m_sheet && !mayWithdraw ? safeText(m_sheet->view.gate.reasonSuggestion)
                                                         : QString());

    const bool mayAsk = reason.isEmpty() && m_phase == Phase::Reading;
    m_close->setWords(open && !mayWithdraw ? tr("Decide later") : tr("Close"));
    m_approve->setVisible(open && !mayWithdraw);
    m_reject->setVisible(open && !mayWithdraw);
    m_withdraw->setVisible(mayWithdraw);
    m_withdraw->setWords(tr("Withdraw my approval of %1…").arg(quotedTitle()));
    m_withdraw->setEnabled(mayAsk && mayWithdraw);
    m_approve->setWords(tr("Approve %1…").arg(quotedTitle()));
    m_reject->setWords(tr("Reject %1…").arg(quotedTitle()));
    m_approve->setEnabled(mayAsk && !mayWithdraw);
    m_reject->setEnabled(mayAsk && !mayWithdraw);

    m_confirmation->setVisible(m_phase == Phase::Confirming);
    m_confirmation->setArmed(reason.isEmpty() && m_phase == Phase::Confirming);

    if (!reason.isEmpty())
        m_status->setText(reason);
    else if (m_phase == Phase::Confirming)
        m_status->setText(tr("Confirm or go back at the top of this window."));
    else if (mayWithdraw)
        m_status->setText(GateWords::standing(Standing::AlreadyDecided, GateState::Open));
    else
        m_status->setText(tr("You decide as %1.").arg(safeValue(m_operator)));
}

void ApprovalDialog::askToConfirm(Act act)
{
    if (!whyNot().isEmpty() || m_phase != Phase::Reading)
        return;
    m_act = act;
    const QString who = safeValue(m_operator);
    m_arm->restart(); // The second click comes after a look at what it confirms.
    setPhase(Phase::Confirming);
    switch (act) {
    case Act::Approve:
        return m_confirmation->ask(
            tr("You are about to approve this gate as %1. It can be taken back only until the gate opens.")
                .arg(who),
            tr("Yes, approve %1").arg(quotedTitle()));
    case Act::Reject:
        return m_confirmation->ask(
            tr("You are about to reject this gate as %1. One rejection fails it.").arg(who),
            tr("Yes, reject %1").arg(quotedTitle()));
    case Act::Withdraw:
        return m_confirmation->ask(
            tr("You are about to take back your approval as %1. The gate waits on, and you can decide anew.")
                .arg(who),
            tr("Yes, withdraw my approval of %1").arg(quotedTitle()));
    }
}

void ApprovalDialog::stepBack()
{
    setPhase(Phase::Reading);
    m_text->setFocus();
}

void ApprovalDialog::send()
{
    if (!whyNot().isEmpty() || m_phase != Phase::Confirming)
        return;
    m_message->clear();
    setPhase(Phase::Sending);
    engine::whenDone(m_act == Act::Withdraw ? withdraw() : decide(), this,
                     [this](const Result<> &answer) { takeAnswer(answer); });
}

QFuture<Result<>> ApprovalDialog::decide()
{
    engine::DecisionRequest request;
    request.run = m_run;
    request.path = m_path;
    request.revision = m_sheet->view.gate.revision;
    request.planHash = m_sheet->view.gate.planHash;
    request.shownDigest = engine::shownDigest(m_sheet->view);
    request.verdict = m_act == Act::Approve ? Verdict::Approve : Verdict::Reject;
    request.reason = m_reason->toPlainText().trimmed();
    request.approver = m_operator;
    return m_service->decide(request);
}

QFuture<Result<>> ApprovalDialog::withdraw()
{
    engine::WithdrawalRequest request;
    request.run = m_run;
    request.path = m_path;
    request.revision = m_sheet->view.gate.revision;
    request.planHash = m_sheet->view.gate.planHash;
    request.decisionDigest = engine::envelopeDigest(*ownApproval());
    request.reason = m_reason->toPlainText().trimmed();
    request.approver = m_operator;
    return m_service->withdraw(request);
}

void ApprovalDialog::takeAnswer(const Result<> &answer)
{
    const ActWords words =
        m_act == Act::Approve
            ? ActWords{tr("Your approval is recorded."), tr("Your approval was not accepted.")}
        : m_act == Act::Reject
            ? ActWords{tr("Your rejection is recorded."), tr("Your rejection was not accepted.")}
            : ActWords{tr("Your approval is taken back."), tr("Your approval could not be taken back.")};
    if (answer) {
        m_message->showMessage(MessageBar::Kind::Info, words.recorded);
        m_reason->clear(); // It was said for this, not for what comes next.
        Q_EMIT decided(m_run, m_path);
    } else {
        m_message->showError(words.refused, answer.error());
    }
    m_arm->restart();
    setPhase(Phase::Reading);
    load();
}

// The window.

void ApprovalDialog::showEvent(QShowEvent *event)
{
    QDialog::showEvent(event);
    m_arm->restart();
}

bool ApprovalDialog::event(QEvent *event)
{
    if (event->type() == QEvent::WindowActivate)
        m_arm->restart();
    return QDialog::event(event);
}

void ApprovalDialog::changeEvent(QEvent *event)
{
    QDialog::changeEvent(event);
    if (m_text && (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange))
        writeSheet();
}

void ApprovalDialog::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        return; // Decides nothing, wherever the focus is.
    QDialog::keyPressEvent(event);
}

} // namespace ui
