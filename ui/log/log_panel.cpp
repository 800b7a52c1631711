#include "ui/log/log_panel.h"

#include "ui/common/message_bar.h"
#include "ui/common/safe_text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QShortcut>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

LogPanel::LogPanel(engine::RunService *service, QWidget *parent)
    : QWidget(parent)
    , m_view(new LogView(service, this))
    , m_message(new MessageBar(this))
    , m_onlyStep(new QCheckBox(this))
    , m_text(new QLineEdit(this))
    , m_note(new QLabel(this))
{
    auto *controls = new QHBoxLayout;
    addControls(controls);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addLayout(controls);
    column->addWidget(m_message);
    column->addWidget(m_view, 1);

    connect(m_view, &LogView::stepSelected, this, &LogPanel::stepSelected);
    connect(m_view, &LogView::failed, this, [this](const engine::Error &error) {
        m_message->showError(tr("The log could not be read."), error);
    });
    connect(m_view, &LogView::recovered, m_message, &MessageBar::clear);
    connect(m_view, &LogView::copied, this, [this](qint64 lines, bool truncated) {
        m_note->setText(truncated ? tr("Only the first %n line(s) were copied.", nullptr, int(lines))
                                  : tr("%n line(s) copied.", nullptr, int(lines)));
        QTimer::singleShot(5000, m_note, &QLabel::clear);
    });
    setStep({}, {});
}

void LogPanel::addControls(QBoxLayout *row)
{
    auto *title = new QLabel(tr("&Log"), this);
    title->setBuddy(m_view);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);

    m_onlyStep->setObjectName(u"onlyThisStep"_s);
    connect(m_onlyStep, &QCheckBox::toggled, this, &LogPanel::applyFilter);

    m_text->setObjectName(u"logText"_s);
    m_text->setPlaceholderText(tr("Show only lines that contain…"));
    m_text->setAccessibleName(tr("Show only lines that contain this text"));
    m_text->setClearButtonEnabled(true);
    m_text->setMaximumWidth(fontMetrics().averageCharWidth() * 40);
    m_typed.setSingleShot(true);
    m_typed.setInterval(250);
    connect(m_text, &QLineEdit::textChanged, &m_typed, qOverload<>(&QTimer::start));
    connect(m_text, &QLineEdit::returnPressed, this, &LogPanel::applyFilter);
    connect(&m_typed, &QTimer::timeout, this, &LogPanel::applyFilter);
    auto *find = new QShortcut(QKeySequence::Find, this);
    find->setContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QShortcut::activated, m_text, [this] {
        m_text->setFocus(Qt::ShortcutFocusReason);
        m_text->selectAll();
    });

    auto *times = new QComboBox(this);
    times->setObjectName(u"logTimes"_s);
    times->setAccessibleName(tr("Times of the lines"));
    times->addItems({tr("No times"), tr("Local times"), tr("UTC times")});
    connect(times, &QComboBox::currentIndexChanged, this,
            [this](int index) { m_view->setTimeShown(TimeShown(index)); });

    auto *follow = new QCheckBox(tr("&Follow"), this);
    follow->setObjectName(u"follow"_s);
    follow->setToolTip(tr("Keep the newest lines in sight"));
    follow->setChecked(m_view->isFollowing());
    connect(follow, &QCheckBox::clicked, m_view, &LogView::setFollowing);
    connect(m_view, &LogView::followingChanged, follow, &QCheckBox::setChecked);

    row->addWidget(title);
    row->addSpacing(fontMetrics().averageCharWidth() * 2);
    row->addWidget(m_onlyStep);
    row->addStretch(1);
    row->addWidget(m_note);
    row->addWidget(m_text, 2);
    row->addWidget(times);
    row->addWidget(follow);
}

void LogPanel::setRun(const engine::RunId &run, qint64 lastSequence)
{
    m_view->setRun(run, lastSequence);
}

void LogPanel::grow(qint64 lastSequence)
{
    m_view->grow(lastSequence);
}

void LogPanel::setStep(const QString &path, const QString &title)
{
    m_step = path;
    m_onlyStep->setEnabled(!path.isEmpty() || m_onlyStep->isChecked());
    const QString shown =
        fontMetrics().elidedText(title, Qt::ElideRight, fontMetrics().averageCharWidth() * 40);
    m_onlyStep->setText(path.isEmpty() ? tr("&Only this step")
                                       : tr("&Only this step: %1").arg(safeLabel(shown)));
    m_onlyStep->setToolTip(path.isEmpty() ? tr("Choose a step in the graph or in the list first")
                                          : safeText(path).toHtmlEscaped());
    applyFilter();
}

void LogPanel::applyFilter()
{
    m_typed.stop();
    m_view->setFilter({m_onlyStep->isChecked() ? m_step : QString(), m_text->text()});
}

} // namespace ui
