#pragma once

#include "ui/pack/input_field.h"

#include <QJsonArray>

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPlainTextEdit;

namespace ui {

/// Text, integers and numbers.
class LineField : public InputField
{
    Q_OBJECT
public:
    LineField(engine::InputType type, QWidget *parent);
    engine::Result<std::optional<QJsonValue>> value() const override;
    void setValue(const QJsonValue &value) override;
    QWidget *control() const override;

private:
    const engine::InputType m_type;
    QLineEdit *m_line;
};

/// One of the values that a schema's "enum" lists.
class ChoiceField : public InputField
{
    Q_OBJECT
public:
    /// @param optional  whether choosing none is offered
    ChoiceField(const QJsonArray &values, bool optional, QWidget *parent);
    engine::Result<std::optional<QJsonValue>> value() const override;
    void setValue(const QJsonValue &value) override;
    QWidget *control() const override;

private:
    QComboBox *m_box;
};

class BooleanField : public InputField
{
    Q_OBJECT
public:
    explicit BooleanField(QWidget *parent);
    engine::Result<std::optional<QJsonValue>> value() const override;
    void setValue(const QJsonValue &value) override;
    QWidget *control() const override;

private:
    QCheckBox *m_box;
};

/// Arrays and objects, as JSON text.
class JsonField : public InputField
{
    Q_OBJECT
public:
    JsonField(engine::InputType type, QWidget *parent);
    engine::Result<std::optional<QJsonValue>> value() const override;
    void setValue(const QJsonValue &value) override;
    QWidget *control() const override;

private:
    const engine::InputType m_type;
    QPlainTextEdit *m_text;
};

/// The path of a file, with a dialog to choose it.
class FileField : public InputField
{
    Q_OBJECT
public:
    explicit FileField(QWidget *parent);
    engine::Result<std::optional<QJsonValue>> value() const override;
    void setValue(const QJsonValue &value) override;
    QWidget *control() const override;

private:
    void browse();

    QLineEdit *m_line;
};

} // namespace ui
