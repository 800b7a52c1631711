#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/digest_label.h"
#include "ui/common/message_bar.h"
#include "ui/evidence/checks_model.h"
#include "ui/evidence/evidence_page.h"
#include "ui/evidence/headline_text.h"
#include "ui/evidence/report_export.h"

#include <QAbstractItemModelTester>
#include <QFile>
#include <QFileDialog>
#include <QLabel>
#include <QPushButton>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::Headline;

class TestEvidencePage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void headlines_data();
    void headlines();
    void onlyGoodSoundsGood();
    void checksModel();
    void showsClaimsAsSafeText();
    void unreadableIsNoHeadline();
    void verifiesAgain();
    void namesReportFormats();
    void exportsReports_data();
    void exportsReports();
    void exportsWhatIsShown();
};

void TestEvidencePage::headlines_data()
{
    QTest::addColumn<Headline>("headline");
    QTest::addColumn<QString>("title");

    QTest::newRow("tampered") << Headline::Tampered << u"This bundle was tampered with"_s;
    QTest::newRow("incomplete") << Headline::Incomplete << u"Parts of this bundle are missing"_s;
    QTest::newRow("not checkable") << Headline::NotCheckable << u"This bundle could not be checked"_s;
    QTest::newRow("revoked key") << Headline::RevokedKey << u"The key that signed this bundle was revoked"_s;
    QTest::newRow("unknown key") << Headline::UnknownKey
                                 << u"This bundle is signed with a key you do not know"_s;
    QTest::newRow("untrusted") << Headline::UntrustedForPurpose
                               << u"The signing key is not trusted for evidence"_s;
    QTest::newRow("expired key") << Headline::ExpiredKey << u"The signing key was not valid at the time"_s;
    QTest::newRow("unsigned") << Headline::Unsigned << u"This bundle is not signed"_s;
    QTest::newRow("good") << Headline::Good << u"This bundle is genuine and complete"_s;
}

void TestEvidencePage::headlines()
{
    QFETCH(Headline, headline);
    QFETCH(QString, title);
    FakeEvidenceVerifier verifier;
    verifier.result = sample::report(headline);
    ui::EvidencePage page(&verifier, u"/bundles/run.evidence.tar"_s);
    page.show();

    auto *shown = page.findChild<QLabel *>(u"headlineTitle"_s);
    QCOMPARE(shown->text(), u"Verifying…"_s);
    QTRY_COMPARE(shown->text(), title);
    QCOMPARE(page.findChild<QLabel *>(u"headlineAdvice"_s)->text(), ui::headlineAdvice(headline));
    QCOMPARE(page.findChild<QLabel *>(u"claimsTitle"_s)->text(),
             headline == Headline::Good ? u"What the bundle proves"_s
                                        : u"What the bundle says of itself: claims, not proven"_s);
    // The headline stands outside of everything that comes from the bundle.
    QVERIFY(!page.findChild<QWidget *>(u"claims"_s)->isAncestorOf(shown));
}

void TestEvidencePage::onlyGoodSoundsGood()
{
    QSet<QString> titles;
    QSet<QString> advice;
    for (int i = 0; i <= int(Headline::Good); ++i) {
        const auto headline = Headline(i);
        titles.insert(ui::headlineTitle(headline));
        advice.insert(ui::headlineAdvice(headline));
        QCOMPARE(ui::headlineTitle(headline).contains(u"genuine"_s), headline == Headline::Good);
        QCOMPARE(ui::headlineTitle(headline).contains(u"tampered"_s), headline == Headline::Tampered);
    }
    QCOMPARE(titles.size(), 9);
    QCOMPARE(advice.size(), 9);
}

void TestEvidencePage::checksModel()
{
    ui::ChecksModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.reset(sample::report(Headline::Tampered).checks);

    QStringList words;
    for (int row = 0; row < model.rowCount(); ++row)
        words += model.index(row, ui::ChecksModel::ResultColumn).data().toString();
    QCOMPARE(words.join(u", "_s), u"Passed, Failed, Not run"_s);
    QCOMPARE(model.index(1, ui::ChecksModel::DetailColumn).data().toString(),
             u"plan.json has another digest"_s);
}

void TestEvidencePage::showsClaimsAsSafeText()
{
    FakeEvidenceVerifier verifier;
    engine::VerificationReport report = sample::report(Headline::UnknownKey);
    report.packName = u"<b>x</b>\u202E"_s;
    report.outcome.clear();
    verifier.result = report;
    ui::EvidencePage page(&verifier, u"/bundles/\u202Egood.tar"_s);

    QTRY_VERIFY(!page.findChild<QLabel *>(u"claimsTitle"_s)->text().isEmpty());
    QStringList texts;
    for (const QLabel *label : page.findChild<QWidget *>(u"claims"_s)->findChildren<QLabel *>()) {
        QCOMPARE(label->textFormat(), Qt::PlainText);
        texts += label->text();
    }
    QVERIFY(texts.contains(u"<b>x</b><U+202E> 1.0.0"_s));
    QVERIFY(texts.contains(u"not known"_s));
    QCOMPARE(page.findChild<QLabel *>(u"bundlePath"_s)->text(), u"/bundles/<U+202E>good.tar"_s);
}

void TestEvidencePage::unreadableIsNoHeadline()
{
    FakeEvidenceVerifier verifier;
    verifier.result = engine::Error{engine::ErrorCode::NotFound, u"/x.tar does not exist"_s, {}, {}};
    ui::EvidencePage page(&verifier, u"/x.tar"_s);
    page.show();

    auto *message = page.findChild<ui::MessageBar *>(u"evidenceMessage"_s);
    QTRY_VERIFY(message->isVisible());
    QCOMPARE(message->text(), u"The bundle could not be read, so nothing was verified. It does not exist."_s);
    QVERIFY(!page.findChild<QWidget *>(u"headlineFrame"_s)->isVisible());
    QVERIFY(!page.findChild<QWidget *>(u"claims"_s)->isVisible());
}

void TestEvidencePage::verifiesAgain()
{
    FakeEvidenceVerifier verifier;
    verifier.result = sample::report(Headline::Good);
    ui::EvidencePage page(&verifier, u"/x.tar"_s);
    auto *title = page.findChild<QLabel *>(u"headlineTitle"_s);
    QTRY_COMPARE(title->text(), ui::headlineTitle(Headline::Good));

    verifier.result = sample::report(Headline::Tampered);
    QTest::mouseClick(page.findChild<QPushButton *>(u"verifyAgain"_s), Qt::LeftButton);

    QCOMPARE(title->text(), u"Verifying…"_s); // What was known is not shown as if it still were.
    QTRY_COMPARE(title->text(), ui::headlineTitle(Headline::Tampered));
    QCOMPARE(verifier.verified.size(), 2);
}

void TestEvidencePage::namesReportFormats()
{
    QVERIFY(ui::reportFormatOf(u"/x/report.TXT"_s) == ui::ReportFormat::Text);
    QVERIFY(ui::reportFormatOf(u"/x/report.json"_s) == ui::ReportFormat::Json);
    QVERIFY(ui::reportFormatOf(u"/x/report.htm"_s) == ui::ReportFormat::Html);
    QVERIFY(ui::reportFormatOf(u"/x/report.html"_s) == ui::ReportFormat::Html);
    QVERIFY(ui::reportFormatOf(u"/x/report"_s) == ui::ReportFormat::Pdf);
}

void TestEvidencePage::exportsReports_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("start");
    QTest::newRow("text") << u"r.txt"_s << QByteArray("TAMPERED  /bundles/run.evidence.tar\n");
    QTest::newRow("JSON") << u"r.json"_s << QByteArray(R"({"bundle":"/bundles/run.evidence.tar")");
    QTest::newRow("HTML") << u"r.html"_s << QByteArray("<!DOCTYPE html>\n");
    QTest::newRow("PDF") << u"r.pdf"_s << QByteArray("%PDF-1.");
}

void TestEvidencePage::exportsReports()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, start);
    const QTemporaryDir folder;
    const engine::VerificationReport report = sample::report(Headline::Tampered);
    const auto written = ui::exportReport(report, folder.filePath(name));
    QVERIFY2(written, written ? "" : qPrintable(written.error().message));
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    QVERIFY2(bytes.startsWith(start), bytes.left(100).constData());
    QVERIFY(bytes.size() > start.size() + 100);

    const auto failed = ui::exportReport(report, folder.filePath(u"no/"_s + name));
    QVERIFY(!failed);
    QVERIFY2(failed.error().message.startsWith(u"cannot write \"%1/no/%2\": "_s.arg(folder.path(), name)),
             qPrintable(failed.error().message));
}

void TestEvidencePage::exportsWhatIsShown()
{
    const QTemporaryDir folder;
    FakeEvidenceVerifier verifier;
    verifier.result = sample::report(Headline::ExpiredKey);
    ui::EvidencePage page(&verifier, u"/bundles/run.evidence.tar"_s);
    auto *button = page.findChild<QPushButton *>(u"exportReport"_s);
    QVERIFY(!button->isEnabled()); // Nothing is known yet.
    QTRY_VERIFY(button->isEnabled());

    button->click();
    auto *dialog = page.findChild<QFileDialog *>(u"reportFile"_s);
    QVERIFY(dialog);
    Q_EMIT dialog->fileSelected(folder.filePath(u"report.txt"_s));
    QFile file(folder.filePath(u"report.txt"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(file.readAll()), sample::report(Headline::ExpiredKey).toText());
    auto *message = page.findChild<ui::MessageBar *>(u"evidenceMessage"_s);
    QCOMPARE(message->text(), u"The report was written."_s);
    QCOMPARE(message->details(), folder.filePath(u"report.txt"_s));

    verifier.result = engine::Error{engine::ErrorCode::NotFound, u"/x.tar does not exist"_s, {}, {}};
    page.verify();
    QTRY_VERIFY(message->text().startsWith(u"The bundle could not be read"_s));
    QVERIFY(!button->isEnabled());
}

QTEST_MAIN(TestEvidencePage)
#include "tst_evidence_page.moc"
