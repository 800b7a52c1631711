#pragma once

#include "engine/base/secret_bytes.h"

#include <QDialog>

class QCheckBox;
class QLineEdit;

namespace ui {

/// Asks for the passphrase of a key, or the PIN of a token, before something is signed. What is typed is not
/// shown.
///
/// Open it with open(), not exec(). Closing it or pressing Escape gives nothing, and nothing is signed then.
class PassphraseDialog : public QDialog
{
    Q_OBJECT
public:
    explicit PassphraseDialog(const engine::PassphraseQuestion &question, QWidget *parent = nullptr);
    ~PassphraseDialog() override;

    /// What was typed, once; the field is emptied. The text passes through Qt's field, whose own copies
    /// cannot all be wiped.
    engine::SecretBytes takePassphrase();
    /// Whether the keyring of the session shall have it, once it was right. Not asked for a PIN.
    bool isToBeRemembered() const;

private:
    void wipe();

    QLineEdit *m_field;
    QCheckBox *m_remember;
};

} // namespace ui
