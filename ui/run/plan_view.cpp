#include "ui/run/plan_view.h"

#include "engine/base/json.h"
#include "engine/base/when_done.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QVBoxLayout>

using engine::Result;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostShown = 2 * 1024 * 1024;

/// Indented JSON, its values safe; the indentation is ours.
QString readable(const QByteArray &canonical)
{
    const Result<QJsonValue> json = engine::parseJson(canonical);
    const QString text = QString::fromUtf8(json ? engine::prettyJson(*json) : canonical);
    QStringList lines;
    for (const QString &line : text.split(u'\n')) {
        const qsizetype indent = line.size() - line.trimmed().size(); // No line of it ends with a space.
        lines += line.first(indent) + safeText(line.mid(indent));
    }
    return lines.join(u'\n');
}

} // namespace

PlanView::PlanView(engine::RunService *service, const engine::RunId &run, QWidget *parent)
    : QWidget(parent)
    , m_service(service)
    , m_run(run)
    , m_text(new QPlainTextEdit(this))
    , m_save(new QPushButton(tr("Save canonical plan…"), this))
{
    m_text->setObjectName(u"planText"_s);
    m_text->setAccessibleName(tr("Plan"));
    m_text->setReadOnly(true);
    m_text->setFont(monospaceFont());
    m_text->setTabChangesFocus(true);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_save->setObjectName(u"savePlan"_s);
    m_save->setAutoDefault(false);
    m_save->setEnabled(false);
    connect(m_save, &QPushButton::clicked, this, &PlanView::chooseFile);
    auto *note =
        plainLabel(tr("Indented for reading; the plan hash is that of the same JSON in canonical form "
                      "(RFC 8785), without spaces."),
                   this);
    auto *row = new QHBoxLayout;
    row->addWidget(m_save);
    row->addWidget(note, 1);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, row->spacing(), 0, 0);
    column->addLayout(row);
    column->addWidget(m_text, 1);
}

void PlanView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    if (!m_canonical.isEmpty())
        return;
    engine::whenDone(m_service->canonicalPlan(m_run), this, [this](const Result<QByteArray> &plan) {
        plan ? take(*plan) : Q_EMIT failed(tr("The plan could not be read."), plan.error());
    });
}

void PlanView::take(const QByteArray &canonical)
{
    m_canonical = canonical;
    m_save->setEnabled(true);
    m_text->setPlainText(canonical.size() > mostShown
                             ? tr("This plan is too large to be shown here. Save it to read it.")
                             : readable(canonical));
}

void PlanView::chooseFile()
{
    auto *dialog = new QFileDialog(this, tr("Save canonical plan"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->selectFile(m_run.value + u".plan.json"_s);
    connect(dialog, &QFileDialog::fileSelected, this, &PlanView::save);
    dialog->open();
}

void PlanView::save(const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(m_canonical) != m_canonical.size() || !file.commit())
        Q_EMIT failed(tr("The plan could not be saved."),
                      {engine::ErrorCode::Io, file.errorString(), {}, {}});
}

} // namespace ui
