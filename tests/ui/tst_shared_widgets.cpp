#include "ui/common/digest_label.h"
#include "ui/common/error_text.h"
#include "ui/common/message_bar.h"
#include "ui/common/problem_list.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QSet>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace Qt::StringLiterals;

class TestSharedWidgets : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void messageBarShowsErrors();
    void messageBarCloses();
    void everyErrorCodeHasAHeadline();
    void digestIsCopiedWhole();
    void digestTakesNoMoreRoomThanItHas();
};

void TestSharedWidgets::messageBarShowsErrors()
{
    ui::MessageBar bar;
    QVERIFY(!bar.isVisibleTo(nullptr));

    bar.showError(u"The run was not started."_s,
                  {engine::ErrorCode::Io, u"<i>x</i>\u202E"_s, {u"p.yaml"_s, 3, 4, {}}, {}});

    QVERIFY(bar.isVisible());
    QCOMPARE(bar.text(), u"The run was not started. A file could not be read or written."_s);
    QCOMPARE(bar.details(), u"p.yaml:3:4: <i>x</i><U+202E>"_s);
    QCOMPARE(bar.accessibleName(), bar.text());
    for (const QLabel *label :
         {bar.findChild<QLabel *>(u"messageText"_s), bar.findChild<QLabel *>(u"messageDetails"_s)})
        QCOMPARE(label->textFormat(), Qt::PlainText);
}

void TestSharedWidgets::messageBarCloses()
{
    ui::MessageBar bar;
    QSignalSpy closed(&bar, &ui::MessageBar::closed);
    bar.showMessage(ui::MessageBar::Kind::Info, u"Hello."_s);

    QTest::mouseClick(bar.findChild<QToolButton *>(u"messageClose"_s), Qt::LeftButton);

    QVERIFY(!bar.isVisible());
    QCOMPARE(closed.size(), 1);
}

void TestSharedWidgets::everyErrorCodeHasAHeadline()
{
    QSet<QString> headlines;
    for (int code = 0; code <= int(engine::ErrorCode::AlreadyWithdrawn); ++code)
        headlines.insert(ui::errorHeadline(engine::ErrorCode(code)));
    QCOMPARE(headlines.size(), int(engine::ErrorCode::AlreadyWithdrawn) + 1);
    QVERIFY(!headlines.contains(QString()));
}

void TestSharedWidgets::digestIsCopiedWhole()
{
    const QString digest = u"sha256:"_s + u"0123abcd"_s.repeated(8);
    ui::DigestLabel label(u"plan hash"_s);
    label.setDigest(digest);
    label.resize(label.minimumSizeHint());
    label.show();

    QCOMPARE(label.accessibleName(), digest);
    QCOMPARE(label.toolTip(), digest);
    auto *copy = label.findChild<QToolButton *>(u"copyDigest"_s);
    QCOMPARE(copy->accessibleName(), u"Copy the plan hash"_s);
    QTest::mouseClick(copy, Qt::LeftButton);
    QCOMPARE(QGuiApplication::clipboard()->text(), digest);

    label.setDigest({});
    QVERIFY(!copy->isEnabled());
}

void TestSharedWidgets::digestTakesNoMoreRoomThanItHas()
{
    ui::DigestLabel label(u"plan hash"_s);
    label.show();
    label.resize(2000, 40);
    label.setDigest(QString(71, u'a'));
    for (const int width : {label.minimumSizeHint().width(), 300, label.sizeHint().width(), 2000}) {
        label.resize(width, label.sizeHint().height());
        const QRect copy = label.findChild<QToolButton *>(u"copyDigest"_s)->geometry();
        QVERIFY(label.rect().contains(copy));
        QVERIFY(copy.left() > 0);
    }
}

QTEST_MAIN(TestSharedWidgets)
#include "tst_shared_widgets.moc"
