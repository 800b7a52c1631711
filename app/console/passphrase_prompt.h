#pragma once

#include "engine/base/secret_bytes.h"

#include <QList>
#include <QMutex>
#include <QPromise>

#include <memory>

class QWidget;

struct TypedPassphrase
{
    engine::SecretBytes passphrase{};
    bool isToBeRemembered = false; ///< In the keyring, once it was right.
};

/// Asks for passphrases with a dialog over a window, on behalf of threads that need a key.
///
/// Outlives the service that asks; the window is closed to questions before it goes.
class PassphrasePrompt
{
public:
    /// From here on questions are shown over this window. GUI thread.
    void open(QWidget *window);
    /// No more questions; those that are open are answered with Cancelled. GUI thread.
    void close();

    /// Any thread but the GUI's; blocks until the person has answered. Fails with Cancelled, and with
    /// PassphraseNeeded when there is no window.
    engine::Result<TypedPassphrase> ask(const engine::PassphraseQuestion &question);

private:
    /// What a thread waits for.
    struct Question
    {
        engine::PassphraseQuestion asked{};
        QPromise<void> answered{};
        TypedPassphrase typed{}; ///< Empty: the person did not want to give one.
    };
    using QuestionPtr = std::shared_ptr<Question>;

    void show(const QuestionPtr &question, QWidget *window); ///< GUI thread.
    void answer(const QuestionPtr &question, TypedPassphrase typed);

    QMutex m_mutex; ///< Guards what follows.
    QWidget *m_window = nullptr;
    QList<QuestionPtr> m_open;
};
