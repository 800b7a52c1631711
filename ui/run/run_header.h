#pragma once

#include "engine/api/values.h"
#include "ui/run/run_steps.h"

#include <QWidget>

class QBoxLayout;
class QLabel;
class QMenu;
class QPushButton;

namespace ui {

class DigestLabel;
class StateChip;

/// The top of a run's page: what it is, where it stands, and what can be done with it.
class RunHeader : public QWidget
{
    Q_OBJECT
public:
    explicit RunHeader(QWidget *parent = nullptr);

    void setRun(const engine::RunSummary &run);
    void setProgress(const RunProgress &progress);
    void setOpenGates(const QList<engine::GateRequest> &gates);  ///< Those that wait.
    void setAnchors(const QList<engine::AnchorRecord> &anchors); ///< Who witnesses the evidence.
    void setBusy(bool exporting);                                ///< Evidence is being written.

Q_SIGNALS:
    void gateRequested(const QString &path);
    void cancelRequested();
    void exportRequested();
    void timelineRequested();
    void verifyRequested();

private:
    void makeButtons(QBoxLayout *row);
    QPushButton *makeButton(const QString &name, const QString &text);

    StateChip *m_state;
    QLabel *m_title;
    QLabel *m_progress;
    QLabel *m_facts;
    QLabel *m_reason;
    QLabel *m_anchors;
    DigestLabel *m_planHash;
    QPushButton *m_review = nullptr;
    QMenu *m_gates = nullptr;
    QPushButton *m_cancel = nullptr;
    QPushButton *m_timeline = nullptr;
    QPushButton *m_export = nullptr;
    QPushButton *m_verify = nullptr;
    QList<engine::GateRequest> m_openGates;
    bool m_isFinal = false;
    bool m_busy = false;
};

/// "4 of 9 steps done, 1 running, 1 waiting for a person, 1 with a problem"; what is zero is left out.
QString progressWords(const RunProgress &progress);

/// "Transparency log: verified (entry 7 of “log.example”) · Timestamp: pending"; empty when there are none.
QString anchorWords(const QList<engine::AnchorRecord> &anchors);

} // namespace ui
