#pragma once

#include "engine/api/values.h"

#include <QWidget>

namespace ui {

class RunFeed;

/// The inbox: every gate that waits for people, the next to expire first.
class ApprovalsPage : public QWidget
{
    Q_OBJECT
public:
    explicit ApprovalsPage(RunFeed *feed, QWidget *parent = nullptr);

Q_SIGNALS:
    void gateRequested(const engine::RunId &run, const QString &path);
};

} // namespace ui
