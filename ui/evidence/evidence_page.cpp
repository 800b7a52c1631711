#include "ui/evidence/evidence_page.h"

#include "engine/base/when_done.h"
#include "ui/common/digest_label.h"
#include "ui/common/message_bar.h"
#include "ui/common/page_parts.h"
#include "ui/common/safe_text.h"
#include "ui/common/table.h"
#include "ui/evidence/checks_model.h"
#include "ui/evidence/headline_frame.h"
#include "ui/evidence/report_export.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

EvidencePage::EvidencePage(engine::EvidenceVerifier *verifier, const QString &bundlePath, QWidget *parent)
    : QWidget(parent)
    , m_verifier(verifier)
    , m_path(bundlePath)
    , m_headline(new HeadlineFrame(this))
    , m_message(new MessageBar(this))
    , m_checks(new ChecksModel(this))
    , m_results(new QWidget(this))
    , m_claimsTitle(sectionTitle({}, this))
    , m_pack(plainLabel({}, this))
    , m_run(plainLabel({}, this))
    , m_outcome(plainLabel({}, this))
    , m_planHash(new DigestLabel(tr("plan hash"), this))
    , m_signer(new DigestLabel(tr("id of the signing key"), this))
    , m_digest(new DigestLabel(tr("digest of the bundle"), this))
    , m_export(new QPushButton(tr("Export &Report…"), this))
    , m_again(new QPushButton(tr("&Verify Again"), this))
{
    m_message->setObjectName(u"evidenceMessage"_s);
    m_claimsTitle->setObjectName(u"claimsTitle"_s);
    m_export->setObjectName(u"exportReport"_s);
    m_export->setToolTip(tr("The verdict and every check, as PDF, HTML, text or JSON"));
    m_export->setAutoDefault(false);
    connect(m_export, &QPushButton::clicked, this, &EvidencePage::chooseReportFile);
    m_again->setObjectName(u"verifyAgain"_s);
    m_again->setAutoDefault(false);
    connect(m_again, &QPushButton::clicked, this, &EvidencePage::verify);
    auto *table = makeTable(m_checks, u"checksTable"_s, tr("Checks"), m_results);

    auto *results = new QVBoxLayout(m_results);
    const int margin = pageMargin(this);
    results->setContentsMargins(0, 0, 0, 0);
    results->setSpacing(margin / 2);
    results->addWidget(sectionTitle(tr("Checks"), m_results));
    results->addWidget(table, 1);
    results->addSpacing(margin / 2);
    results->addWidget(m_claimsTitle);
    results->addWidget(makeClaims());

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(margin * 3 / 4);
    layout->addWidget(makeHeader());
    layout->addWidget(m_message);
    layout->addWidget(m_headline);
    layout->addWidget(m_results, 1);
    layout->addStretch();
    verify();
}

QWidget *EvidencePage::makeHeader()
{
    auto *header = new QWidget(this);
    auto *layout = new QHBoxLayout(header);
    layout->setContentsMargins(0, 0, 0, 0);
    auto *texts = new QVBoxLayout;
    texts->addWidget(pageTitle(tr("Evidence"), header));
    auto *path = plainLabel({}, header);
    path->setObjectName(u"bundlePath"_s);
    path->setText(safeText(m_path));
    texts->addWidget(path);
    layout->addLayout(texts, 1);
    layout->addWidget(m_export, 0, Qt::AlignTop);
    layout->addWidget(m_again, 0, Qt::AlignTop);
    return header;
}

QWidget *EvidencePage::makeClaims()
{
    auto *claims = new QFrame(m_results);
    claims->setObjectName(u"claims"_s);
    claims->setFrameShape(QFrame::StyledPanel);
    auto *form = new QFormLayout(claims);
    const int margin = pageMargin(this);
    form->setContentsMargins(margin, margin / 2, margin, margin / 2);
    form->setHorizontalSpacing(margin);
    form->setLabelAlignment(Qt::AlignLeading);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const std::initializer_list<std::pair<QString, QWidget *>> rows = {
        {tr("Pack"), m_pack},
        {tr("Run"), m_run},
        {tr("Outcome"), m_outcome},
        {tr("Plan hash"), m_planHash},
        {tr("Signed by key"), m_signer},
        {tr("Bundle SHA-256"), m_digest},
    };
    for (const auto &[name, value] : rows)
        form->addRow(quietLabel(name, claims), value);
    return claims;
}

void EvidencePage::verify()
{
    const int question = ++m_question;
    m_again->setEnabled(false);
    m_export->setEnabled(false);
    m_results->setVisible(false);
    m_headline->setVisible(true);
    m_headline->setBusy(tr("Verifying…"));
    m_message->clear();
    engine::whenDone(m_verifier->verify(m_path), this,
                     [this, question](const engine::Result<engine::VerificationReport> &report) {
                         if (question != m_question)
                             return;
                         m_again->setEnabled(true);
                         if (report) {
                             showReport(*report);
                         } else {
                             m_headline->setVisible(false);
                             m_message->showError(
                                 tr("The bundle could not be read, so nothing was verified."),
                                 report.error());
                         }
                     });
}

void EvidencePage::showReport(const engine::VerificationReport &report)
{
    m_report = report;
    m_export->setEnabled(true);
    m_headline->setHeadline(report.headline);
    m_checks->reset(report.checks);
    m_claimsTitle->setText(report.isGood() ? tr("What the bundle proves")
                                           : tr("What the bundle says of itself: claims, not proven"));
    setClaim(m_pack, report.packName.isEmpty() ? QString() : report.packName + u' ' + report.packVersion);
    setClaim(m_run, report.runId);
    setClaim(m_outcome, report.outcome);
    m_planHash->setDigest(report.planHash);
    m_signer->setDigest(report.signerKeyId);
    m_digest->setDigest(report.bundleSha256);
    m_results->setVisible(true);
}

void EvidencePage::chooseReportFile()
{
    auto *dialog = new QFileDialog(this, tr("Export Report"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(u"reportFile"_s);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("PDF (*.pdf)"), tr("HTML (*.html)"), tr("Text (*.txt)"), tr("JSON (*.json)")});
    dialog->setDefaultSuffix(u"pdf"_s);
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.section(u"*."_s, 1).chopped(1));
    });
    dialog->selectFile(QFileInfo(m_path).completeBaseName() + u".verification.pdf"_s);
    // What was on the page when the button was pressed, whatever is verified meanwhile.
    connect(dialog, &QFileDialog::fileSelected, this, [this, report = m_report](const QString &path) {
        if (const auto written = exportReport(report, path); written)
            m_message->showMessage(MessageBar::Kind::Info, tr("The report was written."), path);
        else
            m_message->showError(tr("The report could not be written."), written.error());
    });
    dialog->open();
}

void EvidencePage::setClaim(QLabel *label, const QString &text)
{
    label->setText(text.isEmpty() ? tr("not known") : safeText(text));
}

} // namespace ui
