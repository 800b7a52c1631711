#include "engine/record/verification.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

QJsonObject VerificationReport::toJson() const
{
    QJsonArray list;
    for (const Check &check : checks) {
        list.append(QJsonObject{{u"id"_s, check.id},
                                {u"title"_s, check.title},
                                {u"result"_s, toString(check.result)},
                                {u"detail"_s, check.detail}});
    }
    return {
        {u"schema"_s, u"stellaops.verification/v1"_s},
        {u"bundle"_s, bundlePath},
        {u"bundleSha256"_s, bundleSha256},
        {u"verifiedAt"_s, toIso(verifiedAt)},
        {u"headline"_s, toString(headline)},
        {u"good"_s, isGood()},
        {u"checks"_s, list},
        {u"claims"_s, QJsonObject{{u"runId"_s, runId},
                                  {u"packName"_s, packName},
                                  {u"packVersion"_s, packVersion},
                                  {u"planHash"_s, planHash},
                                  {u"outcome"_s, outcome},
                                  {u"signerKeyId"_s, signerKeyId}}},
    };
}

QString VerificationReport::toText() const
{
    const auto line = [](const QString &label, const QString &value) {
        return value.isEmpty() ? QString() : u"  %1 %2\n"_s.arg(label.leftJustified(10), value);
    };
    QString text = u"%1  %2\n"_s.arg(toString(headline).toUpper(), bundlePath);
    text += line(u"sha256"_s, bundleSha256) + line(u"verified"_s, toIso(verifiedAt));
    if (!runId.isEmpty()) {
        text += isGood() ? QString() : u"  what the bundle claims of itself, not verified:\n"_s;
        text += line(u"run"_s, runId)
                + line(u"pack"_s, packName.isEmpty() ? QString() : packName + u' ' + packVersion)
                + line(u"outcome"_s, outcome) + line(u"planHash"_s, planHash)
                + line(u"signed by"_s, signerKeyId);
    }
    for (const Check &check : checks) {
        const QString result = toString(check.result).replace(u'-', u' ');
        text += u"  [%1] %2"_s.arg(result.leftJustified(7), check.title);
        text += check.detail.isEmpty() ? u"\n"_s : u": "_s + check.detail + u'\n';
    }
    return text;
}

} // namespace engine
