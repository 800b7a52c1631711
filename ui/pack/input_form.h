#pragma once

#include "engine/api/values.h"

#include <QWidget>

#include <vector>

class QLabel;
class QVBoxLayout;

namespace ui {

class InputField;

/// The form for a pack's inputs: one labelled field each, with its description and, when something is wrong
/// with it, a sentence under it.
class InputForm : public QWidget
{
    Q_OBJECT
public:
    explicit InputForm(QWidget *parent = nullptr);

    /// Starts over with these inputs and their defaults.
    void setInputs(const QList<engine::InputSpec> &inputs);

    /// Every input that was given, by name. Shows what is wrong beside the fields; fails with InvalidInput
    /// then.
    engine::Result<QJsonObject> check();
    /// The same without showing anything.
    engine::Result<QJsonObject> values() const;

    /// Shows an error's causes beside the fields that they name ("/NAME..." in where.path).
    /// Returns those that name no field.
    QList<engine::Error> showErrors(const engine::Error &error);

    QString errorAt(const QString &input) const; ///< As shown; empty when nothing is wrong.

Q_SIGNALS:
    void edited();

private:
    struct Row
    {
        engine::InputSpec spec{};
        InputField *field = nullptr;
        QLabel *error = nullptr;
    };

    void addRow(const engine::InputSpec &spec);
    void clearErrors();
    static void setError(const Row &row, const QString &text);
    engine::Result<QJsonObject> collect(QList<engine::Error> *errors) const;

    QVBoxLayout *m_layout;
    QWidget *m_content = nullptr;
    std::vector<Row> m_rows;
};

} // namespace ui
