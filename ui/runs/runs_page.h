#pragma once

#include "engine/api/values.h"

#include <QWidget>

namespace ui {

class RunFeed;

/// Every run, newest first; a double click or Return opens one.
class RunsPage : public QWidget
{
    Q_OBJECT
public:
    explicit RunsPage(RunFeed *feed, QWidget *parent = nullptr);

Q_SIGNALS:
    void runRequested(const engine::RunId &run);
};

} // namespace ui
