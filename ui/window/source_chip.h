#pragma once

#include "engine/api/values.h"

#include <QWidget>

class QLabel;

namespace ui {

class StateChip;

/// In the status bar: where the runs are and whether that works.
class SourceChip : public QWidget
{
    Q_OBJECT
public:
    explicit SourceChip(QWidget *parent = nullptr);

    void setSource(const engine::ServiceInfo &info);
    /// An error with an empty message: it works again.
    void setTrouble(const engine::Error &trouble);

private:
    void refresh();

    engine::ServiceInfo m_info{};
    engine::Error m_trouble{};
    StateChip *m_chip;
    QLabel *m_dataDir;
};

} // namespace ui
