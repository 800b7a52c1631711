#include "ui/common/empty_state.h"

#include "ui/common/action_button.h"
#include "ui/common/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

EmptyState::EmptyState(const QString &headline, const QString &sentence, QWidget *parent)
    : QWidget(parent)
    , m_headline(new QLabel(this))
    , m_sentence(new QLabel(this))
    , m_buttons(new QHBoxLayout)
{
    setObjectName(u"emptyState"_s);
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    m_headline->setFont(large);
    for (auto *label : {m_headline, m_sentence}) {
        label->setTextFormat(Qt::PlainText);
        label->setAlignment(Qt::AlignHCenter);
        label->setWordWrap(true);
    }
    setTexts(headline, sentence);
    m_sentence->setMaximumWidth(fontMetrics().averageCharWidth() * 80);

    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(fontMetrics().height());
    layout->addStretch(2);
    layout->addWidget(m_headline);
    auto *narrow = new QHBoxLayout; // An alignment would take the label's wish for its width.
    narrow->addStretch(1);
    narrow->addWidget(m_sentence, 1000);
    narrow->addStretch(1);
    layout->addLayout(narrow);
    m_buttons->setSpacing(fontMetrics().height() / 2);
    m_buttons->addStretch();
    m_buttons->addStretch();
    layout->addLayout(m_buttons);
    layout->addStretch(3);
}

void EmptyState::setTexts(const QString &headline, const QString &sentence)
{
    m_headline->setText(headline);
    m_sentence->setText(sentence);
    setAccessibleName(headline);
    setAccessibleDescription(sentence);
}

void EmptyState::addAction(QAction *action)
{
    m_buttons->insertWidget(m_buttons->count() - 1, buttonFor(action, this)); // Before the last stretch.
}

} // namespace ui
