#include "ui/pack/input_form.h"

#include "engine/base/json.h"
#include "ui/common/page_parts.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/pack/input_field.h"

#include <QGuiApplication>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;
using engine::Error;
using engine::Result;

namespace {

/// The input that an error's pointer begins with: "denied" for "/denied/0".
QString inputOf(const Error &error)
{
    return error.where.path.section(u'/', 1, 1).replace(u"~1"_s, u"/"_s).replace(u"~0"_s, u"~"_s);
}

QColor errorColor()
{
    const QPalette palette = QGuiApplication::palette();
    return stateToken(engine::RunState::Failed, palette).outline;
}

} // namespace

InputForm::InputForm(QWidget *parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
}

void InputForm::setInputs(const QList<engine::InputSpec> &inputs)
{
    delete m_content;
    m_rows.clear();
    m_content = new QWidget(this);
    auto *layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(fontMetrics().height() / 4);
    m_layout->addWidget(m_content);
    for (const engine::InputSpec &spec : inputs)
        addRow(spec);
    if (inputs.isEmpty())
        layout->addWidget(quietLabel(tr("This pack takes no inputs."), m_content));
}

void InputForm::addRow(const engine::InputSpec &spec)
{
    Row row;
    row.spec = spec;
    row.field = InputField::make(spec, m_content);
    connect(row.field, &InputField::edited, this, &InputForm::edited);

    auto *label = new QLabel(m_content);
    label->setTextFormat(Qt::PlainText);
    label->setBuddy(row.field->control());
    const QString name = safeLabel(spec.name);
    label->setText(spec.required ? tr("%1 (required)").arg(name) : name);
    QFont strong = label->font();
    strong.setWeight(QFont::DemiBold);
    label->setFont(strong);

    row.error = plainLabel({}, m_content);
    row.error->setObjectName(u"error-"_s + spec.name);
    QPalette red = row.error->palette();
    red.setColor(QPalette::WindowText, errorColor());
    row.error->setPalette(red);
    row.error->setVisible(false);

    QWidget *control = row.field->control();
    control->setAccessibleName(spec.required ? tr("%1, required").arg(safeText(spec.name))
                                             : safeText(spec.name));
    control->setAccessibleDescription(safeText(spec.description));

    auto *layout = static_cast<QVBoxLayout *>(m_content->layout());
    layout->addWidget(label);
    if (!spec.description.isEmpty())
        layout->addWidget(quietLabel(safeText(spec.description), m_content));
    layout->addWidget(row.field);
    layout->addWidget(row.error);
    layout->addSpacing(fontMetrics().height() / 2);
    m_rows.push_back(row);
}

Result<QJsonObject> InputForm::check()
{
    clearErrors();
    QList<Error> errors;
    Result<QJsonObject> collected = collect(&errors);
    if (!collected)
        showErrors(collected.error());
    return collected;
}

Result<QJsonObject> InputForm::values() const
{
    QList<Error> errors;
    return collect(&errors);
}

Result<QJsonObject> InputForm::collect(QList<Error> *errors) const
{
    QJsonObject values;
    for (const Row &row : m_rows) {
        const auto value = row.field->value();
        const QString path = u'/' + engine::pointerToken(row.spec.name);
        if (!value)
            errors->append({value.error().code, value.error().message, {{}, 0, 0, path}, {}});
        else if (*value)
            values.insert(row.spec.name, **value);
        else if (row.spec.required)
            errors->append(
                {engine::ErrorCode::InvalidInput, tr("A value is needed here"), {{}, 0, 0, path}, {}});
    }
    if (!errors->isEmpty())
        return engine::combined(*errors);
    return values;
}

QList<Error> InputForm::showErrors(const Error &error)
{
    const QList<Error> causes = error.causes.isEmpty() ? QList<Error>{error} : error.causes;
    QList<Error> others;
    QWidget *first = nullptr;
    for (const Error &cause : causes) {
        const QString name = inputOf(cause);
        const auto row = std::ranges::find_if(m_rows, [&name](const Row &r) { return r.spec.name == name; });
        if (name.isEmpty() || row == m_rows.end()) {
            others.append(cause);
            continue;
        }
        setError(*row, cause.message);
        first = first ? first : row->field->control();
    }
    if (first)
        first->setFocus(Qt::OtherFocusReason);
    return others;
}

void InputForm::clearErrors()
{
    for (const Row &row : m_rows)
        setError(row, {});
}

void InputForm::setError(const Row &row, const QString &text)
{
    row.error->setText(safeLines(text));
    row.error->setVisible(!text.isEmpty());
    QWidget *control = row.field->control();
    control->setAccessibleDescription(safeText(text.isEmpty() ? row.spec.description : text));
}

QString InputForm::errorAt(const QString &input) const
{
    const auto row = std::ranges::find_if(m_rows, [&input](const Row &r) { return r.spec.name == input; });
    return row == m_rows.end() ? QString() : row->error->text();
}

} // namespace ui
