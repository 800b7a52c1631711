#include "ui/pack/pack_page.h"

#include "engine/base/when_done.h"
#include "ui/common/digest_label.h"
#include "ui/common/message_bar.h"
#include "ui/common/page_parts.h"
#include "ui/common/problem_list.h"
#include "ui/common/safe_text.h"
#include "ui/pack/input_form.h"
#include "ui/pack/preview_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;
using engine::Result;

namespace {

enum Content { ProblemsContent, FormContent };

} // namespace

PackPage::PackPage(engine::RunService *service, const QString &packPath, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_path(packPath)
    , m_title(pageTitle({}, this))
    , m_description(plainLabel({}, this))
    , m_digest(new DigestLabel(tr("pack digest"), this))
    , m_message(new MessageBar(this))
    , m_stack(new QStackedWidget(this))
    , m_problems(new ProblemList(this))
    , m_form(new InputForm(this))
    , m_preview(new PreviewPanel(this))
{
    m_message->setObjectName(u"packMessage"_s);
    auto *splitter = new QSplitter(this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(makeFormSide());
    splitter->addWidget(makePlanSide());
    const int column = fontMetrics().averageCharWidth();
    splitter->setSizes({column * 52, column * 108});
    splitter->setStretchFactor(1, 1); // A wider window makes room for the plan.
    m_stack->addWidget(m_problems);
    m_stack->addWidget(splitter);

    auto *layout = new QVBoxLayout(this);
    const int margin = pageMargin(this);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(margin * 3 / 4);
    layout->addWidget(makeHeader());
    layout->addWidget(m_message);
    layout->addWidget(m_stack, 1);
    connect(m_form, &InputForm::edited, this, &PackPage::updateControls);
    reload();
}

QWidget *PackPage::makeHeader()
{
    auto *header = new QWidget(this);
    auto *layout = new QVBoxLayout(header);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(pageMargin(this) / 4);
    auto *first = new QHBoxLayout;
    first->addWidget(m_title, 1);
    first->addWidget(makeButton(tr("&Read Again"), u"reloadPack"_s, &PackPage::reload));
    layout->addLayout(first);
    layout->addWidget(m_description);
    auto *digest = new QHBoxLayout;
    digest->addWidget(quietLabel(tr("Pack digest"), header));
    digest->addWidget(m_digest, 1);
    layout->addLayout(digest);
    return header;
}

QWidget *PackPage::makeFormSide()
{
    auto *side = new QWidget;
    side->setMinimumWidth(fontMetrics().averageCharWidth() * 36);
    auto *layout = new QVBoxLayout(side);
    const int margin = pageMargin(this);
    layout->setContentsMargins(0, 0, margin / 2, 0);
    layout->setSpacing(margin / 2);
    layout->addWidget(sectionTitle(tr("Inputs"), side));

    auto *inner = new QWidget;
    auto *innerLayout = new QVBoxLayout(inner);
    innerLayout->setContentsMargins(0, 0, margin / 2, 0);
    innerLayout->addWidget(m_form);
    innerLayout->addStretch();
    auto *scroll = new QScrollArea(side);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(inner);
    layout->addWidget(scroll, 1);

    m_plan = makeButton(tr("&Plan and Simulate"), u"planButton"_s, &PackPage::plan);
    layout->addWidget(m_plan, 0, Qt::AlignLeading);
    return side;
}

QWidget *PackPage::makePlanSide()
{
    auto *side = new QWidget;
    auto *layout = new QVBoxLayout(side);
    const int margin = pageMargin(this);
    layout->setContentsMargins(margin / 2, 0, 0, 0);
    layout->setSpacing(margin / 2);
    layout->addWidget(sectionTitle(tr("Plan"), side));
    layout->addWidget(m_preview, 1);
    m_start = makeButton(tr("&Start Run"), u"startButton"_s, &PackPage::start);
    layout->addWidget(m_start, 0, Qt::AlignTrailing);
    return side;
}

QAbstractButton *PackPage::makeButton(const QString &text, const QString &name, void (PackPage::*clicked)())
{
    auto *button = new QPushButton(text, this);
    button->setObjectName(name);
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, clicked);
    return button;
}

void PackPage::reload()
{
    const int question = ++m_question;
    m_planned.reset();
    m_planning = m_starting = false;
    m_preview->clear();
    m_message->clear();
    m_title->setText(tr("Reading the pack…"));
    m_description->setText(safeText(m_path));
    updateControls();
    engine::whenDone(m_service->describePack(m_path), this,
                     [this, question](const Result<engine::PackDescription> &pack) {
                         if (question != m_question)
                             return;
                         if (pack)
                             showPack(*pack);
                         else
                             showProblems(pack.error());
                     });
}

void PackPage::showPack(const engine::PackDescription &pack)
{
    m_title->setText(tr("Pack %1 %2").arg(safeValue(pack.name), safeValue(pack.version)));
    m_description->setText(safeLines(pack.description));
    m_description->setVisible(!pack.description.isEmpty());
    m_digest->setDigest(pack.digest);
    m_form->setInputs(pack.inputs);
    m_stack->setCurrentIndex(FormContent);
    Q_EMIT titleChanged(tr("Pack %1").arg(safeText(pack.name)));
    updateControls();
}

void PackPage::showProblems(const engine::Error &error)
{
    m_title->setText(tr("Pack that cannot be used"));
    m_description->setText(safeText(m_path));
    m_digest->setDigest({});
    m_problems->setError(error);
    m_stack->setCurrentIndex(ProblemsContent);
    m_message->showError(tr("The pack could not be read."), {error.code, error.message, error.where, {}});
    updateControls();
}

void PackPage::plan()
{
    const Result<QJsonObject> inputs = m_form->check();
    if (!inputs) {
        m_message->showMessage(MessageBar::Kind::Warning, tr("Some inputs need your attention."));
        return;
    }
    m_message->clear();
    m_planning = true;
    updateControls();
    const engine::PlanRequest request{m_path, *inputs};
    const int question = ++m_question;
    engine::whenDone(m_service->plan(request), this,
                     [this, question, request](const Result<engine::PlanPreview> &preview) {
                         if (question == m_question)
                             showPlan(request, preview);
                     });
}

void PackPage::showPlan(const engine::PlanRequest &request, const Result<engine::PlanPreview> &preview)
{
    m_planning = false;
    if (preview) {
        m_planned = Planned{request, preview->planHash};
        m_preview->setPreview(*preview);
    } else {
        m_planned.reset();
        m_preview->clear();
        const QList<engine::Error> others = m_form->showErrors(preview.error());
        if (others.isEmpty())
            m_message->showMessage(MessageBar::Kind::Warning, tr("Some inputs need your attention."));
        else
            m_message->showError(tr("The pack could not be planned."), engine::combined(others));
    }
    updateControls();
}

void PackPage::start()
{
    if (!isCurrent())
        return;
    m_starting = true;
    m_message->clear();
    updateControls();
    const int question = ++m_question;
    const engine::RunRequest request{m_planned->request, m_planned->planHash, {}};
    engine::whenDone(m_service->submit(request), this, [this, question](const Result<engine::RunId> &run) {
        if (question == m_question)
            showStart(run);
        else if (run)
            Q_EMIT runStarted(*run); // The page moved on, the run exists all the same.
    });
}

void PackPage::showStart(const Result<engine::RunId> &run)
{
    m_starting = false;
    if (run) {
        Q_EMIT runStarted(*run);
    } else {
        if (run.error().code == engine::ErrorCode::PlanHashMismatch)
            m_planned.reset(); // The pack's or an input's file is another by now.
        m_message->showError(tr("The run was not started."), run.error());
        if (!m_planned)
            m_preview->clear();
    }
    updateControls();
}

void PackPage::updateControls()
{
    const bool hasForm = m_stack->currentIndex() == FormContent;
    const bool busy = m_planning || m_starting;
    m_plan->setEnabled(hasForm && !busy);
    m_plan->setText(m_planning ? tr("Planning…") : tr("&Plan and Simulate"));
    m_form->setEnabled(!busy);
    if (m_planned)
        m_preview->setCurrent(isCurrent());
    m_start->setEnabled(hasForm && !busy && isCurrent());
    m_start->setText(m_starting ? tr("Starting…") : tr("&Start Run"));
}

bool PackPage::isCurrent() const
{
    if (!m_planned)
        return false;
    const Result<QJsonObject> inputs = m_form->values();
    return inputs && *inputs == m_planned->request.inputs;
}

} // namespace ui
