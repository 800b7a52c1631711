#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/digest_label.h"
#include "ui/common/message_bar.h"
#include "ui/evidence/checks_model.h"
#include "ui/evidence/evidence_page.h"
#include "ui/evidence/headline_text.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QPushButton>
#include <QSet>
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

QTEST_MAIN(TestEvidencePage)
#include "tst_evidence_page.moc"
