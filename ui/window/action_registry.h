#pragma once

#include <QAction>
#include <QKeySequence>
#include <QList>

#include <functional>

class QMenuBar;

namespace ui {

enum class MenuId { File, View, Run, Help };

/// Every action of the window, once: menus, shortcuts and buttons are fed from here.
class ActionRegistry : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// @param id    stable name, also the objectName: "file.open-pack"
    /// @param text  in the user's language, with a mnemonic
    QAction *add(const QString &id, MenuId menu, const QString &text, const QKeySequence &shortcut,
                 std::function<void()> triggered);
    void addSeparator(MenuId menu);

    QAction *action(const QString &id) const; ///< nullptr when there is none.
    /// Fills the menus in the order of MenuId, actions in the order in which they were added.
    void fill(QMenuBar *bar) const;

private:
    struct Entry
    {
        MenuId menu = MenuId::File;
        QAction *action = nullptr;
    };

    QList<Entry> m_entries;
};

} // namespace ui
