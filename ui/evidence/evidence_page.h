#pragma once

#include "engine/api/evidence_verifier.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace ui {

class ChecksModel;
class DigestLabel;
class HeadlineFrame;
class MessageBar;

/// The verification of one evidence bundle: the headline, every check, and what the bundle says of itself.
class EvidencePage : public QWidget
{
    Q_OBJECT
public:
    EvidencePage(engine::EvidenceVerifier *verifier, const QString &bundlePath, QWidget *parent = nullptr);

    void verify();

private:
    QWidget *makeHeader();
    QWidget *makeClaims();
    void showReport(const engine::VerificationReport &report);
    void chooseReportFile();
    void setClaim(QLabel *label, const QString &text);

    engine::EvidenceVerifier *m_verifier;
    const QString m_path;
    int m_question = 0; ///< Answers to earlier questions are dropped.

    HeadlineFrame *m_headline;
    MessageBar *m_message;
    ChecksModel *m_checks;
    QWidget *m_results = nullptr;
    QLabel *m_claimsTitle;
    QLabel *m_pack;
    QLabel *m_run;
    QLabel *m_outcome;
    DigestLabel *m_planHash;
    DigestLabel *m_signer;
    DigestLabel *m_digest;
    QPushButton *m_export;
    QPushButton *m_again;
    engine::VerificationReport m_report{}; ///< The one that is shown.
};

} // namespace ui
