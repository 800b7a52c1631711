#include "ui/pack/input_fields.h"

#include "engine/base/json.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace ui {

using namespace Qt::StringLiterals;
using engine::InputType;
using engine::Result;
using Value = std::optional<QJsonValue>;

namespace {

constexpr double largestInteger = 9007199254740991; // 2^53-1, the largest that I-JSON keeps exact.

void fill(QWidget *field, QWidget *content)
{
    auto *layout = new QVBoxLayout(field);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(content);
    field->setFocusProxy(content);
}

/// The value in one line, as a choice or a number is shown.
QString oneLine(const QJsonValue &value)
{
    return value.isString() ? value.toString() : QString::fromUtf8(engine::canonicalJsonOf(value));
}

} // namespace

InputField *InputField::make(const engine::InputSpec &spec, QWidget *parent)
{
    InputField *field = nullptr;
    const QJsonArray choices = spec.schema.value(u"enum"_s).toArray();
    if (!choices.isEmpty()) {
        field = new ChoiceField(choices, !spec.required, parent);
    } else {
        switch (spec.type) {
        case InputType::String:
        case InputType::Integer:
        case InputType::Number: field = new LineField(spec.type, parent); break;
        case InputType::Boolean: field = new BooleanField(parent); break;
        case InputType::Array:
        case InputType::Object: field = new JsonField(spec.type, parent); break;
        case InputType::File: field = new FileField(parent); break;
        }
    }
    if (spec.defaultValue)
        field->setValue(*spec.defaultValue);
    field->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    field->control()->setObjectName(u"input-"_s + spec.name);
    return field;
}

LineField::LineField(InputType type, QWidget *parent)
    : InputField(parent)
    , m_type(type)
    , m_line(new QLineEdit(this))
{
    fill(this, m_line);
    if (type == InputType::Integer)
        m_line->setPlaceholderText(tr("A whole number"));
    else if (type == InputType::Number)
        m_line->setPlaceholderText(tr("A number, such as 0.5"));
    connect(m_line, &QLineEdit::textEdited, this, &InputField::edited);
}

Result<Value> LineField::value() const
{
    const QString text = m_line->text();
    if (text.isEmpty())
        return Value();
    if (m_type == InputType::String)
        return Value(text);
    bool isNumber = false;
    const double number = text.trimmed().toDouble(&isNumber);
    if (!isNumber || !std::isfinite(number))
        return engine::invalid(tr("This is not a number"));
    if (m_type == InputType::Number)
        return Value(number);
    if (std::trunc(number) != number || std::abs(number) > largestInteger)
        return engine::invalid(tr("This is not a whole number between -(2^53-1) and 2^53-1"));
    return Value(qint64(number));
}

void LineField::setValue(const QJsonValue &value)
{
    m_line->setText(oneLine(value));
}

QWidget *LineField::control() const
{
    return m_line;
}

ChoiceField::ChoiceField(const QJsonArray &values, bool optional, QWidget *parent)
    : InputField(parent)
    , m_box(new QComboBox(this))
{
    fill(this, m_box);
    if (optional)
        m_box->addItem(tr("(not given)"));
    for (const QJsonValue &value : values)
        m_box->addItem(safeText(oneLine(value)), value);
    connect(m_box, &QComboBox::activated, this, &InputField::edited);
}

Result<Value> ChoiceField::value() const
{
    const QVariant chosen = m_box->currentData();
    return chosen.isValid() ? Value(chosen.toJsonValue()) : Value();
}

void ChoiceField::setValue(const QJsonValue &value)
{
    for (int i = 0; i < m_box->count(); ++i) {
        const QVariant item = m_box->itemData(i);
        if (item.isValid() && item.toJsonValue() == value)
            m_box->setCurrentIndex(i);
    }
}

QWidget *ChoiceField::control() const
{
    return m_box;
}

BooleanField::BooleanField(QWidget *parent)
    : InputField(parent)
    , m_box(new QCheckBox(tr("Yes"), this))
{
    fill(this, m_box);
    connect(m_box, &QCheckBox::clicked, this, &InputField::edited);
}

Result<Value> BooleanField::value() const
{
    return Value(m_box->isChecked());
}

void BooleanField::setValue(const QJsonValue &value)
{
    m_box->setChecked(value.toBool());
}

QWidget *BooleanField::control() const
{
    return m_box;
}

JsonField::JsonField(InputType type, QWidget *parent)
    : InputField(parent)
    , m_type(type)
    , m_text(new QPlainTextEdit(this))
{
    fill(this, m_text);
    m_text->setFont(monospaceFont());
    m_text->setTabChangesFocus(true);
    m_text->setPlaceholderText(type == InputType::Array ? u"[\"...\"]"_s : u"{\"...\": \"...\"}"_s);
    const QFontMetrics metrics(m_text->font());
    m_text->setFixedHeight(metrics.lineSpacing() * 4 + int(m_text->document()->documentMargin()) * 2
                           + m_text->frameWidth() * 2);
    connect(m_text, &QPlainTextEdit::textChanged, this, &InputField::edited);
}

Result<Value> JsonField::value() const
{
    const QString text = m_text->toPlainText();
    if (text.trimmed().isEmpty())
        return Value();
    const Result<QJsonValue> parsed = engine::parseJson(text.toUtf8());
    if (!parsed) {
        const engine::Error &error = parsed.error();
        return engine::invalid(
            tr("Line %1, column %2: %3").arg(error.where.line).arg(error.where.column).arg(error.message));
    }
    if (m_type == InputType::Array ? !parsed->isArray() : !parsed->isObject())
        return engine::invalid(m_type == InputType::Array ? tr("This is not a JSON array")
                                                          : tr("This is not a JSON object"));
    return Value(*parsed);
}

void JsonField::setValue(const QJsonValue &value)
{
    const QByteArray line = engine::canonicalJsonOf(value);
    m_text->setPlainText(QString::fromUtf8(line.size() <= 60 ? line : engine::prettyJson(value).trimmed()));
}

QWidget *JsonField::control() const
{
    return m_text;
}

FileField::FileField(QWidget *parent)
    : InputField(parent)
    , m_line(new QLineEdit(this))
{
    auto *button = new QPushButton(tr("Browse…"), this);
    button->setAutoDefault(false);
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_line, 1);
    layout->addWidget(button);
    setFocusProxy(m_line);
    connect(m_line, &QLineEdit::textEdited, this, &InputField::edited);
    connect(button, &QPushButton::clicked, this, &FileField::browse);
}

Result<Value> FileField::value() const
{
    return m_line->text().isEmpty() ? Value() : Value(m_line->text());
}

void FileField::setValue(const QJsonValue &value)
{
    m_line->setText(value.toString());
}

QWidget *FileField::control() const
{
    return m_line;
}

void FileField::browse()
{
    auto *dialog = new QFileDialog(this, tr("Choose an Input File"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
        m_line->setText(path);
        Q_EMIT edited();
    });
    dialog->open();
}

} // namespace ui
