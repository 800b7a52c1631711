#include "app/console/passphrase_prompt.h"

#include "ui/gate/passphrase_dialog.h"

#include <QApplication>
#include <QFuture>

using namespace Qt::StringLiterals;
using engine::Error;
using engine::ErrorCode;

void PassphrasePrompt::open(QWidget *window)
{
    const QMutexLocker guard(&m_mutex);
    m_window = window;
}

void PassphrasePrompt::close()
{
    QList<QuestionPtr> open;
    {
        const QMutexLocker guard(&m_mutex);
        m_window = nullptr;
        open = m_open;
    }
    for (const QuestionPtr &question : open)
        answer(question, {});
}

engine::Result<TypedPassphrase> PassphrasePrompt::ask(const engine::PassphraseQuestion &asked)
{
    auto question = std::make_shared<Question>();
    question->asked = asked;
    question->answered.start();
    QFuture<void> answered = question->answered.future();
    {
        const QMutexLocker guard(&m_mutex);
        if (!m_window)
            return Error{
                ErrorCode::PassphraseNeeded,
                u"the passphrase of the key \"%1\" is needed, and there is no window to ask in"_s.arg(
                    asked.keyName),
                {},
                {}};
        m_open += question;
        // The window goes only after close(), which waits for this.
        QMetaObject::invokeMethod(m_window, [this, question, window = m_window] { show(question, window); });
    }
    answered.waitForFinished();
    if (question->typed.passphrase.isEmpty())
        return Error{ErrorCode::Cancelled, u"no passphrase was given, so nothing was signed"_s, {}, {}};
    return std::move(question->typed);
}

void PassphrasePrompt::show(const QuestionPtr &question, QWidget *window)
{
    QWidget *const above = QApplication::activeModalWidget();
    auto *dialog = new ui::PassphraseDialog(question->asked, above ? above : window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QDialog::accepted, dialog, [this, question, dialog] {
        answer(question, {dialog->takePassphrase(), dialog->isToBeRemembered()});
    });
    // Also when the dialog goes with the window over which it stands.
    QObject::connect(dialog, &QObject::destroyed, qApp, [this, question] { answer(question, {}); });
    dialog->open();
}

/// The first answer counts.
void PassphrasePrompt::answer(const QuestionPtr &question, TypedPassphrase typed)
{
    const QMutexLocker guard(&m_mutex);
    if (!m_open.removeOne(question))
        return;
    question->typed = std::move(typed);
    question->answered.finish();
}
