#pragma once

#include "engine/api/run_service.h"
#include "ui/gate/gate_rules.h"
#include "ui/gate/gate_sheet.h"

#include <QDialog>
#include <QTimer>

class QBoxLayout;
class QLabel;
class QPlainTextEdit;
class QTextEdit;

namespace ui {

class ArmDelay;
class ConfirmationBar;
class DecisionButton;
class MessageBar;
class StateChip;

/// Shows one approval gate and lets a person decide. Open it with show(): the rest of the console stays live.
///
/// No button is the default and Enter decides nothing. A decision takes two clicks in two places, and the
/// buttons sleep for a moment after the window is shown, gets the focus or shows something new. Closing it or
/// Escape decides nothing. When anything that was shown has moved, it says what and starts again.
class ApprovalDialog : public QDialog
{
    Q_OBJECT
public:
    /// @param operatorName  as whom the decision is made; shown
    ApprovalDialog(engine::RunService *service, const engine::RunId &run, const QString &path,
                   const QString &operatorName, QWidget *parent = nullptr);

    const engine::RunId &run() const { return m_run; }
    const QString &gatePath() const { return m_path; }

Q_SIGNALS:
    /// The engine has recorded this person's decision, or that they took it back.
    void decided(const engine::RunId &run, const QString &path);

protected:
    void showEvent(QShowEvent *event) override;
    void changeEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    enum class Phase { Loading, Reading, Confirming, Sending };
    enum class Act { Approve, Reject, Withdraw };

    QWidget *makeHeader();
    QWidget *makeDecision();
    void makeButtons(QBoxLayout *row);

    void load();
    void takeView(quint64 generation, const engine::Result<engine::GateView> &view);
    void takeRun(quint64 generation, const engine::GateView &view,
                 const engine::Result<engine::RunView> &run);
    void showSheet(GateSheet sheet);
    void writeSheet();
    void askToConfirm(Act act);
    void stepBack();
    void send();
    QFuture<engine::Result<>> decide();
    QFuture<engine::Result<>> withdraw();
    void takeAnswer(const engine::Result<> &answer);
    void setPhase(Phase phase);
    void updateControls();
    void updateHeader();
    /// The approval that this person can take back; nullopt: there is none, or nothing was read yet.
    std::optional<engine::Decision> ownApproval() const;
    QString whyNot() const; ///< Why nothing can be decided or taken back just now; empty when it can.
    QString gateTitle() const;
    QString quotedTitle() const; ///< For buttons: short, in quotation marks.

    engine::RunService *const m_service;
    const engine::RunId m_run;
    const QString m_path;
    const QString m_operator;

    Phase m_phase = Phase::Loading;
    std::optional<GateSheet> m_sheet;
    QString m_source;
    Act m_act = Act::Reject;  ///< That is confirmed or under way.
    quint64 m_generation = 0; ///< Of what is being loaded; older answers are dropped.
    ArmDelay *m_arm;
    QTimer m_second;

    StateChip *m_state = nullptr;
    QLabel *m_title = nullptr;
    QLabel *m_summary = nullptr;
    MessageBar *m_message = nullptr;
    ConfirmationBar *m_confirmation = nullptr;
    QTextEdit *m_text = nullptr;
    QWidget *m_decision = nullptr;
    QPlainTextEdit *m_reason = nullptr;
    QLabel *m_reasonLabel = nullptr;
    DecisionButton *m_suggestion = nullptr;
    QLabel *m_status = nullptr;
    DecisionButton *m_close = nullptr;
    DecisionButton *m_reject = nullptr;
    DecisionButton *m_approve = nullptr;
    DecisionButton *m_withdraw = nullptr;
};

} // namespace ui
