#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"
#include "ui/common/digest_label.h"
#include "ui/common/message_bar.h"
#include "ui/common/problem_list.h"
#include "ui/pack/input_form.h"
#include "ui/pack/pack_page.h"
#include "ui/pack/simulation_model.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QJsonArray>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

using namespace Qt::StringLiterals;

namespace {

const QString packPath = u"/packs/inventory-audit"_s;

engine::Error at(const QString &pointer, const QString &message)
{
    return {engine::ErrorCode::InvalidInput, message, {{}, 0, 0, pointer}, {}};
}

template<class W>
W *input(QWidget &page, const QString &name)
{
    return page.findChild<W *>(u"input-"_s + name);
}

/// A page on a service that knows the sample pack and plans it.
struct Fixture
{
    Fixture()
    {
        service.packs.insert(packPath, sample::pack());
        service.planner = [](const engine::PlanRequest &) { return sample::preview(); };
        page = std::make_unique<ui::PackPage>(&service, packPath);
        page->show();
    }

    QPushButton *plan() const { return page->findChild<QPushButton *>(u"planButton"_s); }
    QPushButton *start() const { return page->findChild<QPushButton *>(u"startButton"_s); }
    ui::MessageBar *message() const { return page->findChild<ui::MessageBar *>(u"packMessage"_s); }
    ui::MessageBar *mark() const { return page->findChild<ui::MessageBar *>(u"simulationMark"_s); }
    ui::InputForm *form() const { return page->findChild<ui::InputForm *>(); }
    bool isRead() const { return input<QLineEdit>(*page, u"target"_s); }
    void type(const QString &name, const QString &text) const
    {
        auto *line = input<QLineEdit>(*page, name);
        line->clear();
        QTest::keyClicks(line, text);
    }

    FakeRunService service;
    std::unique_ptr<ui::PackPage> page;
};

} // namespace

class TestPackPage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsDefaults();
    void givesValuesByType();
    void refusesWrongText_data();
    void refusesWrongText();
    void needsRequiredInputs();
    void showsErrorsOfTheEngineBesideTheirFields();
    void simulationModelIsATree();
    void plansThenStartsExactlyThatPlan();
    void anEditOutdatesThePlan();
    void enterStartsNothing();
    void aChangedPackIsRefused();
    void dropsLateAnswers();
    void listsProblemsOfABrokenManifest();
};

void TestPackPage::showsDefaults()
{
    Fixture f;
    QSignalSpy title(f.page.get(), &ui::PackPage::titleChanged);
    QTRY_VERIFY(f.isRead());

    QCOMPARE(title.first().first().toString(), u"Pack inventory-audit"_s);
    QCOMPARE(input<QLineEdit>(*f.page, u"target"_s)->text(), QString());
    QCOMPARE(input<QLineEdit>(*f.page, u"target"_s)->accessibleName(), u"target, required"_s);
    QCOMPARE(input<QComboBox>(*f.page, u"mode"_s)->currentText(), u"quick"_s);
    QCOMPARE(input<QLineEdit>(*f.page, u"retries"_s)->text(), u"2"_s);
    QCOMPARE(input<QLineEdit>(*f.page, u"threshold"_s)->text(), u"0.25"_s);
    QVERIFY(input<QCheckBox>(*f.page, u"strict"_s)->isChecked());
    QCOMPARE(input<QPlainTextEdit>(*f.page, u"denied"_s)->toPlainText(), u"[\"telnetd\",\"rsh-server\"]"_s);
    QVERIFY(f.plan()->isEnabled());
    QVERIFY(!f.start()->isEnabled());
}

void TestPackPage::givesValuesByType()
{
    ui::InputForm form;
    form.setInputs(sample::pack().inputs);
    input<QLineEdit>(form, u"target"_s)->setText(u"web & <b>1</b>"_s);
    input<QComboBox>(form, u"mode"_s)->setCurrentIndex(2);
    input<QLineEdit>(form, u"retries"_s)->setText(u"9007199254740991"_s);
    input<QLineEdit>(form, u"threshold"_s)->setText(u"1e-7"_s);
    input<QCheckBox>(form, u"strict"_s)->setChecked(false);
    input<QPlainTextEdit>(form, u"denied"_s)->setPlainText(u" [1, {\"a\": null}] "_s);
    input<QPlainTextEdit>(form, u"labels"_s)->setPlainText(u"{\"team\": \"ops\"}"_s);
    input<QLineEdit>(form, u"baseline"_s)->setText(u"/tmp/list.txt"_s);

    const auto values = form.check();

    QVERIFY(values);
    const QJsonObject expected{{u"target"_s, u"web & <b>1</b>"_s},
                               {u"mode"_s, u"full"_s},
                               {u"retries"_s, qint64(9007199254740991)},
                               {u"threshold"_s, 1e-7},
                               {u"strict"_s, false},
                               {u"denied"_s, QJsonArray{1, QJsonObject{{u"a"_s, QJsonValue()}}}},
                               {u"labels"_s, QJsonObject{{u"team"_s, u"ops"_s}}},
                               {u"baseline"_s, u"/tmp/list.txt"_s}};
    QCOMPARE(*values, expected);

    input<QComboBox>(form, u"mode"_s)->setCurrentIndex(0); // (not given)
    input<QPlainTextEdit>(form, u"labels"_s)->clear();
    input<QLineEdit>(form, u"threshold"_s)->clear();
    QCOMPARE(form.check()->keys().join(u' '), u"baseline denied retries strict target"_s);
}

void TestPackPage::refusesWrongText_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    QTest::newRow("word") << u"retries"_s << u"two"_s << u"This is not a number"_s;
    QTest::newRow("fraction") << u"retries"_s << u"1.5"_s
                              << u"This is not a whole number between -(2^53-1) and 2^53-1"_s;
    QTest::newRow("too large") << u"retries"_s << u"9007199254740992"_s
                               << u"This is not a whole number between -(2^53-1) and 2^53-1"_s;
    QTest::newRow("not finite") << u"threshold"_s << u"inf"_s << u"This is not a number"_s;
    QTest::newRow("object for array") << u"denied"_s << u"{}"_s << u"This is not a JSON array"_s;
    QTest::newRow("array for object") << u"labels"_s << u"[]"_s << u"This is not a JSON object"_s;
    QTest::newRow("required") << u"target"_s << u""_s << u"A value is needed here"_s;
}

void TestPackPage::refusesWrongText()
{
    QFETCH(QString, name);
    QFETCH(QString, text);
    QFETCH(QString, error);
    ui::InputForm form;
    form.setInputs(sample::pack().inputs);
    input<QLineEdit>(form, u"target"_s)->setText(u"web"_s);
    if (auto *line = input<QLineEdit>(form, name))
        line->setText(text);
    else
        input<QPlainTextEdit>(form, name)->setPlainText(text);

    QVERIFY(!form.check());
    QCOMPARE(form.errorAt(name), error);
}

void TestPackPage::needsRequiredInputs()
{
    Fixture f;
    QTRY_VERIFY(f.isRead());

    QTest::mouseClick(f.plan(), Qt::LeftButton);

    QCOMPARE(f.form()->errorAt(u"target"_s), u"A value is needed here"_s);
    QCOMPARE(f.message()->text(), u"Some inputs need your attention."_s);
    QVERIFY(f.service.planRequests.isEmpty());
    QVERIFY(!f.start()->isEnabled());
}

void TestPackPage::showsErrorsOfTheEngineBesideTheirFields()
{
    Fixture f;
    f.service.planner = [](const engine::PlanRequest &) {
        return engine::combined({at(u"/target"_s, u"\"x\" is too short"_s),
                                 at(u"/denied/0"_s, u"not a name"_s), at(u"/steps"_s, u"too many items"_s)});
    };
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"x"_s);

    QTest::mouseClick(f.plan(), Qt::LeftButton);

    QTRY_COMPARE(f.form()->errorAt(u"target"_s), u"\"x\" is too short"_s);
    QCOMPARE(f.form()->errorAt(u"denied"_s), u"not a name"_s);
    QVERIFY2(f.message()->details().contains(u"/steps: too many items"_s),
             qPrintable(f.message()->details()));
    QVERIFY(!f.start()->isEnabled());
}

void TestPackPage::simulationModelIsATree()
{
    ui::SimulationModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.reset(sample::preview());

    QCOMPARE(model.rowCount(), 4);
    const QModelIndex checks = model.index(1, 0);
    QCOMPARE(model.rowCount(checks), 1);
    const QModelIndex lint = model.index(0, ui::SimulationModel::OutcomeColumn, checks);
    QCOMPARE(lint.data().toString(), u"Would be skipped"_s);
    QCOMPARE(model.parent(lint), checks);
    QCOMPARE(model.index(0, 0, checks).data().toString(), u"lint"_s);
    const auto review = [&model](int column) { return model.index(2, column).data().toString(); };
    QCOMPARE(review(ui::SimulationModel::StepColumn), u"A reviewer accepts the inventory"_s);
    QCOMPARE(review(ui::SimulationModel::KindColumn), u"Approval gate"_s);
    QCOMPARE(review(ui::SimulationModel::OutcomeColumn), u"Would wait for approval"_s);
    QCOMPARE(review(ui::SimulationModel::WaveColumn), u"3"_s);
    QCOMPARE(review(ui::SimulationModel::ReasonColumn), u"1 of anyone, within 24 h"_s);
    model.reset({});
    QCOMPARE(model.rowCount(), 0);
}

void TestPackPage::plansThenStartsExactlyThatPlan()
{
    Fixture f;
    QSignalSpy started(f.page.get(), &ui::PackPage::runStarted);
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"web"_s);
    QTest::mouseClick(f.plan(), Qt::LeftButton);
    QTRY_VERIFY(f.start()->isEnabled());

    QCOMPARE(f.mark()->text(), u"Simulation: nothing was run."_s);
    QCOMPARE(f.page->findChild<ui::DigestLabel *>(u"planHash"_s)->digest(), sample::preview().planHash);
    QCOMPARE(f.page->findChild<QTreeView *>(u"simulationTree"_s)->model()->rowCount(), 4);
    QVERIFY(
        f.page->findChild<QPlainTextEdit *>(u"canonicalPlan"_s)->toPlainText().contains(u"\"collect\""_s));
    QVERIFY(f.service.runRequests.isEmpty());

    QTest::mouseClick(f.start(), Qt::LeftButton);
    QTRY_COMPARE(started.size(), 1);
    QCOMPARE(started.first().first().value<engine::RunId>(), *f.service.submitted);
    QCOMPARE(f.service.runRequests.size(), 1);
    QCOMPARE(f.service.runRequests.first().expectedPlanHash, sample::preview().planHash);
    QCOMPARE(f.service.runRequests.first().plan, f.service.planRequests.first());
}

void TestPackPage::anEditOutdatesThePlan()
{
    Fixture f;
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"web"_s);
    QTest::mouseClick(f.plan(), Qt::LeftButton);
    QTRY_VERIFY(f.start()->isEnabled());

    QTest::keyClicks(input<QLineEdit>(*f.page, u"target"_s), u"2"_s);
    QVERIFY(!f.start()->isEnabled());
    QVERIFY(f.mark()->text().contains(u"outdated"_s));

    QTest::keyClick(input<QLineEdit>(*f.page, u"target"_s), Qt::Key_Backspace); // What was planned again.
    QVERIFY(f.start()->isEnabled());
    QCOMPARE(f.mark()->text(), u"Simulation: nothing was run."_s);

    QTest::mouseClick(input<QCheckBox>(*f.page, u"strict"_s), Qt::LeftButton, {}, QPoint(5, 10));
    QVERIFY(!f.start()->isEnabled());
}

void TestPackPage::enterStartsNothing()
{
    Fixture f;
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"web"_s);
    QTest::mouseClick(f.plan(), Qt::LeftButton);
    QTRY_VERIFY(f.start()->isEnabled());

    QTest::keyClick(input<QLineEdit>(*f.page, u"target"_s), Qt::Key_Return);
    QTest::keyClick(f.page.get(), Qt::Key_Return);
    QTest::qWait(20);

    QVERIFY(f.service.runRequests.isEmpty());
}

void TestPackPage::aChangedPackIsRefused()
{
    Fixture f;
    f.service.submitted =
        engine::Error{engine::ErrorCode::PlanHashMismatch, u"the plan is sha256:1"_s, {}, {}};
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"web"_s);
    QTest::mouseClick(f.plan(), Qt::LeftButton);
    QTRY_VERIFY(f.start()->isEnabled());

    QTest::mouseClick(f.start(), Qt::LeftButton);

    QTRY_VERIFY(f.message()->isVisible());
    QCOMPARE(f.message()->text(), u"The run was not started. The plan is not the one that was shown."_s);
    QCOMPARE(f.message()->details(), u"the plan is sha256:1"_s);
    QVERIFY(!f.start()->isEnabled());
}

void TestPackPage::dropsLateAnswers()
{
    Fixture f;
    QTRY_VERIFY(f.isRead());
    f.type(u"target"_s, u"web"_s);
    f.service.hold();
    QTest::mouseClick(f.plan(), Qt::LeftButton);
    QVERIFY(!f.plan()->isEnabled());
    f.page->reload(); // Before the plan is there.
    f.service.release();

    QTRY_VERIFY(f.plan()->isEnabled());
    QTest::qWait(20);
    QVERIFY(!f.start()->isEnabled());
    QCOMPARE(f.page->findChild<ui::DigestLabel *>(u"planHash"_s)->digest(), QString());
}

void TestPackPage::listsProblemsOfABrokenManifest()
{
    FakeRunService service;
    engine::Error first{engine::ErrorCode::InvalidInput,
                        u"unknown key \"stepz\""_s,
                        {packPath + u"/pack.yaml"_s, 12, 9, u"/spec/stepz"_s},
                        {}};
    engine::Error second{
        engine::ErrorCode::InvalidInput, u"<b>bad\u202E</b>"_s, {packPath + u"/pack.yaml"_s, 20, 3, {}}, {}};
    service.packs.insert(packPath, engine::combined({first, second}));
    ui::PackPage page(&service, packPath);
    auto *list = page.findChild<ui::ProblemList *>();

    QTRY_COMPARE(list->topLevelItemCount(), 2);
    QCOMPARE(list->topLevelItem(0)->text(0), u"pack.yaml:12:9"_s);
    QCOMPARE(list->topLevelItem(0)->text(1), u"/spec/stepz: unknown key \"stepz\""_s);
    QCOMPARE(list->topLevelItem(1)->text(1), u"<b>bad<U+202E></b>"_s);
    QVERIFY(!page.findChild<QPushButton *>(u"planButton"_s)->isEnabled());
    QVERIFY(page.findChild<ui::MessageBar *>(u"packMessage"_s)
                ->text()
                .startsWith(u"The pack could not be read."_s));
}

QTEST_MAIN(TestPackPage)
#include "tst_pack_page.moc"
