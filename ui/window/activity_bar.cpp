#include "ui/window/activity_bar.h"

#include "ui/common/page_parts.h"
#include "ui/common/theme.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>
#include <QVBoxLayout>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int accentWidth = 3;

}

ActivityButton::ActivityButton(const QString &text, QWidget *parent)
    : QToolButton(parent)
{
    setText(text);
    setAccessibleName(text);
    setCheckable(true);
    setAutoRaise(true);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void ActivityButton::setCount(int count)
{
    m_count = count;
    setAccessibleName(count > 0 ? tr("%1, %2").arg(text()).arg(count) : text());
    updateGeometry();
    update();
}

QFont ActivityButton::countFont() const
{
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.9);
    small.setWeight(QFont::DemiBold);
    return small;
}

QSize ActivityButton::sizeHint() const
{
    const QFontMetrics metrics = fontMetrics();
    const int room = metrics.horizontalAdvance(u"0000"_s); // For a count beside the word.
    return {metrics.horizontalAdvance(text()) + metrics.height() * 2 + room, metrics.height() * 2};
}

void ActivityButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QPalette &colors = palette();
    const QColor window = colors.color(QPalette::Window);
    const QColor highlight = colors.color(QPalette::Highlight);
    if (isChecked() || underMouse() || isDown())
        painter.fillRect(rect(), mixed(window, highlight, isChecked() ? 0.16 : 0.08));
    const auto placed = [this](const QRect &ltr) {
        return QStyle::visualRect(layoutDirection(), rect(), ltr);
    };
    if (isChecked())
        painter.fillRect(placed(QRect(0, 0, accentWidth, height())), highlight);

    const int margin = fontMetrics().height() * 3 / 4;
    QFont words = font();
    words.setWeight(isChecked() ? QFont::DemiBold : QFont::Normal);
    painter.setFont(words);
    painter.setPen(colors.color(QPalette::WindowText));
    const int alignment = int(Qt::AlignLeading | Qt::AlignVCenter) | Qt::TextSingleLine;
    painter.drawText(placed(rect().adjusted(margin, 0, -margin / 2, 0)),
                     int(QStyle::visualAlignment(layoutDirection(), Qt::Alignment(alignment & 0xFF)))
                         | Qt::TextSingleLine,
                     text());

    if (m_count > 0) {
        const StateToken open = stateToken(engine::GateState::Open, colors);
        const QString count = QLocale().toString(m_count);
        const QFontMetrics metrics(countFont());
        const int high = metrics.height() + 2;
        const int wide = std::max(high, metrics.horizontalAdvance(count) + high / 2);
        const QRect pill = placed(QRect(width() - margin / 2 - wide, (height() - high) / 2, wide, high));
        painter.setPen(Qt::NoPen);
        painter.setBrush(open.fill);
        painter.drawRoundedRect(pill, high / 2.0, high / 2.0);
        painter.setFont(countFont());
        painter.setPen(open.glyphColor);
        painter.drawText(pill, Qt::AlignCenter, count);
    }
    if (hasFocus()) {
        QStyleOptionFocusRect option;
        option.initFrom(this);
        option.rect = rect().adjusted(2, 2, -2, -2);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &option, &painter, this);
    }
}

ActivityBar::ActivityBar(QWidget *parent)
    : QWidget(parent)
{
    setObjectName(u"activityBar"_s);
    setAccessibleName(tr("Places"));
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, pageMargin(this) / 2, 1, 0);
    layout->setSpacing(0);
    const std::initializer_list<std::pair<QString, QString>> words = {
        {u"home"_s, tr("Home")},   {u"approvals"_s, tr("Approvals")}, {u"runs"_s, tr("Runs")},
        {u"packs"_s, tr("Packs")}, {u"evidence"_s, tr("Evidence")},
    };
    for (const auto &[name, word] : words) {
        auto *button = new ActivityButton(word, this);
        button->setObjectName(u"activity-"_s + name);
        const auto activity = Activity(m_buttons.size());
        connect(button, &QToolButton::clicked, this, [this, button, activity] {
            button->setChecked(!button->isChecked()); // What is marked follows the page on show.
            Q_EMIT activityRequested(activity);
        });
        layout->addWidget(button);
        m_buttons.append(button);
    }
    layout->addStretch();
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
}

void ActivityBar::setCount(Activity activity, int count)
{
    button(activity)->setCount(count);
}

void ActivityBar::setCurrent(std::optional<Activity> activity)
{
    for (int i = 0; i < m_buttons.size(); ++i)
        m_buttons.at(i)->setChecked(activity && int(*activity) == i);
}

ActivityButton *ActivityBar::button(Activity activity) const
{
    return m_buttons.at(int(activity));
}

void ActivityBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const QRect edge(width() - 1, 0, 1, height());
    painter.fillRect(QStyle::visualRect(layoutDirection(), rect(), edge), lineColor(palette()));
}

} // namespace ui
