#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/record/run_change.h"
#include "engine/record/run_record.h"

using namespace Qt::StringLiterals;

namespace engine {

static QJsonObject withoutHash(const RunEvent &event)
{
    return {
        {u"runId"_s, event.run.value},
        {u"sequence"_s, event.sequence},
        {u"timestamp"_s, toIso(event.timestamp)},
        {u"type"_s, event.type},
        {u"stepPath"_s, event.stepPath},
        {u"data"_s, event.data},
        {u"previousHash"_s, event.previousHash},
    };
}

/// The canonical form of withoutHash(), whose members stand here in their order.
QString hashOf(const RunEvent &event, QByteArrayView canonicalData)
{
    QByteArray text = "{\"data\":";
    text += canonicalData;
    const auto add = [&text](const char *name, const QString &value) {
        text.append(name);
        [[maybe_unused]] const auto added = appendCanonicalString(text, value);
        Q_ASSERT(added);
    };
    add(",\"previousHash\":", event.previousHash);
    add(",\"runId\":", event.run.value);
    text += ",\"sequence\":" + es6Number(double(event.sequence));
    add(",\"stepPath\":", event.stepPath);
    add(",\"timestamp\":", toIso(event.timestamp));
    add(",\"type\":", event.type);
    text += '}';
    return sha256Hex(text);
}

QString hashOf(const RunEvent &event)
{
    return hashOf(event, canonicalJsonOf(event.data));
}

QJsonObject toJson(const RunEvent &event)
{
    QJsonObject json = withoutHash(event);
    json.insert(u"hash"_s, event.hash);
    return json;
}

Result<RunEvent> eventFromJson(const QJsonObject &json)
{
    static const QStringList names{u"data"_s,     u"hash"_s,     u"previousHash"_s, u"runId"_s,
                                   u"sequence"_s, u"stepPath"_s, u"timestamp"_s,    u"type"_s};
    for (const QString &name : names) {
        const QJsonValue value = json.value(name);
        const bool right = name == u"data"_s       ? value.isObject()
                           : name == u"sequence"_s ? value.isDouble()
                                                   : value.isString();
        if (!right)
            return invalid(u"a journal event needs a \"%1\" of the right type"_s.arg(name));
    }
    for (const QString &name : json.keys()) {
        if (!names.contains(name))
            return invalid(u"a journal event has no member \"%1\""_s.arg(name));
    }
    const auto time = parseIso(json.value(u"timestamp"_s).toString());
    if (!time)
        return time.error();
    return RunEvent{{json.value(u"runId"_s).toString()},
                    json.value(u"sequence"_s).toInteger(-1),
                    *time,
                    json.value(u"type"_s).toString(),
                    json.value(u"stepPath"_s).toString(),
                    json.value(u"data"_s).toObject(),
                    json.value(u"previousHash"_s).toString(),
                    json.value(u"hash"_s).toString()};
}

Result<> ChainCheck::add(const RunEvent &event)
{
    const auto wrong = [&event](const QString &what) {
        return invalid(u"journal event %1: %2"_s.arg(event.sequence).arg(what));
    };
    if (m_last == 0)
        m_run = event.run;
    if (event.sequence != m_last + 1)
        return wrong(u"expected number %1"_s.arg(m_last + 1));
    if (event.run != m_run)
        return wrong(u"it belongs to run %1"_s.arg(event.run.value));
    if (event.previousHash != m_lastHash)
        return wrong(u"it does not follow the event before it"_s);
    if (event.hash != hashOf(event))
        return wrong(u"its content does not match its hash"_s);
    m_last = event.sequence;
    m_lastHash = event.hash;
    return {};
}

Result<> checkChain(const QList<RunEvent> &events)
{
    ChainCheck chain;
    for (const RunEvent &event : events) {
        if (auto added = chain.add(event); !added)
            return added;
    }
    return {};
}

bool RunChange::isEmpty() const
{
    RunChange empty;
    empty.run = run;
    empty.at = at;
    return *this == empty;
}

} // namespace engine
