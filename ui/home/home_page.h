#pragma once

#include "engine/api/values.h"

#include <QWidget>

class QAction;
class QAbstractItemModel;
class QStackedWidget;
class QTableView;
class QVBoxLayout;

namespace ui {

class RunFeed;

/// What needs me, what is running, what ran lately; or how to begin, while there is nothing.
class HomePage : public QWidget
{
    Q_OBJECT
public:
    /// @param starters  actions offered as buttons: open the sample, open a pack, verify a bundle
    HomePage(RunFeed *feed, const QList<QAction *> &starters, QWidget *parent = nullptr);

Q_SIGNALS:
    void gateRequested(const engine::RunId &run, const QString &path);
    void runRequested(const engine::RunId &run);

private:
    QWidget *makeOverview(const QList<QAction *> &starters);
    void addGates(QVBoxLayout *layout);
    void addRuns(QVBoxLayout *layout, const QString &title, const QString &none, const QString &name,
                 bool over);
    void choose();

    RunFeed *m_feed;
    QStackedWidget *m_stack;
};

} // namespace ui
