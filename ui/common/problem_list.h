#pragma once

#include "engine/base/error.h"

#include <QTreeWidget>

namespace ui {

/// The causes of an error, one row each: where ("pack.yaml:12:9") and what.
class ProblemList : public QTreeWidget
{
    Q_OBJECT
public:
    explicit ProblemList(QWidget *parent = nullptr);

    void setError(const engine::Error &error);
};

} // namespace ui
