#include "tests/plan/random_steps.h"

#include "tests/plan/random.h"

using namespace Qt::StringLiterals;

// NOLINTBEGIN(misc-no-recursion): steps are nested at most 4 levels deep here

static constexpr int maxDepth = 4;

QJsonArray RandomSteps::list(int depth, bool sideBySide, QList<KnownStep> visible, QList<KnownStep> *made)
{
    QJsonArray steps;
    for (int i = m_random.between(1, depth == 0 ? 5 : 3); i > 0; --i) {
        KnownStep known;
        steps += step(depth, visible, known);
        if (!sideBySide)
            visible += known;
        if (made)
            made->append(known);
    }
    return steps;
}

QJsonArray RandomSteps::finally()
{
    QJsonArray steps;
    for (int i = m_random.between(1, 2); i > 0; --i) {
        KnownStep made{u"last-"_s + QString::number(i)};
        QJsonObject json{{u"id"_s, made.id}};
        if (m_random.chance(30))
            json[u"when"_s] = m_values.condition(m_known, m_known.steps);
        putRun(json, m_known.steps, made);
        steps += json;
    }
    return steps;
}

QJsonObject RandomSteps::step(int depth, const QList<KnownStep> &visible)
{
    KnownStep unnamed;
    return step(depth, visible, unnamed);
}

QJsonObject RandomSteps::step(int depth, const QList<KnownStep> &visible, KnownStep &made)
{
    made.id = m_random.pick<QString>({u"s"_s, u"build-"_s, u"null-"_s, u"e"_s}) + QString::number(++m_count);
    QJsonObject json{{u"id"_s, made.id}};
    if (m_random.chance(30))
        json[u"name"_s] = m_values.text();
    if (m_random.chance(25))
        json[u"when"_s] = m_values.condition(m_known, visible);
    if (m_random.chance(20))
        json[u"continueOnError"_s] = m_random.chance(50);
    const int kind = m_random.below(10);
    if (kind < 2 && depth < maxDepth)
        putParallel(json, depth, visible);
    else if (kind < 4 && depth < maxDepth)
        putMap(json, depth, visible);
    else if (kind < 6)
        putGate(json, visible);
    else
        putRun(json, visible, made);
    return json;
}

QString RandomSteps::argument(const QList<KnownStep> &visible)
{
    if (m_inMap && m_random.chance(40))
        return m_random.pick<QString>({u"{{ item }}"_s, u"{{ index }}"_s, u"--at={{ index + 1 }}"_s});
    return m_random.chance(50) ? m_values.templateOf(m_known, visible) : m_values.text();
}

QJsonObject RandomSteps::exec(const QList<KnownStep> &visible)
{
    QJsonArray command{u"program"_s};
    for (int i = m_random.below(4); i > 0; --i)
        command += argument(visible);
    QJsonObject with{{u"command"_s, command}};
    if (m_random.chance(30))
        with[u"stdin"_s] = u"> "_s + argument(visible);
    return with;
}

QJsonObject RandomSteps::http(const QList<KnownStep> &visible)
{
    const QString method = m_random.pick<QString>({u"GET"_s, u"POST"_s, u"DELETE"_s});
    QJsonObject with{{u"method"_s, method},
                     {u"url"_s, m_random.pick<QString>({u"https://api.example.org/v1?a=b"_s,
                                                        u"https://{{ run.tenant }}.example.net/"_s})}};
    if (method != u"GET"_s)
        with[u"body"_s] = QJsonArray{m_values.any(0), argument(visible)};
    if (!m_known.secrets.isEmpty())
        with[u"headers"_s] =
            QJsonObject{{u"X-Token"_s, u"Bearer {{ secrets.%1 }}"_s.arg(m_random.pick(m_known.secrets))}};
    if (m_random.chance(50))
        with[u"expectStatus"_s] = m_random.chance(50) ? QJsonValue(204) : QJsonValue(QJsonArray{200, 201});
    return with;
}

QJsonObject RandomSteps::ingest()
{
    QJsonObject with{{u"checksum"_s, QString(64, u'a')}};
    const QStringList files = m_known.inputs.value(u"file"_s);
    if (files.isEmpty())
        with[u"path"_s] = u"some where/bundle.tar"_s;
    else
        with[u"input"_s] = m_random.pick(files);
    if (m_random.chance(50))
        with[u"filename"_s] = u"bundle #1.tar"_s;
    return with;
}

QJsonObject RandomSteps::with(const QString &uses, const QList<KnownStep> &visible)
{
    if (uses == u"builtin:exec"_s)
        return exec(visible);
    if (uses == u"builtin:script"_s)
        return {{u"shell"_s, m_random.pick<QString>({u"bash"_s, u"python3"_s})},
                {u"script"_s, m_values.filledText() + u"\nif x; then\n  y # z\nfi\n"_s + argument(visible)}};
    if (uses == u"builtin:http"_s)
        return http(visible);
    if (uses == u"bundle.ingest"_s)
        return ingest();
    if (uses == u"builtin:validate"_s)
        return {{u"value"_s, m_values.any(0)},
                {u"schema"_s, m_random.chance(50) ? QJsonValue(u"schemas/any.json"_s)
                                                  : QJsonValue(QJsonObject{{u"title"_s, m_values.text()}})}};
    QJsonObject with{{u"n"_s, m_random.chance(50) ? QJsonValue(m_values.ofType(u"number"_s))
                                                  : QJsonValue(u"{{ len('abc') / 2 }}"_s)}};
    if (m_random.chance(50))
        with[u"x"_s] = m_random.chance(50) ? u"{{ run.id }}"_s : m_values.text();
    return with;
}

void RandomSteps::putProcess(QJsonObject &run, const QString &uses, const QList<KnownStep> &visible,
                             KnownStep &made)
{
    QJsonObject env;
    for (int i = m_random.below(3); i > 0; --i)
        env[u"VARIABLE_"_s + QString::number(i)] = argument(visible);
    if (!m_known.secrets.isEmpty() && m_random.chance(50))
        env[u"TOKEN"_s] = u"{{ secrets.%1 }}"_s.arg(m_random.pick(m_known.secrets));
    if (!env.isEmpty())
        run[u"env"_s] = env;
    if (m_random.chance(30))
        run[u"grace"_s] = m_random.pick<QString>({u"PT0S"_s, u"PT3S"_s});
    if (m_random.chance(20))
        run[u"allowUnixSockets"_s] = m_random.chance(50);
    if (uses.startsWith(u"./"_s)) {
        made.lists += u"list"_s;
    } else if (m_random.chance(50)) {
        run[u"outputs"_s] = QJsonArray{QJsonObject{{u"name"_s, u"list"_s}, {u"type"_s, u"array"_s}},
                                       QJsonObject{{u"name"_s, u"file"_s}, {u"path"_s, u"a b/c.txt"_s}},
                                       QJsonObject{{u"name"_s, u"key"_s}, {u"secret"_s, true}}};
        made.lists += u"list"_s;
    }
}

void RandomSteps::putRun(QJsonObject &step, const QList<KnownStep> &visible, KnownStep &made)
{
    QStringList all{u"builtin:exec"_s, u"builtin:exec"_s,     u"builtin:script"_s,
                    u"builtin:http"_s, u"builtin:validate"_s, u"bundle.ingest"_s};
    for (const QString &name : m_known.modules.keys())
        all += {u"./modules/"_s + name, u"./modules/"_s + name};
    const QString uses = m_random.pick(all);
    QJsonObject run{{u"uses"_s, uses}};
    made.isRun = true;
    const bool isModule = uses.startsWith(u"./"_s);
    if (!isModule || m_known.modules.value(uses.section(u'/', 2)))
        run[u"with"_s] = with(uses, visible);
    if (isModule || uses == u"builtin:exec"_s || uses == u"builtin:script"_s)
        putProcess(run, uses, visible, made);
    if (m_random.chance(20))
        run[u"timeout"_s] = m_values.duration();
    if (m_random.chance(20))
        run[u"retries"_s] = m_values.retries();
    if (m_random.chance(20))
        run[u"idempotent"_s] = m_random.chance(50);
    if (m_random.chance(20))
        run[u"artifacts"_s] = QJsonArray{u"*.json"_s, u"a/**/[x]?"_s};
    step[u"run"_s] = run;
}

void RandomSteps::putSpread(QJsonObject &json)
{
    if (m_random.chance(40))
        json[u"maxParallel"_s] = m_random.between(1, 9);
    if (m_random.chance(40))
        json[u"failurePolicy"_s] =
            m_random.pick<QString>({u"stop-scheduling"_s, u"cancel-running"_s, u"continue"_s});
}

void RandomSteps::putParallel(QJsonObject &step, int depth, const QList<KnownStep> &visible)
{
    QJsonObject parallel{{u"steps"_s, list(depth + 1, true, visible, nullptr)}};
    putSpread(parallel);
    step[u"parallel"_s] = parallel;
}

void RandomSteps::putMap(QJsonObject &step, int depth, const QList<KnownStep> &visible)
{
    QList<QJsonValue> items{QJsonArray{u"a"_s, 1, true}, QJsonArray{m_values.text()}, u"{{ range(2) }}"_s};
    for (const QString &name : m_known.inputs.value(u"array"_s))
        items += u"{{ inputs['%1'] }}"_s.arg(name);
    for (const KnownStep &known : visible) {
        for (const QString &list : known.lists)
            items += u"{{ steps.%1.outputs.%2 }}"_s.arg(known.id, list);
        items += QJsonArray{u"a"_s, u"{{ steps.%1.status }}"_s.arg(known.id)};
    }
    QJsonObject map{{u"items"_s, m_random.pick(items)}};
    putSpread(map);
    const bool wasInMap = m_inMap;
    m_inMap = true;
    QJsonObject child = this->step(depth + 1, visible);
    while (child.contains(u"map"_s))
        child = this->step(depth + 1, visible);
    m_inMap = wasInMap;
    if (m_random.chance(5)) { // Nothing of its template is in the plan.
        map[u"items"_s] = QJsonArray();
        child = {{u"id"_s, u"never"_s},
                 {u"run"_s, QJsonObject{{u"uses"_s, u"builtin:exec"_s}, {u"with"_s, exec({})}}}};
    }
    map[u"step"_s] = child;
    step[u"map"_s] = map;
}

void RandomSteps::putGate(QJsonObject &step, const QList<KnownStep> &visible)
{
    QJsonObject gate;
    if (m_random.chance(50)) {
        gate[u"approval"_s] = m_random.pick(m_known.approvals);
        if (m_random.chance(60))
            gate[u"message"_s] = m_values.templateOf(m_known, visible);
    } else {
        gate[u"policy"_s] = m_random.pick(m_known.policies);
        if (m_random.chance(60))
            gate[u"input"_s] = QJsonObject{{u"x"_s, m_values.any(1)},
                                           {u"y"_s, argument(visible)},
                                           {u"z"_s, m_values.condition(m_known, visible)}};
        if (m_random.chance(40))
            gate[u"failAction"_s] = m_random.pick<QString>({u"halt"_s, u"continue"_s});
    }
    step[u"gate"_s] = gate;
}

// NOLINTEND(misc-no-recursion)
