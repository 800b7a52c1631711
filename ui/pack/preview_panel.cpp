#include "ui/pack/preview_panel.h"

#include "engine/base/json.h"
#include "ui/common/digest_label.h"
#include "ui/common/empty_state.h"
#include "ui/common/message_bar.h"
#include "ui/common/page_parts.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/pack/simulation_model.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QTreeView *makeTree(SimulationModel *model, QWidget *parent)
{
    auto *tree = new QTreeView(parent);
    tree->setObjectName(u"simulationTree"_s);
    tree->setAccessibleName(PreviewPanel::tr("Simulation: what would happen, step by step"));
    tree->setModel(model);
    tree->setUniformRowHeights(true);
    tree->setTabKeyNavigation(false);
    tree->setFrameShape(QFrame::NoFrame);
    tree->header()->setStretchLastSection(true);
    return tree;
}

QPlainTextEdit *makeText(QWidget *parent)
{
    auto *text = new QPlainTextEdit(parent);
    text->setObjectName(u"canonicalPlan"_s);
    text->setAccessibleName(PreviewPanel::tr("The plan as JSON"));
    text->setReadOnly(true);
    text->setFont(monospaceFont());
    text->setLineWrapMode(QPlainTextEdit::NoWrap);
    text->setFrameShape(QFrame::NoFrame);
    text->setTabChangesFocus(true);
    return text;
}

} // namespace

PreviewPanel::PreviewPanel(QWidget *parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget(this))
    , m_mark(new MessageBar(this))
    , m_hash(new DigestLabel(tr("plan hash"), this))
    , m_summary(quietLabel({}, this))
    , m_model(new SimulationModel(this))
    , m_tree(makeTree(m_model, this))
    , m_canonical(makeText(this))
    , m_tabs(new QTabWidget(this))
{
    m_mark->setObjectName(u"simulationMark"_s);
    m_mark->setClosable(false);
    m_hash->setObjectName(u"planHash"_s);
    m_stack->addWidget(
        new EmptyState(tr("Not planned yet"),
                       tr("Fill in the inputs and plan: you will see every step, what would happen to "
                          "it and the hash that names the plan. Nothing is run by planning.")));
    m_stack->addWidget(makeContent());
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
}

QWidget *PreviewPanel::makeContent()
{
    auto *content = new QWidget;
    auto *layout = new QVBoxLayout(content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(pageMargin(this) / 2);
    layout->addWidget(m_mark);
    auto *hash = new QHBoxLayout;
    hash->addWidget(new QLabel(tr("Plan hash"), content));
    hash->addWidget(m_hash, 1);
    layout->addLayout(hash);
    layout->addWidget(m_summary);
    m_tabs->setObjectName(u"planTabs"_s);
    m_tabs->addTab(m_tree, tr("Simulation"));
    m_tabs->addTab(m_canonical, tr("Plan"));
    layout->addWidget(m_tabs, 1);
    return content;
}

void PreviewPanel::setPreview(const engine::PlanPreview &preview)
{
    m_hash->setDigest(preview.planHash);
    m_model->reset(preview);
    const auto isNested = [](const engine::OutlineNode &node) { return node.parent >= 0; };
    m_tree->setRootIsDecorated(std::ranges::any_of(preview.outline, isNested));
    m_tree->expandAll();
    for (int column = 0; column < SimulationModel::ReasonColumn; ++column)
        m_tree->resizeColumnToContents(column);
    m_summary->setText(tr("Steps: %1 · Waves: %2 · Approvals to wait for: %3")
                           .arg(preview.outline.size())
                           .arg(preview.simulation.waves)
                           .arg(preview.simulation.approvals));
    const auto parsed = engine::parseJson(preview.canonical);
    m_canonical->setPlainText(QString::fromUtf8(parsed ? engine::prettyJson(*parsed) : preview.canonical));
    m_stack->setCurrentIndex(1);
    setCurrent(true);
}

void PreviewPanel::setCurrent(bool current)
{
    if (current)
        m_mark->showMessage(MessageBar::Kind::Info, tr("Simulation: nothing was run."));
    else
        m_mark->showMessage(
            MessageBar::Kind::Warning,
            tr("The inputs were changed: this plan is outdated. Plan again before you start."));
    m_tabs->setEnabled(current);
    m_hash->setEnabled(current);
}

void PreviewPanel::clear()
{
    m_model->reset({});
    m_canonical->clear();
    m_hash->setDigest({});
    m_stack->setCurrentIndex(0);
}

} // namespace ui
