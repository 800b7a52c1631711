#include "ui/gate/passphrase_dialog.h"

#include "ui/common/safe_text.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include <utility>

namespace ui {

using namespace Qt::StringLiterals;

PassphraseDialog::PassphraseDialog(const engine::PassphraseQuestion &question, QWidget *parent)
    : QDialog(parent)
    , m_field(new QLineEdit(this))
    , m_remember(new QCheckBox(tr("&Remember it in the keyring of this session"), this))
{
    setObjectName(u"passphraseDialog"_s);
    setWindowTitle(question.isPin ? tr("PIN of a Token") : tr("Passphrase of a Key"));
    //: %1 is the name of the person whose key it is.
    auto *why =
        plainLabel(tr("What you decide is signed with the key of %1.").arg(safeText(question.keyName)), this);
    why->setObjectName(u"passphraseReason"_s);
    why->setWordWrap(true);
    m_field->setObjectName(u"passphrase"_s);
    m_field->setEchoMode(QLineEdit::Password);
    m_field->setMaxLength(int(engine::maxPassphraseBytes));
    m_field->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText
                                 | Qt::ImhNoAutoUppercase);

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    QPushButton *sign = buttons->addButton(tr("Sign"), QDialogButtonBox::AcceptRole);
    sign->setObjectName(u"sign"_s);
    sign->setDefault(true);
    sign->setEnabled(false);
    connect(m_field, &QLineEdit::textChanged, sign,
            [sign](const QString &text) { sign->setEnabled(!text.isEmpty()); });
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto *form = new QFormLayout(this);
    form->addRow(why);
    if (question.attempt > 0) {
        auto *wrong = plainLabel(
            question.isPin ? tr("That was not the PIN.") : tr("That was not the passphrase."), this);
        wrong->setObjectName(u"wrong"_s);
        form->addRow(wrong);
    }
    form->addRow(question.isPin ? tr("&PIN:") : tr("&Passphrase:"), m_field);
    m_remember->setObjectName(u"remember"_s);
    m_remember->setVisible(!question.isPin);
    form->addRow(QString(), m_remember);
    form->addRow(buttons);
    m_field->setFocus();
}

PassphraseDialog::~PassphraseDialog()
{
    wipe();
}

engine::SecretBytes PassphraseDialog::takePassphrase()
{
    QString text = m_field->text();
    QByteArray bytes = text.toUtf8();
    auto passphrase = engine::SecretBytes::copyOf(bytes);
    bytes.fill('\0');
    wipe();
    text.fill(u'\0'); // The last one that shares these characters.
    return passphrase;
}

bool PassphraseDialog::isToBeRemembered() const
{
    return m_remember->isChecked();
}

/// Overwrites the field's own characters before it lets go of them.
void PassphraseDialog::wipe()
{
    m_field->setText(QString(m_field->text().size(), u'x'));
    m_field->clear();
}

} // namespace ui
