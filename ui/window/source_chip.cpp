#include "ui/window/source_chip.h"

#include "ui/common/page_parts.h"
#include "ui/common/safe_text.h"
#include "ui/common/state_chip.h"

#include <QHBoxLayout>
#include <QLabel>

namespace ui {

using namespace Qt::StringLiterals;

SourceChip::SourceChip(QWidget *parent)
    : QWidget(parent)
    , m_chip(new StateChip(this))
    , m_dataDir(quietLabel({}, this))
{
    setObjectName(u"sourceChip"_s);
    m_dataDir->setObjectName(u"dataDir"_s);
    m_dataDir->setWordWrap(false);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(pageMargin(this) / 2, 0, pageMargin(this) / 2, 0);
    layout->setSpacing(pageMargin(this));
    layout->addWidget(m_chip);
    layout->addWidget(m_dataDir);
    refresh();
}

void SourceChip::setSource(const engine::ServiceInfo &info)
{
    m_info = info;
    refresh();
}

void SourceChip::setTrouble(const engine::Error &trouble)
{
    m_trouble = trouble;
    refresh();
}

void SourceChip::refresh()
{
    const QString source = safeText(m_info.source);
    if (!m_trouble.message.isEmpty())
        m_chip->setState(engine::RunState::Failed, tr("%1: trouble").arg(source));
    else if (source.isEmpty())
        m_chip->setState(engine::RunState::Queued, tr("Opening…"));
    else
        m_chip->setState(engine::RunState::Succeeded, tr("%1: ready").arg(source));
    m_dataDir->setText(safeText(m_info.dataDir));
    setAccessibleName(tr("Source %1").arg(m_chip->word()));
    setAccessibleDescription(m_dataDir->text());
}

} // namespace ui
