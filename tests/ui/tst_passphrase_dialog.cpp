#include "ui/gate/passphrase_dialog.h"

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::PassphraseQuestion;
using ui::PassphraseDialog;

class TestPassphraseDialog : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesWhatWasTypedOnce();
    void showsNothingOfWhatIsTyped();
    void escapeGivesNothing();
    void saysThatItWasWrong();
    void namesAreText();
    void asksWhetherToRemember();

private:
    static QLineEdit *field(const PassphraseDialog &dialog)
    {
        return dialog.findChild<QLineEdit *>(u"passphrase"_s);
    }
    static QPushButton *sign(const PassphraseDialog &dialog)
    {
        return dialog.findChild<QPushButton *>(u"sign"_s);
    }
};

void TestPassphraseDialog::givesWhatWasTypedOnce()
{
    PassphraseDialog dialog({u"ben"_s, false, false, 0});
    dialog.open();
    QVERIFY(!sign(dialog)->isEnabled());
    field(dialog)->insert(u"correct hörse"_s); // QTest types ASCII only.
    QVERIFY(sign(dialog)->isEnabled());
    QSignalSpy accepted(&dialog, &QDialog::accepted);

    QTest::keyClick(field(dialog), Qt::Key_Return);

    QCOMPARE(accepted.size(), 1);
    QCOMPARE(dialog.takePassphrase().view().toByteArray(), "correct h\xc3\xb6rse"_ba);
    QCOMPARE(field(dialog)->text(), QString());
    QVERIFY(dialog.takePassphrase().isEmpty());
}

void TestPassphraseDialog::showsNothingOfWhatIsTyped()
{
    PassphraseDialog dialog({u"ben"_s, false, false, 0});
    dialog.open();

    QTest::keyClicks(field(dialog), u"secret"_s);

    QCOMPARE(field(dialog)->echoMode(), QLineEdit::Password);
    QVERIFY(!field(dialog)->displayText().contains(u"secret"_s));
    const auto *label = dialog.findChild<QLabel *>(u"passphraseReason"_s);
    QVERIFY(label);
    QCOMPARE(label->text(), u"What you decide is signed with the key of ben."_s);
    QCOMPARE(dialog.findChild<QLabel *>(u"wrong"_s), nullptr);
}

void TestPassphraseDialog::escapeGivesNothing()
{
    PassphraseDialog dialog({u"ben"_s, false, false, 0});
    dialog.open();
    QTest::keyClicks(field(dialog), u"secret"_s);
    QSignalSpy accepted(&dialog, &QDialog::accepted);
    QSignalSpy rejected(&dialog, &QDialog::rejected);

    QTest::keyClick(field(dialog), Qt::Key_Escape);

    QCOMPARE(accepted.size(), 0);
    QCOMPARE(rejected.size(), 1);
}

void TestPassphraseDialog::saysThatItWasWrong()
{
    PassphraseDialog passphrase({u"ben"_s, false, false, 1});
    QCOMPARE(passphrase.findChild<QLabel *>(u"wrong"_s)->text(), u"That was not the passphrase."_s);
    PassphraseDialog pin({u"ben"_s, false, true, 2});
    QCOMPARE(pin.findChild<QLabel *>(u"wrong"_s)->text(), u"That was not the PIN."_s);
    QCOMPARE(pin.windowTitle(), u"PIN of a Token"_s);
}

void TestPassphraseDialog::namesAreText()
{
    PassphraseDialog dialog({u"<b>ben\u202E"_s, false, false, 0});

    const auto *label = dialog.findChild<QLabel *>(u"passphraseReason"_s);
    QCOMPARE(label->textFormat(), Qt::PlainText);
    QCOMPARE(label->text(), u"What you decide is signed with the key of <b>ben<U+202E>."_s);
}

void TestPassphraseDialog::asksWhetherToRemember()
{
    PassphraseDialog passphrase({u"ben"_s, false, false, 0});
    auto *box = passphrase.findChild<QCheckBox *>(u"remember"_s);
    QVERIFY(box);
    QVERIFY(!passphrase.isToBeRemembered());
    box->click();
    QVERIFY(passphrase.isToBeRemembered());

    const PassphraseDialog pin({u"ben"_s, false, true, 0});
    QVERIFY(pin.findChild<QCheckBox *>(u"remember"_s)->isHidden()); // A wrong one too often locks the token.
    QVERIFY(!pin.isToBeRemembered());
}

QTEST_MAIN(TestPassphraseDialog)
#include "tst_passphrase_dialog.moc"
