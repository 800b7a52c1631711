#pragma once

#include "engine/api/values.h"

#include <QWidget>

#include <optional>

namespace ui {

/// The control for one input of a pack: made from its type, its schema's enumeration and its default.
class InputField : public QWidget
{
    Q_OBJECT
public:
    /// The field that fits the input, showing its default.
    static InputField *make(const engine::InputSpec &spec, QWidget *parent);

    /// The value as the form gives it to a plan; nothing when it was left empty.
    /// Fails with InvalidInput when the text is not a value of the input's type.
    virtual engine::Result<std::optional<QJsonValue>> value() const = 0;
    virtual void setValue(const QJsonValue &value) = 0;
    /// The control that takes the focus and the accessible name.
    virtual QWidget *control() const = 0;

Q_SIGNALS:
    void edited();

protected:
    using QWidget::QWidget;
};

} // namespace ui
