#include "ui/gate/confirmation_bar.h"

#include "ui/common/safe_text.h"
#include "ui/gate/decision_button.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

ConfirmationBar::ConfirmationBar(QWidget *parent)
    : QFrame(parent)
    , m_question(plainLabel({}, this))
    , m_confirm(new DecisionButton(this))
    , m_back(new DecisionButton(this))
{
    setObjectName(u"confirmation"_s);
    setFrameShape(QFrame::StyledPanel);
    m_question->setObjectName(u"question"_s);
    m_confirm->setObjectName(u"confirm"_s);
    m_back->setObjectName(u"back"_s);
    m_back->setWords(tr("Go back"));
    connect(m_confirm, &QPushButton::clicked, this, &ConfirmationBar::confirmed);
    connect(m_back, &QPushButton::clicked, this, &ConfirmationBar::wentBack);

    auto *rows = new QVBoxLayout(this);
    rows->addWidget(m_question);
    auto *buttons =
        new QHBoxLayout; // At the leading side: the first click was at the trailing side, far below.
    buttons->addWidget(m_confirm);
    buttons->addWidget(m_back);
    buttons->addStretch(1);
    rows->addLayout(buttons);
    hide();
}

void ConfirmationBar::ask(const QString &question, const QString &yes)
{
    m_question->setText(question);
    m_confirm->setWords(yes);
    show();
    m_back->setFocus();
}

void ConfirmationBar::setArmed(bool armed)
{
    m_confirm->setEnabled(armed);
}

} // namespace ui
