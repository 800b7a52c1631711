#include "engine/evidence/verification_policy.h"

#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/base/nearest_name.h"

#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr JsonLimits policyLimits{1024 * 1024, 16, 100'000};
constexpr int mostPeople = 100;

QString asText(const QJsonValue &value)
{
    return value.isString() ? value.toString() : QString::fromUtf8(canonicalJsonOf(value));
}

/// Reads one object of the file; every problem goes to the errors.
class DemandReader
{
public:
    DemandReader(QJsonObject object, QString pointer, QString fileName, QList<Error> &errors)
        : m_object(std::move(object))
        , m_pointer(std::move(pointer))
        , m_fileName(std::move(fileName))
        , m_errors(errors)
    {
    }

    void fail(const QString &where, const QString &message) const
    {
        m_errors += Error{ErrorCode::InvalidInput, message, {m_fileName, 0, 0, m_pointer + where}, {}};
    }

    void allow(const QStringList &names) const
    {
        for (const QString &name : m_object.keys()) {
            if (!names.contains(name))
                fail(u'/' + pointerToken(name),
                     u"unknown member \"%1\"%2"_s.arg(name, didYouMean(name, names)));
        }
    }

    QStringList list(const QString &member, const QRegularExpression &form, const QString &what) const
    {
        QStringList texts;
        const QJsonValue value = m_object[member];
        if (!value.isUndefined() && (!value.isArray() || value.toArray().isEmpty()))
            fail(u'/' + member, u"\"%1\" must be a list of at least one %2"_s.arg(member, what));
        const QJsonArray entries = value.toArray();
        for (qsizetype i = 0; i < entries.size(); ++i) {
            const QString text = entries.at(i).toString();
            if (!form.match(text).hasMatch())
                fail(u"/%1/%2"_s.arg(member).arg(i), u"\"%1\" is not %2"_s.arg(asText(entries.at(i)), what));
            else if (texts.contains(text))
                fail(u"/%1/%2"_s.arg(member).arg(i), u"\"%1\" is listed twice"_s.arg(text));
            texts += text;
        }
        return texts;
    }

    int count(const QString &member, int lowest, int absent) const
    {
        const QJsonValue value = m_object[member];
        if (value.isUndefined())
            return absent;
        const double number = value.toDouble(-1);
        if (number < lowest || number > mostPeople || number != int(number)) {
            fail(u'/' + member, u"\"%1\" must be a whole number from %2 to %3, not %4"_s.arg(member)
                                    .arg(lowest)
                                    .arg(mostPeople)
                                    .arg(asText(value)));
            return absent;
        }
        return int(number);
    }

    bool flag(const QString &member) const
    {
        const QJsonValue value = m_object[member];
        if (!value.isUndefined() && !value.isBool())
            fail(u'/' + member, u"\"%1\" must be true or false, not %2"_s.arg(member, asText(value)));
        return value.toBool();
    }

    std::optional<std::chrono::milliseconds> duration(const QString &member) const
    {
        const QJsonValue value = m_object[member];
        if (value.isUndefined())
            return {};
        const auto parsed = parseDuration(value.toString());
        if (parsed && parsed->count() > 0)
            return *parsed;
        fail(u'/' + member,
             u"\"%1\" must be a duration such as \"P30D\", not \"%2\""_s.arg(member, asText(value)));
        return {};
    }

    /// The object of a member; nullopt when there is none.
    std::optional<DemandReader> object(const QString &member) const
    {
        const QJsonValue value = m_object[member];
        if (!value.isUndefined() && !value.isObject())
            fail(u'/' + member, u"\"%1\" must be an object"_s.arg(member));
        if (!value.isObject())
            return {};
        return DemandReader(value.toObject(), m_pointer + u'/' + member, m_fileName, m_errors);
    }

    QList<RequiredApprovals> approvals() const
    {
        static const QRegularExpression role(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
        QList<RequiredApprovals> demands;
        const QJsonValue value = m_object[u"approvals"_s];
        if (!value.isUndefined() && (!value.isArray() || value.toArray().isEmpty()))
            fail(u"/approvals"_s, u"\"approvals\" must be a list of at least one demand"_s);
        const QJsonArray entries = value.toArray();
        for (qsizetype i = 0; i < entries.size(); ++i) {
            const DemandReader entry(entries.at(i).toObject(), m_pointer + u"/approvals/%1"_s.arg(i),
                                     m_fileName, m_errors);
            entry.allow({u"role"_s, u"people"_s});
            const QString name = entry.m_object[u"role"_s].toString();
            if (!role.match(name).hasMatch())
                entry.fail({}, u"a demand needs the \"role\" of those who must have approved"_s);
            demands += RequiredApprovals{name, entry.count(u"people"_s, 1, 1)};
        }
        return demands;
    }

    QString schema() const { return m_object[u"schema"_s].toString(); }

private:
    QJsonObject m_object;
    QString m_pointer;
    QString m_fileName;
    QList<Error> &m_errors;
};

} // namespace

Result<VerificationPolicy> VerificationPolicy::parse(const QByteArray &json, const QString &fileName)
{
    static const QRegularExpression outcome(u"\\A(succeeded|failed|cancelled)\\z"_s);
    static const QRegularExpression keyId(u"\\A[0-9a-f]{64}\\z"_s);
    const auto object = parseJsonObject(json, fileName, policyLimits);
    if (!object)
        return object.error();
    QList<Error> errors;
    const DemandReader reader(*object, {}, fileName, errors);
    if (reader.schema() != u"stellaops.verification-policy/v1"_s)
        reader.fail(
            u"/schema"_s,
            u"\"schema\" must be \"stellaops.verification-policy/v1\", not \"%1\""_s.arg(reader.schema()));
    reader.allow({u"schema"_s, u"outcomes"_s, u"signers"_s, u"sealedOnly"_s, u"maximumAge"_s, u"approvals"_s,
                  u"anchors"_s});
    VerificationPolicy policy;
    policy.outcomes = reader.list(u"outcomes"_s, outcome, u"succeeded, failed or cancelled"_s);
    policy.signers = reader.list(u"signers"_s, keyId, u"a key id of 64 hexadecimal digits"_s);
    policy.sealedOnly = reader.flag(u"sealedOnly"_s);
    policy.maximumAge = reader.duration(u"maximumAge"_s);
    policy.approvals = reader.approvals();
    if (const auto anchors = reader.object(u"anchors"_s)) {
        anchors->allow({u"transparencyLogs"_s, u"timestampAuthorities"_s});
        policy.transparencyLogs = anchors->count(u"transparencyLogs"_s, 0, 0);
        policy.timestampAuthorities = anchors->count(u"timestampAuthorities"_s, 0, 0);
    }
    if (!errors.isEmpty())
        return combined(std::move(errors));
    return policy;
}

Result<VerificationPolicy> VerificationPolicy::load(const QString &path)
{
    QFile file(path);
    if (!file.exists())
        return Error{ErrorCode::NotFound, u"there is no policy \"%1\""_s.arg(path), {}, {}};
    if (!file.open(QIODevice::ReadOnly))
        return Error{
            ErrorCode::Io, u"cannot open the policy \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    const QByteArray json = file.read(policyLimits.maxBytes + 1); // One more: refused, not cut.
    if (file.error() != QFileDevice::NoError)
        return Error{
            ErrorCode::Io, u"cannot read the policy \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return parse(json, path);
}

} // namespace engine
