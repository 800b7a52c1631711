#include "tests/plan/pack_change.h"

#include "engine/base/json.h"

#include <QJsonArray>

#include <limits>

using namespace Qt::StringLiterals;

namespace {

/// Changes an object and says whether it could.
using Edit = std::function<bool(QJsonObject &object)>;

/// Edits the member of an object; one that is absent is empty.
bool inside(QJsonObject &object, const QString &name, const Edit &edit)
{
    QJsonObject member = object.value(name).toObject();
    if (!edit(member))
        return false;
    object[name] = member;
    return true;
}

ChangeOf inSpec(RandomPack &pack, const Edit &edit, ChangeOf what = ChangeOf::Plan)
{
    return inside(pack.manifest, u"spec"_s, edit) ? what : ChangeOf::Nothing;
}

/// Edits the object in a list that can be edited after `skip` others; skip counts down.
bool inList(QJsonObject &owner, const QString &name, int &skip, const Edit &edit)
{
    QJsonArray list = owner.value(name).toArray();
    for (qsizetype i = 0; i < list.size(); ++i) {
        QJsonObject item = list.at(i).toObject();
        if (!edit(item) || skip-- > 0)
            continue;
        list[i] = item;
        owner[name] = list;
        return true;
    }
    return false;
}

/// Any one that can be edited.
bool inAny(QJsonObject &owner, const QString &name, Random &random, const Edit &edit)
{
    int counter = std::numeric_limits<int>::max();
    inList(owner, name, counter, edit);
    const int count = std::numeric_limits<int>::max() - counter;
    int skip = count > 0 ? random.below(count) : 0;
    return count > 0 && inList(owner, name, skip, edit);
}

/// Edits the step that can be edited after `skip` others, in pre-order; none in a map that has no items.
// NOLINTNEXTLINE(misc-no-recursion): steps are nested at most 4 levels deep
bool inSteps(QJsonArray &steps, int &skip, const Edit &edit)
{
    for (qsizetype i = 0; i < steps.size(); ++i) {
        QJsonObject step = steps.at(i).toObject();
        QJsonObject changed = step;
        bool isDone = edit(changed) && skip-- <= 0;
        if (!isDone) {
            changed = step;
            isDone = inside(changed, u"parallel"_s, [&](QJsonObject &parallel) {
                QJsonArray children = parallel.value(u"steps"_s).toArray();
                const bool found = inSteps(children, skip, edit);
                parallel[u"steps"_s] = children;
                return found;
            });
        }
        if (!isDone && step[u"map"_s][u"items"_s] != QJsonArray()) {
            isDone = inside(changed, u"map"_s, [&](QJsonObject &map) {
                QJsonArray child{map.value(u"step"_s)};
                const bool found = map.contains(u"step"_s) && inSteps(child, skip, edit);
                map[u"step"_s] = child.first();
                return found;
            });
        }
        if (isDone) {
            steps[i] = changed;
            return true;
        }
    }
    return false;
}

/// A change of any step that has what is edited.
PackChange ofStep(const char *name, const Edit &edit)
{
    return {name, [edit](RandomPack &pack, Random &random) {
                QJsonArray steps = pack.manifest[u"spec"_s][u"steps"_s].toArray();
                int counter = std::numeric_limits<int>::max();
                QJsonArray copy = steps;
                inSteps(copy, counter, edit);
                const int count = std::numeric_limits<int>::max() - counter;
                if (count == 0)
                    return ChangeOf::Nothing;
                int skip = random.below(count);
                return inSpec(pack, [&](QJsonObject &spec) {
                    const bool found = inSteps(steps, skip, edit);
                    spec[u"steps"_s] = steps;
                    return found;
                });
            }};
}

/// A change of the content of a step: of "run", "parallel", "map" or "gate".
PackChange ofContent(const char *name, const QString &kind, const Edit &edit)
{
    return ofStep(
        name, [kind, edit](QJsonObject &step) { return step.contains(kind) && inside(step, kind, edit); });
}

Edit setting(const QString &name, const QJsonValue &value)
{
    return [=](QJsonObject &object) {
        object[name] = value;
        return true;
    };
}

Edit toggling(const QString &name, bool fallback)
{
    return [=](QJsonObject &object) {
        object[name] = !object.value(name).toBool(fallback);
        return true;
    };
}

Edit choosing(const QString &name, const QString &one, const QString &other)
{
    return [=](QJsonObject &object) {
        object[name] = object.value(name).toString() == one ? other : one;
        return true;
    };
}

Edit appending(const QString &name, const QJsonValue &value)
{
    return [=](QJsonObject &object) {
        QJsonArray list = object.value(name).toArray();
        list.append(value);
        object[name] = list;
        return true;
    };
}

bool isProcess(const QJsonObject &run)
{
    const QString uses = run.value(u"uses"_s).toString();
    return uses == u"builtin:exec"_s || uses == u"builtin:script"_s || uses.startsWith(u"./"_s);
}

Edit ofProcess(const Edit &edit)
{
    return [edit](QJsonObject &run) { return isProcess(run) && edit(run); };
}

Edit ofModule(const QString &uses, const Edit &edit)
{
    return [uses, edit](QJsonObject &run) {
        return run.value(u"uses"_s) == uses && inside(run, u"with"_s, edit);
    };
}

QByteArray textOf(const QJsonValue &value)
{
    return engine::canonicalJsonOf(value);
}

/// Swaps the first two neighbours of which the second does not need the first.
bool swapNeighbours(QJsonObject &owner, const QString &name)
{
    QJsonArray list = owner.value(name).toArray();
    for (qsizetype i = 0; i + 1 < list.size(); ++i) {
        const QJsonValue first = list.at(i);
        const QByteArray id = first[u"id"_s].toString().toUtf8();
        if (textOf(list.at(i + 1)).contains("steps." + id + '.'))
            continue;
        list[i] = QJsonValue(list.at(i + 1));
        list[i + 1] = first;
        owner[name] = list;
        return true;
    }
    return false;
}

QList<PackChange> changesOfSteps()
{
    return {
        ofStep("name of a step", setting(u"name"_s, u"zz"_s)),
        ofStep("continueOnError", toggling(u"continueOnError"_s, false)),
        ofContent("timeout", u"run"_s, setting(u"timeout"_s, u"PT77S"_s)),
        ofContent("retries", u"run"_s, setting(u"retries"_s, QJsonObject{{u"maxAttempts"_s, 77}})),
        ofContent("idempotent", u"run"_s, toggling(u"idempotent"_s, false)),
        ofContent("artifacts", u"run"_s, appending(u"artifacts"_s, u"zz"_s)),
        ofContent("grace", u"run"_s, ofProcess(setting(u"grace"_s, u"PT77S"_s))),
        ofContent("allowUnixSockets", u"run"_s, ofProcess(toggling(u"allowUnixSockets"_s, false))),
        ofContent("variable", u"run"_s,
                  ofProcess([](QJsonObject &run) { return inside(run, u"env"_s, setting(u"ZZ"_s, u""_s)); })),
        ofContent("output of a step", u"run"_s,
                  [](QJsonObject &run) {
                      return isProcess(run) && !run.value(u"uses"_s).toString().startsWith(u"./"_s)
                             && appending(u"outputs"_s, QJsonObject{{u"name"_s, u"zz"_s}})(run);
                  }),
        ofContent("argument", u"run"_s, ofModule(u"builtin:exec"_s, appending(u"command"_s, u""_s))),
        ofContent("script", u"run"_s, ofModule(u"builtin:script"_s, setting(u"script"_s, u"zz"_s))),
        ofContent("request", u"run"_s, ofModule(u"builtin:http"_s, setting(u"expectStatus"_s, 299))),
        ofContent("validated value", u"run"_s, ofModule(u"builtin:validate"_s, setting(u"value"_s, u"zz"_s))),
        ofContent("validating schema", u"run"_s,
                  ofModule(u"builtin:validate"_s, setting(u"schema"_s, QJsonObject{{u"minLength"_s, 77}}))),
        ofContent("bundle", u"run"_s,
                  ofModule(u"bundle.ingest"_s, setting(u"checksum"_s, QString(64, u'7')))),
        ofContent("maxParallel", u"parallel"_s, setting(u"maxParallel"_s, 77)),
        ofContent("failurePolicy", u"map"_s,
                  choosing(u"failurePolicy"_s, u"continue"_s, u"cancel-running"_s)),
        ofContent("failurePolicy of a parallel", u"parallel"_s,
                  choosing(u"failurePolicy"_s, u"cancel-running"_s, u"continue"_s)),
        ofContent("items", u"map"_s,
                  [](QJsonObject &map) {
                      return map.value(u"items"_s).isArray() && appending(u"items"_s, u"zz"_s)(map);
                  }),
        ofContent("order in a parallel", u"parallel"_s,
                  [](QJsonObject &parallel) { return swapNeighbours(parallel, u"steps"_s); }),
        ofContent("message of a gate", u"gate"_s,
                  [](QJsonObject &gate) {
                      return gate.contains(u"approval"_s) && setting(u"message"_s, u"zz"_s)(gate);
                  }),
        ofContent("failAction", u"gate"_s,
                  [](QJsonObject &gate) {
                      return gate.contains(u"policy"_s)
                             && choosing(u"failAction"_s, u"continue"_s, u"halt"_s)(gate);
                  }),
        ofContent("input of a gate", u"gate"_s,
                  [](QJsonObject &gate) {
                      return gate.contains(u"policy"_s) && inside(gate, u"input"_s, setting(u"zz"_s, 77));
                  }),
    };
}

/// A change of any object of a list in the spec.
PackChange ofList(const char *name, const QString &list, const Edit &edit, ChangeOf what = ChangeOf::Plan)
{
    return {name, [=](RandomPack &pack, Random &random) {
                return inSpec(
                    pack, [&](QJsonObject &spec) { return inAny(spec, list, random, edit); }, what);
            }};
}

PackChange ofSpec(const char *name, const Edit &edit)
{
    return {name, [edit](RandomPack &pack, Random &) { return inSpec(pack, edit); }};
}

PackChange ofMetadata(const char *name, const Edit &edit, ChangeOf what)
{
    return {name, [=](RandomPack &pack, Random &) {
                return inside(pack.manifest, u"metadata"_s, edit) ? what : ChangeOf::Nothing;
            }};
}

QList<PackChange> changesOfDeclarations()
{
    const QJsonObject step{
        {u"id"_s, u"zz"_s},
        {u"run"_s, QJsonObject{{u"uses"_s, u"builtin:exec"_s},
                               {u"with"_s, QJsonObject{{u"command"_s, QJsonArray{u"zz"_s}}}}}}};
    const QJsonObject rule{{u"id"_s, u"zz"_s}, {u"deny"_s, u"{{ true }}"_s}};
    const QJsonObject place{{u"host"_s, u"zz.example.org"_s}, {u"port"_s, 77}};
    const auto ofEngine = [](const QString &engine, const Edit &edit) {
        return [=](QJsonObject &policy) { return policy.value(u"engine"_s) == engine && edit(policy); };
    };
    return {
        ofList("when", u"steps"_s, setting(u"when"_s, u"{{ run.tenant == 'zz' }}"_s)),
        ofSpec("order of steps", [](QJsonObject &spec) { return swapNeighbours(spec, u"steps"_s); }),
        ofSpec("new step", appending(u"steps"_s, step)),
        ofSpec("new step of finally", appending(u"finally"_s, step)),
        ofList("step of finally", u"finally"_s, setting(u"name"_s, u"zz"_s)),
        ofSpec("order of finally", [](QJsonObject &spec) { return swapNeighbours(spec, u"finally"_s); }),
        ofSpec("new output",
               appending(u"outputs"_s, QJsonObject{{u"name"_s, u"zz"_s}, {u"value"_s, u"zz"_s}})),
        ofSpec("new secret", appending(u"secrets"_s, QJsonObject{{u"name"_s, u"zz"_s}})),
        ofList("required secret", u"secrets"_s, toggling(u"required"_s, true)),
        ofList("short secret", u"secrets"_s, toggling(u"allowShort"_s, false)),
        ofList("required approvals", u"approvals"_s, setting(u"required"_s, 77)),
        ofList("approvers", u"approvals"_s, appending(u"approvers"_s, u"role:zz"_s)),
        ofList("self approval", u"approvals"_s, toggling(u"allowSelfApproval"_s, false)),
        ofList("expiry", u"approvals"_s, setting(u"expiresAfter"_s, u"PT77M"_s)),
        ofList("required reason", u"approvals"_s, toggling(u"requireReason"_s, false)),
        ofList("title", u"approvals"_s, setting(u"title"_s, u"zz"_s)),
        ofList("template of reasons", u"approvals"_s, setting(u"reasonTemplate"_s, u"zz"_s)),
        ofList("rule", u"policies"_s, ofEngine(u"rules"_s, appending(u"rules"_s, rule))),
        ofList("path of a policy", u"policies"_s, ofEngine(u"opa"_s, setting(u"path"_s, u"zz/zz"_s))),
        ofSpec("sandbox",
               [](QJsonObject &spec) {
                   return inside(spec, u"sandbox"_s, choosing(u"mode"_s, u"sealed"_s, u"open"_s));
               }),
        ofSpec(
            "egress",
            [place](QJsonObject &spec) { return inside(spec, u"sandbox"_s, appending(u"egress"_s, place)); }),
        ofSpec("violations",
               [](QJsonObject &spec) {
                   return inside(spec, u"sandbox"_s, choosing(u"onViolation"_s, u"record"_s, u"fail"_s));
               }),
        ofSpec("new input",
               appending(u"inputs"_s,
                         QJsonObject{{u"name"_s, u"zz"_s}, {u"type"_s, u"string"_s}, {u"default"_s, u""_s}})),
        ofList("description of an input", u"inputs"_s, setting(u"description"_s, u"zz"_s), ChangeOf::Digest),
        ofMetadata("version", setting(u"version"_s, u"77.0.0"_s), ChangeOf::Plan),
        ofMetadata("name of the pack", setting(u"name"_s, u"zz"_s), ChangeOf::Plan),
        ofMetadata("description", setting(u"description"_s, u"zz"_s), ChangeOf::Digest),
        ofMetadata("tags", appending(u"tags"_s, u"zz"_s), ChangeOf::Digest),
        ofMetadata("license", setting(u"license"_s, u"zz"_s), ChangeOf::Digest),
    };
}

QJsonValue another(const QJsonValue &value)
{
    switch (value.type()) {
    case QJsonValue::Bool: return !value.toBool();
    case QJsonValue::Double: return value.toDouble() == 77 ? 78 : 77;
    case QJsonValue::String: return value.toString() + u"zz"_s;
    case QJsonValue::Array: {
        QJsonArray array = value.toArray();
        array.append(u"zz"_s);
        return array;
    }
    default: break;
    }
    QJsonObject object = value.toObject();
    object[u"zz"_s] = 77;
    return object;
}

ChangeOf changeGiven(RandomPack &pack, Random &random)
{
    if (pack.inputs.isEmpty())
        return ChangeOf::Nothing;
    const QString name = random.pick(pack.inputs.keys());
    pack.inputs[name] = another(pack.inputs.value(name));
    return ChangeOf::Plan;
}

ChangeOf changeGivenFile(RandomPack &pack, Random &random)
{
    if (pack.fileInputs.isEmpty())
        return ChangeOf::Nothing;
    pack.fileInputs[random.pick(pack.fileInputs.keys())] += "zz";
    return ChangeOf::Plan;
}

ChangeOf changeDefault(RandomPack &pack, Random &random)
{
    return inSpec(pack, [&](QJsonObject &spec) {
        return inAny(spec, u"inputs"_s, random, [&pack](QJsonObject &input) {
            if (!input.contains(u"default"_s) || pack.inputs.contains(input.value(u"name"_s).toString()))
                return false;
            input[u"default"_s] = another(input.value(u"default"_s));
            return true;
        });
    });
}

/// Whether the plan holds a step of some module: one in a map without items is the only other use.
bool usesModules(const RandomPack &pack)
{
    return textOf(pack.manifest).contains("\"./modules/module-1\"");
}

ChangeOf changeModule(RandomPack &pack, Random &)
{
    const auto module = pack.modules.find(u"module-1"_s);
    if (module == pack.modules.end())
        return ChangeOf::Nothing;
    inside(*module, u"spec"_s, appending(u"command"_s, u"zz"_s));
    return usesModules(pack) ? ChangeOf::Plan : ChangeOf::Digest;
}

ChangeOf changeSchema(RandomPack &pack, Random &)
{
    pack.files[u"schemas/any.json"_s].bytes = R"({"description":"zz"})";
    return textOf(pack.manifest).contains("schemas/any.json") ? ChangeOf::Plan : ChangeOf::Digest;
}

/// @param inModule  of the module that steps use most; otherwise of the pack
PackChange ofFile(const char *name, bool inModule, const std::function<void(PackedFile &)> &edit)
{
    return {name, [=](RandomPack &pack, Random &) {
                const QString path = inModule ? u"modules/module-1/data/table.csv"_s : u"README.md"_s;
                if (!pack.files.contains(path))
                    return ChangeOf::Nothing;
                edit(pack.files[path]);
                return inModule && usesModules(pack) ? ChangeOf::Plan : ChangeOf::Digest;
            }};
}

PackChange ofFiles(const char *name, const std::function<void(QMap<QString, PackedFile> &)> &edit)
{
    return {name, [edit](RandomPack &pack, Random &) {
                edit(pack.files);
                return ChangeOf::Digest;
            }};
}

QList<PackChange> changesOfFiles()
{
    const auto content = [](PackedFile &file) { file.bytes += "zz"; };
    const auto mode = [](PackedFile &file) { file.executable = !file.executable; };
    return {
        {"given value", changeGiven},
        {"given file", changeGivenFile},
        {"default", changeDefault},
        {"module.yaml", changeModule},
        ofFile("content of a module's file", true, content),
        ofFile("execute bit of a module's file", true, mode),
        ofFile("content of a file", false, content),
        ofFile("execute bit of a file", false, mode),
        ofFiles("new file", [](QMap<QString, PackedFile> &files) { files[u"zz"_s] = {}; }),
        ofFiles("removed file", [](QMap<QString, PackedFile> &files) { files.remove(u"README.md"_s); }),
        ofFiles(
            "renamed file",
            [](QMap<QString, PackedFile> &files) { files[u"README.txt"_s] = files.take(u"README.md"_s); }),
        {"content of a schema", changeSchema},
    };
}

} // namespace

const QList<PackChange> &packChanges()
{
    static const QList<PackChange> all = changesOfSteps() + changesOfDeclarations() + changesOfFiles();
    return all;
}
