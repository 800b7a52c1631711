#include "ui/window/action_registry.h"

#include <QMenu>
#include <QMenuBar>

namespace ui {

QAction *ActionRegistry::add(const QString &id, MenuId menu, const QString &text,
                             const QKeySequence &shortcut, std::function<void()> triggered)
{
    Q_ASSERT(!action(id));
    auto *made = new QAction(text, this);
    made->setObjectName(id);
    made->setShortcut(shortcut);
    connect(made, &QAction::triggered, this, [triggered = std::move(triggered)] { triggered(); });
    m_entries.append({menu, made});
    return made;
}

void ActionRegistry::addSeparator(MenuId menu)
{
    auto *separator = new QAction(this);
    separator->setSeparator(true);
    m_entries.append({menu, separator});
}

QAction *ActionRegistry::action(const QString &id) const
{
    for (const Entry &entry : m_entries) {
        if (entry.action->objectName() == id)
            return entry.action;
    }
    return nullptr;
}

void ActionRegistry::fill(QMenuBar *bar) const
{
    const std::initializer_list<std::pair<MenuId, QString>> menus = {{MenuId::File, tr("&File")},
                                                                     {MenuId::View, tr("&View")},
                                                                     {MenuId::Run, tr("&Run")},
                                                                     {MenuId::Help, tr("&Help")}};
    for (const auto &[id, title] : menus) {
        QMenu *menu = bar->addMenu(title);
        for (const Entry &entry : m_entries) {
            if (entry.menu == id)
                menu->addAction(entry.action);
        }
    }
}

} // namespace ui
