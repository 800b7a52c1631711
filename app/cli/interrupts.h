#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <memory>

namespace cli {

/// Ctrl+C and SIGTERM as a signal of Qt, while it lives. One at a time.
class Interrupts : public QObject
{
    Q_OBJECT
public:
    Interrupts();
    ~Interrupts() override;

Q_SIGNALS:
    void pressed();

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace cli
