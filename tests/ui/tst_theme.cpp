#include "tests/support/palettes.h"
#include "ui/common/state_chip.h"
#include "ui/common/theme.h"

#include <QLabel>
#include <QPainter>
#include <QSet>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::GateState;
using engine::Headline;
using engine::RunState;
using engine::StepState;

namespace {

template<class State>
QList<ui::AnyState> upTo(State last)
{
    QList<ui::AnyState> states;
    for (int i = 0; i <= int(last); ++i)
        states.append(State(i));
    return states;
}

const QList<ui::AnyState> everyState = upTo(RunState::Interrupted) + upTo(StepState::Interrupted)
                                       + upTo(GateState::Cancelled) + upTo(Headline::Good);

QImage painted(const ui::StateToken &token)
{
    QImage image(48, 48, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    ui::paintState(painter, image.rect(), token);
    return image;
}

} // namespace

class TestTheme : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStateHasContrast_data();
    void everyStateHasContrast();
    void everyStateHasWords();
    void coloursFollowThePalette();
    void waitingForAPersonIsAStateOfItsOwn();
    void headlinesDifferWithoutColour();
    void plainStatesHaveDashedShapes();
    void iconsFollowThePalette();
    void quietTextIsReadable_data();
    void quietTextIsReadable();
    void chipShowsTheWord();
    void contrastOfKnownColours();
};

void TestTheme::everyStateHasContrast_data()
{
    QTest::addColumn<QPalette>("palette");
    QTest::newRow("light") << lightPalette();
    QTest::newRow("dark") << darkPalette();
}

void TestTheme::everyStateHasContrast()
{
    QFETCH(QPalette, palette);

    for (const ui::AnyState &state : everyState) {
        const ui::StateToken token = ui::stateToken(state, palette);
        const double glyph = ui::contrastRatio(token.glyphColor, token.fill);
        QVERIFY2(glyph >= 4.5, qPrintable(u"%1: glyph %2:1"_s.arg(ui::stateWord(state)).arg(glyph)));
        const double outline = ui::contrastRatio(token.outline, palette.color(QPalette::Base));
        QVERIFY2(outline >= 3, qPrintable(u"%1: outline %2:1"_s.arg(ui::stateWord(state)).arg(outline)));
    }
}

void TestTheme::everyStateHasWords()
{
    for (const ui::AnyState &state : everyState)
        QVERIFY(!ui::stateWord(state).isEmpty());

    engine::RunSummary run;
    run.state = RunState::Succeeded;
    QCOMPARE(ui::runStateWord(run), u"Succeeded"_s);
    run.partial = true;
    QCOMPARE(ui::runStateWord(run), u"Succeeded in part"_s);
}

void TestTheme::coloursFollowThePalette()
{
    const ui::StateToken light = ui::stateToken(RunState::Failed, lightPalette());
    const ui::StateToken dark = ui::stateToken(RunState::Failed, darkPalette());

    QCOMPARE(light.fill, QColor(0x9E1B0B));
    QCOMPARE(light.glyphColor, QColor(0xFFFFFF));
    QCOMPARE(dark.fill, QColor(0xC0341F));
    QCOMPARE(dark.outline, QColor(0xFF7A66));
}

void TestTheme::waitingForAPersonIsAStateOfItsOwn()
{
    const ui::StateToken waiting = ui::stateToken(StepState::WaitingApproval, lightPalette());

    QCOMPARE(waiting.shape, ui::StateShape::Hexagon);
    QCOMPARE(waiting.glyph, ui::Glyph::Person);
    for (const ui::AnyState &state : upTo(StepState::Interrupted)) {
        if (state != ui::AnyState(StepState::WaitingApproval))
            QVERIFY(ui::stateToken(state, lightPalette()).shape != ui::StateShape::Hexagon);
    }
}

void TestTheme::headlinesDifferWithoutColour()
{
    QSet<std::pair<int, int>> looks;
    QSet<QString> words;
    for (const ui::AnyState &headline : upTo(Headline::Good)) {
        const ui::StateToken token = ui::stateToken(headline, lightPalette());
        looks.insert({int(token.shape), int(token.glyph)});
        words.insert(ui::stateWord(headline));
    }
    QCOMPARE(looks.size(), 9);
    QCOMPARE(words.size(), 9);
}

void TestTheme::plainStatesHaveDashedShapes()
{
    const QPalette palette = darkPalette();
    const ui::StateToken unknown = ui::stateToken(RunState::Interrupted, palette);

    QCOMPARE(unknown.shape, ui::StateShape::DashedSquare);
    QCOMPARE(unknown.fill, palette.color(QPalette::Window));
    QCOMPARE(ui::stateToken(StepState::Skipped, palette).shape, ui::StateShape::DashedCircle);
}

void TestTheme::iconsFollowThePalette()
{
    const QIcon icon = ui::stateIcon(RunState::Running);
    QGuiApplication::setPalette(lightPalette());
    const QImage light = icon.pixmap(48, 48).toImage();
    QGuiApplication::setPalette(darkPalette());
    const QImage dark = icon.pixmap(48, 48).toImage();
    QGuiApplication::setPalette(QPalette());

    QCOMPARE(light.pixelColor(10, 24), QColor(0x1A6FC4));
    QCOMPARE(dark.pixelColor(10, 24), QColor(0x2F8FEA));
    QCOMPARE(painted(ui::stateToken(RunState::Running, lightPalette())).pixelColor(10, 24), QColor(0x1A6FC4));
}

void TestTheme::quietTextIsReadable_data()
{
    everyStateHasContrast_data();
}

void TestTheme::quietTextIsReadable()
{
    QFETCH(QPalette, palette);

    const QColor quiet = ui::quietText(palette);
    QVERIFY(ui::contrastRatio(quiet, palette.color(QPalette::Window)) >= 4.5);
    QVERIFY(ui::contrastRatio(quiet, palette.color(QPalette::Base)) >= 4.5);
    QVERIFY(quiet != palette.color(QPalette::WindowText));
}

void TestTheme::chipShowsTheWord()
{
    ui::StateChip chip;
    chip.setState(GateState::Open);

    QCOMPARE(chip.word(), u"Waiting for approval"_s);
    QCOMPARE(chip.accessibleName(), u"Waiting for approval"_s);
    QVERIFY(chip.sizeHint().width() > chip.fontMetrics().horizontalAdvance(chip.word()));
}

void TestTheme::contrastOfKnownColours()
{
    QCOMPARE(ui::contrastRatio(Qt::black, Qt::white), 21.0);
    QCOMPARE(ui::contrastRatio(QColor(0x777777), QColor(0x777777)), 1.0);
}

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
