#include "ui/run/run_header.h"

#include "ui/common/digest_label.h"
#include "ui/common/safe_text.h"
#include "ui/common/state_chip.h"
#include "ui/common/theme.h"
#include "ui/gate/gate_rules.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

using engine::GateRequest;
using engine::RunState;

namespace ui {

using namespace Qt::StringLiterals;

QString progressWords(const RunProgress &progress)
{
    const auto words = [](const char *text, int n) {
        return QCoreApplication::translate("ui::RunHeader", text, nullptr, n);
    };
    QStringList parts{QCoreApplication::translate("ui::RunHeader", "%1 of %2 steps done")
                          .arg(progress.done)
                          .arg(progress.total)};
    if (progress.running > 0)
        parts += words(QT_TRANSLATE_NOOP("ui::RunHeader", "%n running"), progress.running);
    if (progress.waiting > 0)
        parts += words(QT_TRANSLATE_NOOP("ui::RunHeader", "%n waiting for a person"), progress.waiting);
    if (progress.failed > 0)
        parts += words(QT_TRANSLATE_NOOP("ui::RunHeader", "%n with a problem"), progress.failed);
    return parts.join(u", "_s);
}

static QString anchorStateWord(engine::AnchorState state)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ui::RunHeader", text); };
    switch (state) {
    case engine::AnchorState::Pending: return tr(QT_TRANSLATE_NOOP("ui::RunHeader", "pending"));
    case engine::AnchorState::Anchored:
        return tr(QT_TRANSLATE_NOOP("ui::RunHeader", "anchored, not verified"));
    case engine::AnchorState::Verified: return tr(QT_TRANSLATE_NOOP("ui::RunHeader", "verified"));
    case engine::AnchorState::Deferred: return tr(QT_TRANSLATE_NOOP("ui::RunHeader", "deferred"));
    case engine::AnchorState::Failed: return tr(QT_TRANSLATE_NOOP("ui::RunHeader", "failed"));
    }
    Q_UNREACHABLE();
}

QString anchorWords(const QList<engine::AnchorRecord> &anchors)
{
    QStringList parts;
    for (const engine::AnchorRecord &anchor : anchors) {
        const QString form = anchor.kind == engine::AnchorKind::Log
                                 ? QCoreApplication::translate("ui::RunHeader", "Transparency log: %1")
                                 : QCoreApplication::translate("ui::RunHeader", "Timestamp: %1");
        QString part = form.arg(anchorStateWord(anchor.state));
        if (!anchor.reason.isEmpty())
            part += u" (%1)"_s.arg(safeText(anchor.reason));
        parts += part;
    }
    return parts.join(u" · "_s);
}

RunHeader::RunHeader(QWidget *parent)
    : QWidget(parent)
    , m_state(new StateChip(this))
    , m_title(plainLabel({}, this))
    , m_progress(plainLabel({}, this))
    , m_facts(plainLabel({}, this))
    , m_reason(plainLabel({}, this))
    , m_anchors(plainLabel({}, this))
    , m_planHash(new DigestLabel(tr("plan hash"), this))
{
    setObjectName(u"runHeader"_s);
    m_title->setObjectName(u"runTitle"_s);
    m_progress->setObjectName(u"runProgress"_s);
    m_facts->setObjectName(u"runFacts"_s);
    m_reason->setObjectName(u"runReason"_s);
    m_planHash->setObjectName(u"planHash"_s);
    QFont large = m_title->font();
    large.setPointSizeF(large.pointSizeF() * 1.35);
    large.setBold(true);
    m_title->setFont(large);
    m_anchors->setObjectName(u"runAnchors"_s);
    m_anchors->hide();
    m_reason->hide();

    const int gap = fontMetrics().averageCharWidth() * 2;
    auto *first = new QHBoxLayout;
    first->addWidget(m_title, 1);
    makeButtons(first);
    auto *second = new QHBoxLayout;
    second->addWidget(m_state);
    second->addSpacing(gap);
    second->addWidget(m_progress, 1);
    auto *third = new QHBoxLayout;
    auto *planLabel = new QLabel(tr("Plan"), this);
    third->addWidget(planLabel);
    third->addWidget(m_planHash, 1);

    auto *rows = new QVBoxLayout(this);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->addLayout(first);
    rows->addLayout(second);
    rows->addWidget(m_reason);
    rows->addWidget(m_facts);
    rows->addWidget(m_anchors);
    rows->addLayout(third);
}

QPushButton *RunHeader::makeButton(const QString &name, const QString &text)
{
    auto *button = new QPushButton(text, this);
    button->setObjectName(name);
    button->setAutoDefault(false);
    return button;
}

void RunHeader::makeButtons(QBoxLayout *row)
{
    m_review = makeButton(u"reviewGate"_s, tr("Review and decide…"));
    QFont bold = m_review->font();
    bold.setBold(true);
    m_review->setFont(bold);
    m_review->setIcon(stateIcon(engine::GateState::Open));
    m_review->hide();
    m_gates = new QMenu(m_review);
    connect(m_review, &QPushButton::clicked, this, [this] {
        if (m_openGates.size() == 1)
            Q_EMIT gateRequested(m_openGates.first().path);
    });
    m_cancel = makeButton(u"cancelRun"_s, tr("Cancel the run…"));
    connect(m_cancel, &QPushButton::clicked, this, &RunHeader::cancelRequested);
    m_timeline = makeButton(u"exportTimeline"_s, tr("Export timeline…"));
    m_timeline->setToolTip(tr("What the run did when, as a trace, as text or as its journal"));
    connect(m_timeline, &QPushButton::clicked, this, &RunHeader::timelineRequested);
    m_export = makeButton(u"exportEvidence"_s, tr("Export evidence…"));
    connect(m_export, &QPushButton::clicked, this, &RunHeader::exportRequested);
    m_verify = makeButton(u"verifyEvidence"_s, tr("Verify evidence"));
    connect(m_verify, &QPushButton::clicked, this, &RunHeader::verifyRequested);
    for (QPushButton *button : {m_review, m_cancel, m_timeline, m_export, m_verify})
        row->addWidget(button, 0, Qt::AlignTop);
    m_cancel->hide();
    setBusy(false);
    hide(); // Until there is a run to tell of.
}

void RunHeader::setRun(const engine::RunSummary &run)
{
    show();
    m_isFinal = engine::isFinal(run.state);
    m_title->setText(u"%1 %2"_s.arg(safeText(run.packName), safeText(run.packVersion)));
    m_state->setState(run.state, runStateWord(run));
    m_planHash->setDigest(run.planHash);
    QStringList facts{tr("Run %1").arg(safeText(run.id.value)),
                      tr("asked for by %1").arg(safeValue(run.requestedBy)),
                      tr("started %1").arg(GateWords::dateTime(run.createdAt))};
    if (run.completedAt)
        facts += tr("ended %1").arg(GateWords::dateTime(*run.completedAt));
    m_facts->setText(facts.join(u" · "_s));
    m_reason->setText(safeText(run.reason));
    m_reason->setVisible(!run.reason.isEmpty());
    m_cancel->setVisible(!m_isFinal);
    m_cancel->setText(run.state == RunState::Cancelling ? tr("Cancel at once…") : tr("Cancel the run…"));
    m_cancel->setToolTip(run.state == RunState::Cancelling
                             ? tr("Ends what still runs without its time to clean up")
                             : tr("Ends running steps; they have a moment to clean up"));
    setBusy(m_busy);
}

void RunHeader::setAnchors(const QList<engine::AnchorRecord> &anchors)
{
    m_anchors->setText(anchorWords(anchors));
    m_anchors->setVisible(!anchors.isEmpty());
}

void RunHeader::setBusy(bool exporting)
{
    m_busy = exporting;
    const QString wait = tr("Evidence is there when the run has ended");
    for (QPushButton *button : {m_export, m_verify}) {
        button->setEnabled(m_isFinal && !exporting);
        button->setToolTip(m_isFinal ? QString() : wait);
    }
}

void RunHeader::setProgress(const RunProgress &progress)
{
    m_progress->setText(progressWords(progress));
}

void RunHeader::setOpenGates(const QList<GateRequest> &gates)
{
    m_openGates = gates;
    m_review->setVisible(!gates.isEmpty());
    m_review->setText(gates.size() > 1 ? tr("Review and decide (%1)").arg(gates.size())
                                       : tr("Review and decide…"));
    m_gates->clear();
    for (const GateRequest &gate : gates) {
        m_gates->addAction(tr("Review “%1”…").arg(safeLabel(gate.title.isEmpty() ? gate.path : gate.title)),
                           this, [this, path = gate.path] { Q_EMIT gateRequested(path); });
    }
    m_review->setMenu(gates.size() > 1 ? m_gates : nullptr);
}

} // namespace ui
