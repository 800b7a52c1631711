#include "tests/plan/random_pack.h"

#include "tests/plan/random.h"
#include "tests/plan/random_steps.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace {

class PackMaker
{
public:
    explicit PackMaker(quint32 seed)
        : m_random(seed)
        , m_values(m_random)
    {
    }

    RandomPack make();

private:
    QJsonObject metadata();
    QJsonObject input(int number);
    QJsonObject schemaOf(const QString &type);
    void putSchema(QJsonObject &declaration, const QString &type);
    QJsonArray inputs();
    QJsonArray secrets();
    QJsonArray approvals();
    QJsonArray policies();
    QJsonObject sandbox();
    QJsonArray outputs();
    void addModule(int number);
    void addFiles();
    QStringList ids(const QJsonArray &list, const QString &key) const;

    Random m_random;
    RandomValues m_values;
    RandomPack m_pack;
    KnownNames m_known;
};

QJsonObject PackMaker::metadata()
{
    QJsonObject json{{u"name"_s, m_random.pick<QString>({u"a"_s, u"sbom-remediation"_s, u"1"_s, u"0x1"_s})},
                     {u"version"_s, m_random.pick<QString>({u"1.0.0"_s, u"0.0.1-rc.1+b.7"_s, u"12.3.4"_s})}};
    if (m_random.chance(50))
        json[u"description"_s] = m_values.text();
    if (m_random.chance(50))
        json[u"tags"_s] = QJsonArray{m_values.filledText(), u"1.5"_s};
    if (m_random.chance(30))
        json[u"license"_s] = u"Apache-2.0"_s;
    if (m_random.chance(30))
        json[u"maintainers"_s] =
            QJsonArray{QJsonObject{{u"name"_s, m_values.filledText()}, {u"email"_s, u"a@example.org"_s}},
                       QJsonObject{{u"name"_s, u"null"_s}}};
    return json;
}

/// One that every value of the type meets.
QJsonObject PackMaker::schemaOf(const QString &type)
{
    QJsonObject schema{{u"type"_s, type}, {u"title"_s, m_values.text()}};
    if (type == u"string"_s)
        schema[u"maxLength"_s] = 100'000;
    else if (type == u"integer"_s || type == u"number"_s)
        schema[u"minimum"_s] = -1e17;
    else if (type == u"array"_s)
        schema[u"items"_s] = true;
    else if (type == u"object"_s)
        schema[u"properties"_s] = QJsonObject{{u"never"_s, false}};
    return schema;
}

void PackMaker::putSchema(QJsonObject &declaration, const QString &type)
{
    if (m_random.chance(50)) {
        declaration[u"schema"_s] = schemaOf(type);
        return;
    }
    const QString path = u"schemas/%1.json"_s.arg(m_pack.files.size());
    m_pack.files[path] = {QJsonDocument(schemaOf(type)).toJson(), false};
    declaration[u"schema"_s] = path;
}

QJsonObject PackMaker::input(int number)
{
    const QString type = m_random.pick<QString>(
        {u"string"_s, u"integer"_s, u"number"_s, u"boolean"_s, u"array"_s, u"object"_s, u"file"_s});
    const QString name =
        m_random.pick<QString>({u"i"_s, u"in-"_s, u"_"_s, u"Yes"_s}) + QString::number(number);
    QJsonObject json{{u"name"_s, name}, {u"type"_s, type}};
    if (m_random.chance(30))
        json[u"description"_s] = m_values.text();
    const bool isFile = type == u"file"_s;
    if (!isFile && m_random.chance(40))
        putSchema(json, type);
    const int kind = m_random.below(4);
    if (kind == 0)
        json[u"required"_s] = true;
    else if (kind < 3 && !isFile)
        json[u"default"_s] = m_values.ofType(type);
    const bool isGiven = kind == 0 || m_random.chance(40);
    if (isGiven && isFile)
        m_pack.fileInputs[name] = m_values.text().toUtf8();
    else if (isGiven)
        m_pack.inputs[name] = m_values.ofType(type);
    if (isGiven || json.contains(u"default"_s))
        m_known.inputs[type] += name;
    return json;
}

QJsonArray PackMaker::inputs()
{
    QJsonArray list;
    for (int i = m_random.between(1, 6); i > 0; --i)
        list += input(i);
    return list;
}

QJsonArray PackMaker::secrets()
{
    QJsonArray list;
    for (int i = m_random.below(3); i > 0; --i) {
        const QString name = u"secret"_s + QString::number(i);
        QJsonObject json{{u"name"_s, name}};
        if (m_random.chance(50))
            json[u"required"_s] = m_random.chance(50);
        if (m_random.chance(30))
            json[u"allowShort"_s] = m_random.chance(50);
        if (m_random.chance(30))
            json[u"description"_s] = m_values.text();
        m_known.secrets += name;
        list += json;
    }
    return list;
}

QJsonArray PackMaker::approvals()
{
    QJsonArray list;
    for (int i = m_random.between(1, 2); i > 0; --i) {
        QJsonObject json{{u"id"_s, m_random.pick<QString>({u"review-"_s, u""_s}) + QString::number(i)}};
        if (m_random.chance(50))
            json[u"required"_s] = m_random.between(1, 2);
        if (m_random.chance(50))
            json[u"approvers"_s] = QJsonArray{u"role:security"_s, u"user:anna"_s};
        if (m_random.chance(30))
            json[u"allowSelfApproval"_s] = m_random.chance(50);
        if (m_random.chance(50))
            json[u"expiresAfter"_s] = m_values.duration();
        if (m_random.chance(30))
            json[u"requireReason"_s] = m_random.chance(50);
        if (m_random.chance(30))
            json[u"title"_s] = m_values.text();
        if (m_random.chance(50))
            json[u"reasonTemplate"_s] = m_values.templateOf(m_known, {});
        list += json;
    }
    return list;
}

QJsonArray PackMaker::policies()
{
    const QJsonObject opa{{u"id"_s, u"opa"_s}, {u"engine"_s, u"opa"_s}, {u"path"_s, u"packs/a/allow"_s}};
    QJsonObject rules{{u"id"_s, u"rules"_s}, {u"engine"_s, u"rules"_s}};
    QJsonArray list;
    for (int i = m_random.between(1, 2); i > 0; --i) {
        QJsonObject rule{{u"id"_s, u"r"_s + QString::number(i)},
                         {u"deny"_s, m_random.pick<QString>({u"{{ input.x == 1 }}"_s, u"{{ false }}"_s,
                                                             u"{{ run.tenant == 'a' }}"_s})}};
        if (m_random.chance(50))
            rule[u"message"_s] = m_values.templateOf(m_known, {});
        list += rule;
    }
    rules[u"rules"_s] = list;
    return m_random.pick<QJsonArray>({{opa}, {rules}, {opa, rules}, {rules, opa}});
}

QJsonObject PackMaker::sandbox()
{
    QJsonObject json;
    if (m_random.chance(70))
        json[u"mode"_s] = m_random.pick<QString>({u"open"_s, u"sealed"_s});
    if (m_random.chance(50))
        json[u"egress"_s] =
            QJsonArray{QJsonObject{{u"host"_s, u"API.example.org"_s}, {u"port"_s, 443}},
                       QJsonObject{{u"host"_s, u"*.example.net"_s}, {u"port"_s, m_random.between(1, 65535)}}};
    if (m_random.chance(30))
        json[u"onViolation"_s] = m_random.pick<QString>({u"fail"_s, u"record"_s});
    return json;
}

void PackMaker::addModule(int number)
{
    const QString name = u"module-"_s + QString::number(number);
    QJsonArray command{u"./run.sh"_s, m_values.text()};
    QJsonArray declared;
    if (m_random.chance(80)) {
        declared +=
            QJsonObject{{u"name"_s, u"x"_s}, {u"type"_s, u"string"_s}, {u"default"_s, m_values.text()}};
        declared += QJsonObject{{u"name"_s, u"n"_s}, {u"type"_s, u"number"_s}, {u"required"_s, true}};
        command += u"--x={{ inputs.x }}"_s;
        command += u"{{ inputs.n }}"_s;
    }
    QJsonObject spec{
        {u"command"_s, command},
        {u"outputs"_s, QJsonArray{QJsonObject{{u"name"_s, u"list"_s}, {u"type"_s, u"array"_s}}}}};
    if (!declared.isEmpty())
        spec[u"inputs"_s] = declared;
    m_pack.modules[name] = {
        {u"apiVersion"_s, u"stellaops.io/module.v1"_s},
        {u"kind"_s, u"Module"_s},
        {u"metadata"_s, QJsonObject{{u"name"_s, name}, {u"description"_s, m_values.text()}}},
        {u"spec"_s, spec}};
    m_pack.files[u"modules/%1/run.sh"_s.arg(name)] = {"#!/bin/sh\n", true};
    m_pack.files[u"modules/%1/data/table.csv"_s.arg(name)] = {m_values.text().toUtf8(), m_random.chance(50)};
    m_known.modules[name] = !declared.isEmpty();
}

void PackMaker::addFiles()
{
    m_pack.files[u"README.md"_s] = {m_values.text().toUtf8(), false};
    m_pack.files[u"schemas/any.json"_s] = {"{ }", false};
    for (int i = m_random.below(3); i > 0; --i)
        m_pack.files[u"files/\u00e9/%1"_s.arg(i)] = {m_values.text().toUtf8(), m_random.chance(50)};
}

QStringList PackMaker::ids(const QJsonArray &list, const QString &key) const
{
    QStringList ids;
    for (const QJsonValue item : list)
        ids += item[key].toString();
    return ids;
}

QJsonArray PackMaker::outputs()
{
    QJsonArray list;
    for (int i = m_random.below(4); i > 0; --i) {
        QJsonObject json{{u"name"_s, u"out"_s + QString::number(i)}};
        const KnownStep step = m_random.pick(m_known.steps);
        if (m_random.chance(30) && step.isRun)
            json[u"file"_s] = u"{{ steps.%1.artifacts['a b.json'] }}"_s.arg(step.id);
        else
            json[u"value"_s] = m_values.templateOf(m_known, m_known.steps);
        list += json;
    }
    return list;
}

RandomPack PackMaker::make()
{
    addFiles();
    for (int i = m_random.below(3); i > 0; --i)
        addModule(i);
    QJsonObject spec{{u"inputs"_s, inputs()}};
    if (const QJsonArray list = secrets(); !list.isEmpty())
        spec[u"secrets"_s] = list;
    spec[u"approvals"_s] = approvals();
    spec[u"policies"_s] = policies();
    m_known.approvals = ids(spec[u"approvals"_s].toArray(), u"id"_s);
    m_known.policies = ids(spec[u"policies"_s].toArray(), u"id"_s);
    if (m_random.chance(60))
        spec[u"sandbox"_s] = sandbox();
    if (m_random.chance(50))
        spec[u"defaults"_s] =
            QJsonObject{{u"timeout"_s, m_values.duration()}, {u"retries"_s, m_values.retries()}};
    RandomSteps steps(m_random, m_values, m_known);
    spec[u"steps"_s] = steps.list(0, false, {}, &m_known.steps);
    if (m_random.chance(60))
        spec[u"finally"_s] = steps.finally();
    spec[u"outputs"_s] = outputs();
    m_pack.manifest = {{u"apiVersion"_s, u"stellaops.io/pack.v1"_s},
                       {u"kind"_s, u"TaskPack"_s},
                       {u"metadata"_s, metadata()},
                       {u"spec"_s, spec}};
    return m_pack;
}

} // namespace

RandomPack randomPack(quint32 seed)
{
    return PackMaker(seed).make();
}
