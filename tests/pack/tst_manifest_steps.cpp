#include "manifest_rows.h"

using namespace Qt::StringLiterals;
using namespace engine;

class TestManifestSteps : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void steps_data();
    void steps();
    void runSteps_data();
    void runSteps();
    void containersAndGates_data();
    void containersAndGates();
    void expressions_data();
    void expressions();
    void seesEarlierSteps();
    void readsNesting();
};

void TestManifestSteps::steps_data()
{
    rows::columns();

    rows::before("default timeout of zero", R"(  defaults: { timeout: PT0S }
)",
                 u"p.yaml:5:24: /spec/defaults/timeout: duration \"PT0S\" is zero; expected a longer one");
    rows::spec("steps are empty", R"(  steps: []
)",
               u"p.yaml:5:10: /spec/steps: the list of steps is empty; expected at least one");
    rows::spec("steps are a mapping", R"(  steps: { a: 1 }
)",
               u"p.yaml:5:10: /spec/steps: expected a list of steps, found a mapping");
    rows::spec("step is text", R"(  steps: [a]
)",
               u"p.yaml:5:11: /spec/steps/0: expected a mapping, found the text \"a\"");
    rows::spec("step without id", R"(  steps: [{ run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:11: /spec/steps/0: key \"id\" is missing");
    rows::spec("step id with underscore",
               R"(  steps: [{ id: a_b, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:17: /spec/steps/0/id: \"a_b\" is not a valid id; expected at most 63 of a-z, 0-9 "
               u"and \"-\", no \"-\" at either end");
    rows::spec("step id twice", R"(  steps:
    - { id: a, run: { uses: builtin:exec, with: { command: [x] } } }
    - { id: b, run: { uses: builtin:exec, with: { command: [x] } } }
    - { id: a, run: { uses: builtin:exec, with: { command: [x] } } }
)",
               u"p.yaml:8:7: /spec/steps/2: step id \"a\" is used twice; first in line 6");
    rows::spec(
        "step that does nothing", R"(  steps: [{ id: a }]
)",
        u"p.yaml:5:11: /spec/steps/0: expected exactly one of run, parallel, map and gate, found none");
    rows::spec(
        "step that does two things",
        R"(  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } }, map: { items: [1], step: { id: b, run: { uses: builtin:exec, with: { command: [x] } } } } }]
)",
        u"p.yaml:5:11: /spec/steps/0: expected exactly one of run, parallel, map and gate, found run and "
        u"map");
    rows::spec(
        "misspelt step key", R"(  steps: [{ id: a, runs: {} }]
)",
        u"2 errors in p.yaml\n"
        u"p.yaml:5:11: /spec/steps/0: expected exactly one of run, parallel, map and gate, found none\n"
        u"p.yaml:5:20: /spec/steps/0/runs: unknown key \"runs\"; did you mean \"run\"?");
    rows::spec("when is a boolean",
               R"(  steps: [{ id: a, when: true, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:26: /spec/steps/0/when: expected an expression in {{ }}, found the boolean true");
    rows::spec(
        "when is plain text",
        R"(  steps: [{ id: a, when: inputs.x, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
        u"p.yaml:5:26: /spec/steps/0/when: expected an expression in {{ }}, found the text \"inputs.x\"");
    rows::spec(
        "continueOnError is text",
        R"(  steps: [{ id: a, continueOnError: on, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
        u"p.yaml:5:37: /spec/steps/0/continueOnError: expected true or false, found the text \"on\"");
}

void TestManifestSteps::steps()
{
    rows::checkRefused();
}

void TestManifestSteps::runSteps_data()
{
    rows::columns();

    rows::run("unknown module", R"(uses: builtin:exce, with: { command: [x] })",
              u"p.yaml:8:20: /spec/steps/0/run/uses: unknown module \"builtin:exce\"; did you mean "
              u"\"builtin:exec\"?");
    rows::run("module out of nowhere", R"(uses: docker, with: {})",
              u"p.yaml:8:20: /spec/steps/0/run/uses: unknown module \"docker\"; expected one of "
              u"builtin:exec, builtin:script, builtin:http, builtin:validate, bundle.ingest");
    rows::run("no module", R"(with: {})", u"p.yaml:8:12: /spec/steps/0/run: key \"uses\" is missing");
    rows::run("no with", R"(uses: builtin:exec)", u"p.yaml:8:12: /spec/steps/0/run: key \"with\" is missing");
    rows::run("with is a list", R"(uses: builtin:exec, with: [x])",
              u"p.yaml:8:40: /spec/steps/0/run/with: expected a mapping, found a list");
    rows::run("command is text", R"(uses: builtin:exec, with: { command: ls -l })",
              u"p.yaml:8:51: /spec/steps/0/run/with/command: expected a list, found the text \"ls -l\"");
    rows::run("command is empty", R"(uses: builtin:exec, with: { command: [] })",
              u"p.yaml:8:51: /spec/steps/0/run/with/command: the command is empty; expected a program and "
              u"its arguments");
    rows::run("program is empty", R"(uses: builtin:exec, with: { command: [''] })",
              u"p.yaml:8:52: /spec/steps/0/run/with/command/0: expected text, found empty text");
    rows::run("argument is a number", R"(uses: builtin:exec, with: { command: [sleep, 1] })",
              u"p.yaml:8:59: /spec/steps/0/run/with/command/1: expected text, found the number 1; put it in "
              u"quotes");
    rows::run(
        "no command", R"(uses: builtin:exec, with: { comand: [x] })",
        u"2 errors in p.yaml\n"
        u"p.yaml:8:40: /spec/steps/0/run/with: key \"command\" is missing\n"
        u"p.yaml:8:42: /spec/steps/0/run/with/comand: unknown key \"comand\"; did you mean \"command\"?");
    rows::run("unknown shell", R"(uses: builtin:script, with: { shell: zsh, script: x })",
              u"p.yaml:8:51: /spec/steps/0/run/with/shell: unknown shell \"zsh\"; did you mean \"sh\"?");
    rows::run("no shell", R"(uses: builtin:script, with: { script: x })",
              u"p.yaml:8:42: /spec/steps/0/run/with: key \"shell\" is missing");
    rows::run("empty script", R"(uses: builtin:script, with: { shell: sh, script: '' })",
              u"p.yaml:8:63: /spec/steps/0/run/with/script: expected text, found empty text");
    rows::run(
        "ingest from two sources",
        R"(uses: bundle.ingest, with: { path: a, input: b, checksum: '{{ run.id }}' })",
        u"p.yaml:8:41: /spec/steps/0/run/with: expected exactly one of \"path\" and \"input\", found both");
    rows::run("ingest without checksum", R"(uses: bundle.ingest, with: { path: a })",
              u"p.yaml:8:41: /spec/steps/0/run/with: expected exactly one of \"checksum\" and "
              u"\"checksumSha256\", found none");
    rows::run(
        "ingest of an unknown input",
        R"(uses: bundle.ingest, with: { input: pakage, checksum: '{{ run.id }}' })",
        u"p.yaml:8:50: /spec/steps/0/run/with/input: unknown input \"pakage\"; did you mean \"package\"?");
    rows::run(
        "ingest of an input that is no file",
        R"(uses: bundle.ingest, with: { input: target, checksum: '{{ run.id }}' })",
        u"p.yaml:8:50: /spec/steps/0/run/with/input: input \"target\" is of type string; expected a file");
    rows::run("checksum too short", R"(uses: bundle.ingest, with: { path: a, checksumSha256: abc })",
              u"p.yaml:8:68: /spec/steps/0/run/with/checksumSha256: \"abc\" is not a SHA-256 checksum; "
              u"expected 64 hexadecimal digits");
    rows::run("file name with a folder",
              R"(uses: bundle.ingest, with: { path: a, checksum: '{{ run.id }}', filename: ../a })",
              u"p.yaml:8:88: /spec/steps/0/run/with/filename: \"../a\" is not the name of a file; expected "
              u"one without folders");
    rows::run("variable with a dash", R"(uses: builtin:exec, with: { command: [x] }, env: { A-B: x })",
              u"p.yaml:8:65: /spec/steps/0/run/env/A-B: \"A-B\" is not a valid name of a variable; expected "
              u"letters, digits and \"_\"");
    rows::run("variable of the engine",
              R"(uses: builtin:exec, with: { command: [x] }, env: { TASKRUNNER_STEP: x })",
              u"p.yaml:8:65: /spec/steps/0/run/env/TASKRUNNER_STEP: variable \"TASKRUNNER_STEP\" is set by "
              u"the engine; expected another name");
    rows::run(
        "variable is a number", R"(uses: builtin:exec, with: { command: [x] }, env: { PORT: 80 })",
        u"p.yaml:8:71: /spec/steps/0/run/env/PORT: expected text, found the number 80; put it in quotes");
    rows::run("output without name",
              R"(uses: builtin:exec, with: { command: [x] }, outputs: [{ type: json }])",
              u"p.yaml:8:68: /spec/steps/0/run/outputs/0: key \"name\" is missing");
    rows::run("output of an unknown type",
              R"(uses: builtin:exec, with: { command: [x] }, outputs: [{ name: a, type: text }])",
              u"p.yaml:8:85: /spec/steps/0/run/outputs/0/type: unknown type \"text\"; expected string, "
              u"integer, number, boolean, array, object or json");
    rows::run("output outside",
              R"(uses: builtin:exec, with: { command: [x] }, outputs: [{ name: a, path: ../a }])",
              u"p.yaml:8:85: /spec/steps/0/run/outputs/0/path: path \"../a\" leaves its folder; expected a "
              u"relative path without \"..\"");
    rows::run("output with an expression",
              R"(uses: builtin:exec, with: { command: [x] }, outputs: [{ name: a, path: '{{ run.id }}' }])",
              u"p.yaml:8:85: /spec/steps/0/run/outputs/0/path: \"path\" is not evaluated; expected a path "
              u"without an expression");
    rows::run("output twice",
              R"(uses: builtin:exec, with: { command: [x] }, outputs: [{ name: a }, { name: a }])",
              u"p.yaml:8:81: /spec/steps/0/run/outputs/1: output \"a\" is used twice; first in line 8");
    rows::run("artifacts outside", R"(uses: builtin:exec, with: { command: [x] }, artifacts: [/etc/*])",
              u"p.yaml:8:70: /spec/steps/0/run/artifacts/0: pattern \"/etc/*\" leaves its folder; expected a "
              u"relative one without \"..\"");
    rows::run("artifacts with an expression",
              R"(uses: builtin:exec, with: { command: [x] }, artifacts: ['{{ run.id }}/*'])",
              u"p.yaml:8:70: /spec/steps/0/run/artifacts/0: \"artifacts\" is not evaluated; expected a "
              u"pattern without an expression");
    rows::run("timeout is a number", R"(uses: builtin:exec, with: { command: [x] }, timeout: 5)",
              u"p.yaml:8:67: /spec/steps/0/run/timeout: expected text, found the number 5; put it in quotes");
    rows::run("timeout without unit", R"(uses: builtin:exec, with: { command: [x] }, timeout: '5')",
              u"p.yaml:8:67: /spec/steps/0/run/timeout: \"5\" is not a duration; expected ISO 8601 such as "
              u"PT30S, PT4H or P1D");
    rows::run("grace is text", R"(uses: builtin:exec, with: { command: [x] }, grace: soon)",
              u"p.yaml:8:65: /spec/steps/0/run/grace: \"soon\" is not a duration; expected ISO 8601 such as "
              u"PT30S, PT4H or P1D");
    rows::run("idempotent is a number", R"(uses: builtin:exec, with: { command: [x] }, idempotent: 1)",
              u"p.yaml:8:70: /spec/steps/0/run/idempotent: expected true or false, found the number 1");
}

void TestManifestSteps::runSteps()
{
    rows::checkRefused();
}

void TestManifestSteps::containersAndGates_data()
{
    rows::columns();

    rows::spec("parallel without steps", R"(  steps: [{ id: a, parallel: {} }]
)",
               u"p.yaml:5:30: /spec/steps/0/parallel: key \"steps\" is missing");
    rows::spec(
        "parallel of nothing", R"(  steps: [{ id: a, parallel: { steps: [] } }]
)",
        u"p.yaml:5:39: /spec/steps/0/parallel/steps: the list of steps is empty; expected at least one");
    rows::spec(
        "maxParallel of zero",
        R"(  steps: [{ id: a, parallel: { maxParallel: 0, steps: [{ id: b, run: { uses: builtin:exec, with: { command: [x] } } }] } }]
)",
        u"p.yaml:5:45: /spec/steps/0/parallel/maxParallel: expected an integer of at least 1, found the "
        u"number 0");
    rows::spec(
        "unknown failure policy",
        R"(  steps: [{ id: a, parallel: { failurePolicy: cancel, steps: [{ id: b, run: { uses: builtin:exec, with: { command: [x] } } }] } }]
)",
        u"p.yaml:5:47: /spec/steps/0/parallel/failurePolicy: unknown failurePolicy \"cancel\"; expected "
        u"stop-scheduling, cancel-running or continue");
    rows::spec(
        "map without items",
        R"(  steps: [{ id: a, map: { step: { id: b, run: { uses: builtin:exec, with: { command: [x] } } } } }]
)",
        u"p.yaml:5:25: /spec/steps/0/map: key \"items\" is missing");
    rows::spec("map without step", R"(  steps: [{ id: a, map: { items: [1] } }]
)",
               u"p.yaml:5:25: /spec/steps/0/map: key \"step\" is missing");
    rows::spec(
        "items are plain text",
        R"(  steps: [{ id: a, map: { items: x, step: { id: b, run: { uses: builtin:exec, with: { command: [x] } } } } }]
)",
        u"p.yaml:5:34: /spec/steps/0/map/items: expected an expression in {{ }}, found the text \"x\"");
    rows::spec(
        "items are a number",
        R"(  steps: [{ id: a, map: { items: 3, step: { id: b, run: { uses: builtin:exec, with: { command: [x] } } } } }]
)",
        u"p.yaml:5:34: /spec/steps/0/map/items: expected a list or an expression, found the number 3");
    rows::spec(
        "map of a map",
        R"(  steps: [{ id: a, map: { items: [1], step: { id: b, map: { items: [1], step: { id: c, run: { uses: builtin:exec, with: { command: [x] } } } } } } }]
)",
        u"p.yaml:5:54: /spec/steps/0/map/step/map: the step of a map cannot be a map itself; expected a run, "
        u"a parallel or a gate");
    rows::spec(
        "nested too deep",
        R"(  steps: [{ id: s0, parallel: { steps: [{ id: s1, parallel: { steps: [{ id: s2, parallel: { steps: [{ id: s3, parallel: { steps: [{ id: s4, parallel: { steps: [{ id: s5, parallel: { steps: [{ id: s6, parallel: { steps: [{ id: s7, parallel: { steps: [{ id: s8, parallel: { steps: [{ id: x, run: { uses: builtin:exec, with: { command: [x] } } }] } }] } }] } }] } }] } }] } }] } }] } }] } }]
)",
        u"p.yaml:5:280: "
        u"/spec/steps/0/parallel/steps/0/parallel/steps/0/parallel/steps/0/parallel/steps/0/parallel/steps/0/"
        u"parallel/steps/0/parallel/steps/0/parallel/steps/0/parallel/steps: steps are nested deeper than 8 "
        u"levels of parallel and map");
    rows::spec(
        "gate of nothing", R"(  steps: [{ id: a, gate: {} }]
)",
        u"p.yaml:5:26: /spec/steps/0/gate: expected exactly one of \"approval\" and \"policy\", found none");
    rows::spec("gate is text", R"(  steps: [{ id: a, gate: review }]
)",
               u"p.yaml:5:26: /spec/steps/0/gate: expected a mapping, found the text \"review\"");
    rows::spec(
        "gate of both", R"(  approvals: [{ id: r }]
  steps: [{ id: g, gate: { approval: r, policy: r } }]
)",
        u"p.yaml:6:26: /spec/steps/0/gate: expected exactly one of \"approval\" and \"policy\", found both");
    rows::spec("unknown approval", R"(  approvals: [{ id: security-review }]
  steps: [{ id: g, gate: { approval: securty-review } }]
)",
               u"p.yaml:6:38: /spec/steps/0/gate/approval: unknown approval \"securty-review\"; did you mean "
               u"\"security-review\"?");
    rows::spec("no approvals", R"(  steps: [{ id: g, gate: { approval: r } }]
)",
               u"p.yaml:5:38: /spec/steps/0/gate/approval: unknown approval \"r\"");
    rows::spec("unknown policy", R"(  steps: [{ id: g, gate: { policy: r } }]
)",
               u"p.yaml:5:36: /spec/steps/0/gate/policy: unknown policy \"r\"");
    rows::spec(
        "input of an approval gate", R"(  approvals: [{ id: r }]
  steps: [{ id: g, gate: { approval: r, input: {} } }]
)",
        u"p.yaml:6:41: /spec/steps/0/gate/input: unknown key \"input\"; expected one of approval, message");
    rows::spec("message of a policy gate",
               R"(  policies: [{ id: r, engine: rules, rules: [{ id: d, deny: '{{ true }}' }] }]
  steps: [{ id: g, gate: { policy: r, message: x } }]
)",
               u"p.yaml:6:39: /spec/steps/0/gate/message: unknown key \"message\"; expected one of policy, "
               u"input, failAction");
    rows::spec("unknown fail action",
               R"(  policies: [{ id: r, engine: rules, rules: [{ id: d, deny: '{{ true }}' }] }]
  steps: [{ id: g, gate: { policy: r, failAction: stop } }]
)",
               u"p.yaml:6:51: /spec/steps/0/gate/failAction: unknown failAction \"stop\"; expected halt or "
               u"continue");
    rows::spec("input of a gate is a list",
               R"(  policies: [{ id: r, engine: rules, rules: [{ id: d, deny: '{{ true }}' }] }]
  steps: [{ id: g, gate: { policy: r, input: [] } }]
)",
               u"p.yaml:6:46: /spec/steps/0/gate/input: expected a mapping, found a list");
}

void TestManifestSteps::containersAndGates()
{
    rows::checkRefused();
}

void TestManifestSteps::expressions_data()
{
    rows::columns();

    rows::run("syntax", R"(uses: builtin:exec, with: { command: ['{{ inputs. }}'] })",
              u"p.yaml:8:64: /spec/steps/0/run/with/command/0: expected a name after \".\", found \"}}\"");
    rows::run(
        "unknown root", R"(uses: builtin:exec, with: { command: ['{{ input_.x }}'] })",
        u"p.yaml:8:56: /spec/steps/0/run/with/command/0: unknown name \"input_\"; did you mean \"inputs\"?");
    rows::run("unknown function", R"(uses: builtin:exec, with: { command: ['{{ length(inputs.target) }}'] })",
              u"p.yaml:8:56: /spec/steps/0/run/with/command/0: unknown function \"length\"");
    rows::run(
        "unknown input", R"(uses: builtin:exec, with: { command: ['{{ inputs.traget }}'] })",
        u"p.yaml:8:63: /spec/steps/0/run/with/command/0: unknown input \"traget\"; did you mean \"target\"?");
    rows::run("input by index", R"(uses: builtin:exec, with: { command: ['{{ inputs["x"] }}'] })",
              u"p.yaml:8:63: /spec/steps/0/run/with/command/0: unknown input \"x\"");
    rows::run(
        "item outside a map", R"(uses: builtin:exec, with: { command: ['{{ item }}'] })",
        u"p.yaml:8:56: /spec/steps/0/run/with/command/0: \"item\" exists only inside the step of a map");
    rows::run(
        "index outside a map", R"(uses: builtin:exec, with: { command: ['{{ index }}'] })",
        u"p.yaml:8:56: /spec/steps/0/run/with/command/0: \"index\" exists only inside the step of a map");
    rows::run("input outside a policy", R"(uses: builtin:exec, with: { command: ['{{ input.x }}'] })",
              u"p.yaml:8:56: /spec/steps/0/run/with/command/0: \"input\" exists only in the rules of a "
              u"policy; did you mean \"inputs\"?");
    rows::run("deep inside with", R"(uses: builtin:exec, with: { command: [x], stdin: 'a {{ inputs.x }}' })",
              u"p.yaml:8:76: /spec/steps/0/run/with/stdin: unknown input \"x\"");
    rows::spec("in an escaped text", R"(  steps:
    - id: a
      run: { uses: builtin:exec, with: { command: ["\t{{ x }}"] } }
)",
               u"p.yaml:7:52: /spec/steps/0/run/with/command/0: unknown name \"x\"");
    rows::spec(
        "in a block text", R"(  steps:
    - id: a
      run:
        uses: builtin:script
        with:
          shell: sh
          script: |
            echo a
            echo {{ x }}
)",
        u"p.yaml:11:19: /spec/steps/0/run/with/script: unknown name \"x\" (line 2, column 9 of the text)");
    rows::spec("unknown step", R"(  steps:
    - { id: build, run: { uses: builtin:exec, with: { command: [x] } } }
    - { id: b, run: { uses: builtin:exec, with: { command: ['{{ steps.biuld.status }}'] } } }
)",
               u"p.yaml:7:71: /spec/steps/1/run/with/command/0: unknown step \"biuld\"");
    rows::spec("later step", R"(  steps:
    - { id: a, run: { uses: builtin:exec, with: { command: ['{{ steps.b.status }}'] } } }
    - { id: b, run: { uses: builtin:exec, with: { command: [x] } } }
)",
               u"p.yaml:6:71: /spec/steps/0/run/with/command/0: step \"b\" comes later");
    rows::spec("step itself", R"(  steps:
    - { id: a, run: { uses: builtin:exec, with: { command: ['{{ steps.a.status }}'] } } }
)",
               u"p.yaml:6:71: /spec/steps/0/run/with/command/0: step \"a\" is this step itself");
    rows::spec("enclosing step", R"(  steps:
    - { id: a, parallel: { steps: [{ id: b, run: { uses: builtin:exec, with: { command: ['{{ steps.a.status }}'] } } }] } }
)",
               u"p.yaml:6:100: /spec/steps/0/parallel/steps/0/run/with/command/0: step \"a\" encloses this "
               u"step and has no results yet");
    rows::spec("step side by side", R"(  steps:
    - id: p
      parallel:
        steps:
          - { id: a, run: { uses: builtin:exec, with: { command: [x] } } }
          - { id: b, run: { uses: builtin:exec, with: { command: ['{{ steps.a.status }}'] } } }
)",
               u"p.yaml:10:77: /spec/steps/0/parallel/steps/1/run/with/command/0: step \"a\" runs side by "
               u"side with this step");
    rows::spec("step inside another", R"(  steps:
    - { id: p, parallel: { steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }] } }
    - { id: b, run: { uses: builtin:exec, with: { command: ['{{ steps.a.status }}'] } } }
)",
               u"p.yaml:7:71: /spec/steps/1/run/with/command/0: step \"a\" stands inside another step and is "
               u"not visible here");
    rows::spec("later step, from inside a map", R"(  steps:
    - { id: m, map: { items: [1], step: { id: a, run: { uses: builtin:exec, with: { command: ['{{ steps.b.status }}'] } } } } }
    - { id: b, run: { uses: builtin:exec, with: { command: [x] } } }
)",
               u"p.yaml:6:105: /spec/steps/0/map/step/run/with/command/0: step \"b\" comes later");
    rows::spec("item in the items of a map", R"(  steps:
    - { id: m, map: { items: '{{ item }}', step: { id: a, run: { uses: builtin:exec, with: { command: [x] } } } } }
)",
               u"p.yaml:6:34: /spec/steps/0/map/items: \"item\" exists only inside the step of a map");
    rows::spec(
        "item after a map", R"(  steps:
    - { id: m, map: { items: [1], step: { id: a, run: { uses: builtin:exec, with: { command: ['{{ item }}'] } } } } }
    - { id: b, run: { uses: builtin:exec, with: { command: ['{{ item }}'] } } }
)",
        u"p.yaml:7:65: /spec/steps/1/run/with/command/0: \"item\" exists only inside the step of a map");
}

void TestManifestSteps::expressions()
{
    rows::checkRefused();
}

/// Earlier siblings at every level can be named, and the item inside a map, at any depth.
void TestManifestSteps::seesEarlierSteps()
{
    const auto manifest = parseManifest(rows::top + R"(metadata: { name: p, version: 1.0.0 }
spec:
  policies: [{ id: r, engine: rules, rules: [{ id: d, deny: "{{ steps.last.status == 'failed' }}" }] }]
  steps:
    - { id: first, run: { uses: builtin:exec, with: { command: [x] } } }
    - id: hosts
      map:
        items: ["{{ steps.first.status }}", 2]
        step:
          id: both
          parallel:
            steps:
              - id: one
                run: { uses: builtin:exec, with: { command: ["{{ steps.first.status }}", "{{ item }}"] } }
              - id: two
                map:
                  items: "{{ range(0, index) }}"
                  step: { id: in, run: { uses: builtin:exec, with: { command: ["{{ steps['first'].status }}", "{{ item }}"] } } }
    - { id: last, run: { uses: builtin:exec, with: { command: ["{{ len(steps.hosts.results) }}"] } } }
    - { id: gate, gate: { policy: r } }
  outputs: [{ name: o, value: "{{ steps.last.status }}" }]
)",
                                        u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(manifest->steps.size(), 4);
}

void TestManifestSteps::readsNesting()
{
    QByteArray step = "{ id: x, run: { uses: builtin:exec, with: { command: [x] } } }";
    for (int i = 0; i < 8; ++i)
        step = "{ id: s, parallel: { steps: [" + step + "] } }";
    const auto manifest = parseManifest(
        rows::top + "metadata: { name: p, version: 1.0.0 }\nspec:\n  steps: [" + step + "]\n", u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    const StepSpec *inner = &manifest->steps.first();
    for (int depth = 0; depth < 8; ++depth) {
        QVERIFY(inner->kind == StepKind::Parallel);
        inner = &inner->children.first();
    }
    QCOMPARE(inner->id, u"x"_s);
}

QTEST_GUILESS_MAIN(TestManifestSteps)
#include "tst_manifest_steps.moc"
