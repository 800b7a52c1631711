#include "ui/evidence/report_export.h"

#include "engine/base/json.h"

#include <QBuffer>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QTextDocument>

namespace ui {

using namespace Qt::StringLiterals;
using engine::VerificationReport;

namespace {

QByteArray pdfOf(const VerificationReport &report)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(20, 20, 20, 20), QPageLayout::Millimeter);
    writer.setTitle(QStringLiteral("Verification of %1").arg(report.bundlePath));
    writer.setCreator(u"TaskRunner Console"_s);
    QTextDocument document;
    document.setHtml(report.toHtml());
    document.print(&writer);
    return bytes;
}

QByteArray bytesIn(ReportFormat format, const VerificationReport &report)
{
    switch (format) {
    case ReportFormat::Text: return report.toText().toUtf8();
    case ReportFormat::Json: return engine::canonicalJsonOf(report.toJson()) + '\n';
    case ReportFormat::Html: return report.toHtml().toUtf8();
    case ReportFormat::Pdf: return pdfOf(report);
    }
    return {};
}

} // namespace

ReportFormat reportFormatOf(const QString &path)
{
    const auto endsIn = [&path](const QString &end) { return path.endsWith(end, Qt::CaseInsensitive); };
    if (endsIn(u".txt"_s))
        return ReportFormat::Text;
    if (endsIn(u".json"_s))
        return ReportFormat::Json;
    return endsIn(u".html"_s) || endsIn(u".htm"_s) ? ReportFormat::Html : ReportFormat::Pdf;
}

engine::Result<> exportReport(const VerificationReport &report, const QString &path)
{
    const QByteArray bytes = bytesIn(reportFormatOf(path), report);
    QSaveFile file(path);
    if (!bytes.isEmpty() && file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size()
        && file.commit())
        return {};
    return engine::Error{
        engine::ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
}

} // namespace ui
