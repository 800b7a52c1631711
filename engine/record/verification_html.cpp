#include "engine/base/printable.h"
#include "engine/record/verification.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Nothing from a bundle can be more than text: markup is escaped, characters that hide or reorder are shown.
QString safe(const QString &text)
{
    return printable(text).toHtmlEscaped();
}

QString row(const QString &label, const QString &value)
{
    if (value.isEmpty())
        return {};
    return u"<tr><th align=\"left\">%1</th><td>%2</td></tr>\n"_s.arg(label, safe(value));
}

/// What the sign before a check says without its colour.
QString signOf(CheckResult result)
{
    switch (result) {
    case CheckResult::Passed: return u"&#10003;"_s;
    case CheckResult::Failed: return u"&#10007;"_s;
    case CheckResult::NotRun: return u"&#8211;"_s;
    }
    return {};
}

QString checkRow(const Check &check)
{
    return u"<tr class=\"%1\"><td>%2</td><td>%3</td><td>%4</td><td>%5</td></tr>\n"_s.arg(
        toString(check.result), signOf(check.result), toString(check.result).replace(u'-', u' '),
        safe(check.title), safe(check.detail));
}

const QString head = uR"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Verification: %1</title>
<style>
body { font-family: sans-serif; color: #1a1a1a; background-color: #ffffff; }
table { border-collapse: collapse; }
th, td { padding: 4px 12px 4px 0; vertical-align: top; text-align: left; }
.headline { font-size: x-large; font-weight: bold; }
.good, .passed { color: #0b5d3b; }
.bad, .failed { color: #8f1515; }
.not-run { color: #4d4d4d; }
</style>
</head>
<body>
<h1>Verification of evidence</h1>
<p class="headline %2">%3</p>
)"_s;

const QString checksHead = uR"(</table>
<h2>Checks</h2>
<table>
<tr><th></th><th align="left">Result</th><th align="left">Check</th><th align="left">What was found</th></tr>
)"_s;

} // namespace

QString VerificationReport::toHtml() const
{
    const QString verdict = toString(headline).toUpper().replace(u'-', u' ');
    QString html = head.arg(verdict, isGood() ? u"good"_s : u"bad"_s, verdict);
    html += u"<table>\n"_s + row(u"Bundle"_s, bundlePath) + row(u"SHA-256"_s, bundleSha256)
            + row(u"Verified at"_s, toIso(verifiedAt)) + checksHead;
    for (const Check &check : checks)
        html += checkRow(check);
    html += u"</table>\n<h2>%1</h2>\n<table>\n"_s.arg(
        isGood() ? u"What the bundle proves"_s : u"What the bundle says of itself: claims, not proven"_s);
    html += row(u"Pack"_s, packName.isEmpty() ? QString() : packName + u' ' + packVersion)
            + row(u"Run"_s, runId) + row(u"Outcome"_s, outcome) + row(u"Plan hash"_s, planHash)
            + row(u"Signed by key"_s, signerKeyId);
    return html + u"</table>\n</body>\n</html>\n"_s;
}

} // namespace engine
