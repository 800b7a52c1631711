#include "manifest_rows.h"

using namespace Qt::StringLiterals;
using namespace engine;

class TestManifestErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void document_data();
    void document();
    void metadata_data();
    void metadata();
    void inputs_data();
    void inputs();
    void approvals_data();
    void approvals();
    void policies_data();
    void policies();
    void packOutputs_data();
    void packOutputs();
    void several_data();
    void several();
};

void TestManifestErrors::document_data()
{
    rows::columns();

    rows::whole("not a mapping", R"(- a
)",
                u"p.yaml:1:1: expected a mapping, found a list");
    rows::whole("empty mapping", R"({}
)",
                u"4 errors in p.yaml\n"
                u"p.yaml:1:1: key \"apiVersion\" is missing\n"
                u"p.yaml:1:1: key \"kind\" is missing\n"
                u"p.yaml:1:1: key \"metadata\" is missing\n"
                u"p.yaml:1:1: key \"spec\" is missing");
    rows::whole("unknown key at the top", R"(apiversion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
                u"2 errors in p.yaml\n"
                u"p.yaml:1:1: /apiversion: unknown key \"apiversion\"; did you mean \"apiVersion\"?\n"
                u"p.yaml:1:1: key \"apiVersion\" is missing");
    rows::whole("other version", R"(apiVersion: stellaops.io/pack.v2
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
                u"p.yaml:1:13: /apiVersion: unknown apiVersion \"stellaops.io/pack.v2\"; expected "
                u"\"stellaops.io/pack.v1\"");
    rows::whole("other kind", R"(apiVersion: stellaops.io/pack.v1
kind: Pod
metadata: { name: p, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
                u"p.yaml:2:7: /kind: unknown kind \"Pod\"; expected \"TaskPack\"");
    rows::whole("broken YAML", R"(apiVersion: stellaops.io/pack.v1
kind: [
)",
                u"p.yaml:3:1: not valid YAML: end of sequence flow not found");
    rows::whole("spec is a list", R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec: []
)",
                u"p.yaml:4:7: /spec: expected a mapping, found a list");
    rows::whole("no steps", R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec: {}
)",
                u"p.yaml:4:7: /spec: key \"steps\" is missing");
    rows::whole("duplicate key and more", R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
kind: Pod
metadata: { name: P, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
                u"2 errors in p.yaml\n"
                u"p.yaml:3:1: key \"kind\" stands twice in one mapping\n"
                u"p.yaml:4:19: /metadata/name: \"P\" is not a valid name; expected at most 63 of a-z, 0-9 "
                u"and \"-\", no \"-\" at either end");
}

void TestManifestErrors::document()
{
    rows::checkRefused();
}

void TestManifestErrors::metadata_data()
{
    rows::columns();

    rows::metadata("no name", R"({ version: 1.0.0 })", u"p.yaml:3:11: /metadata: key \"name\" is missing");
    rows::metadata("capital in name", R"({ name: Sbom, version: 1.0.0 })",
                   u"p.yaml:3:19: /metadata/name: \"Sbom\" is not a valid name; expected at most 63 of a-z, "
                   u"0-9 and \"-\", no \"-\" at either end");
    rows::metadata("dash at the end of name", R"({ name: sbom-, version: 1.0.0 })",
                   u"p.yaml:3:19: /metadata/name: \"sbom-\" is not a valid name; expected at most 63 of a-z, "
                   u"0-9 and \"-\", no \"-\" at either end");
    rows::metadata(
        "name of 64 characters",
        R"({ name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, version: 1.0.0 })",
        u"p.yaml:3:19: /metadata/name: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" "
        u"is not a valid name; expected at most 63 of a-z, 0-9 and \"-\", no \"-\" at either end");
    rows::metadata("empty name", R"({ name: '', version: 1.0.0 })",
                   u"p.yaml:3:19: /metadata/name: expected text, found empty text");
    rows::metadata("version of two parts", R"({ name: p, version: 1.4 })",
                   u"p.yaml:3:31: /metadata/version: expected text, found the number 1.4; put it in quotes");
    rows::metadata(
        "version with leading zero", R"({ name: p, version: 1.04.0 })",
        u"p.yaml:3:31: /metadata/version: \"1.04.0\" is not a version; expected SemVer 2.0 such as 1.4.0");
    rows::metadata(
        "version with v", R"({ name: p, version: v1.4.0 })",
        u"p.yaml:3:31: /metadata/version: \"v1.4.0\" is not a version; expected SemVer 2.0 such as 1.4.0");
    rows::metadata(
        "misspelt description", R"({ name: p, version: 1.0.0, descripton: x })",
        u"p.yaml:3:38: /metadata/descripton: unknown key \"descripton\"; did you mean \"description\"?");
    rows::metadata("tags are text", R"({ name: p, version: 1.0.0, tags: sbom })",
                   u"p.yaml:3:44: /metadata/tags: expected a list, found the text \"sbom\"");
    rows::metadata("a tag is a number", R"({ name: p, version: 1.0.0, tags: [a, 2] })",
                   u"p.yaml:3:48: /metadata/tags/1: expected text, found the number 2; put it in quotes");
    rows::metadata("maintainer without name",
                   R"({ name: p, version: 1.0.0, maintainers: [{ email: a@b.c }] })",
                   u"p.yaml:3:52: /metadata/maintainers/0: key \"name\" is missing");
    rows::metadata("license is null", R"({ name: p, version: 1.0.0, license: })",
                   u"p.yaml:3:47: /metadata/license: expected text, found null");
}

void TestManifestErrors::metadata()
{
    rows::checkRefused();
}

void TestManifestErrors::inputs_data()
{
    rows::columns();

    rows::before("inputs are a mapping", R"(  inputs: { a: {} }
)",
                 u"p.yaml:5:11: /spec/inputs: expected a list, found a mapping");
    rows::before("input without type", R"(  inputs: [{ name: a }]
)",
                 u"p.yaml:5:12: /spec/inputs/0: key \"type\" is missing");
    rows::before("unknown type", R"(  inputs: [{ name: a, type: int }]
)",
                 u"p.yaml:5:29: /spec/inputs/0/type: unknown type \"int\"; expected string, integer, number, "
                 u"boolean, array, object or file");
    rows::before("misspelt type", R"(  inputs: [{ name: a, type: interger }]
)",
                 u"p.yaml:5:29: /spec/inputs/0/type: unknown type \"interger\"; did you mean \"integer\"?");
    rows::before("input name with a space", R"(  inputs: [{ name: a b, type: string }]
)",
                 u"p.yaml:5:20: /spec/inputs/0/name: \"a b\" is not a valid name; expected a letter or "
                 u"\"_\", then at most 62 letters, digits, \"_\" and \"-\"");
    rows::before("input twice", R"(  inputs:
    - { name: a, type: string }
    - { name: a, type: integer }
)",
                 u"p.yaml:7:7: /spec/inputs/1: input \"a\" is used twice; first in line 6");
    rows::before("required is text", R"(  inputs: [{ name: a, type: string, required: 'yes' }]
)",
                 u"p.yaml:5:47: /spec/inputs/0/required: expected true or false, found the text \"yes\"");
    rows::before("default and required", R"(  inputs: [{ name: a, type: string, required: true, default: x }]
)",
                 u"p.yaml:5:62: /spec/inputs/0/default: a required input has no default; expected one of "
                 u"\"required\" and \"default\"");
    rows::before("default of another type", R"(  inputs: [{ name: a, type: string, default: 1.10 }]
)",
                 u"p.yaml:5:46: /spec/inputs/0/default: expected a string, found the number 1.1");
    rows::before("default is null", R"(  inputs: [{ name: a, type: array, default: null }]
)",
                 u"p.yaml:5:45: /spec/inputs/0/default: expected an array, found null");
    rows::before("default is no integer", R"(  inputs: [{ name: a, type: integer, default: 1.5 }]
)",
                 u"p.yaml:5:47: /spec/inputs/0/default: expected an integer, found the number 1.5");
    rows::before(
        "default against schema",
        R"(  inputs: [{ name: a, type: string, default: x, schema: { minLength: 2 } }]
)",
        u"p.yaml:5:46: /spec/inputs/0/default: expected text of at least 2 characters, found the text \"x\"");
    rows::before("default against schema, inside", R"(  inputs:
    - name: a
      type: array
      default: [1, x, y]
      schema: { items: { type: integer } }
)",
                 u"2 errors in p.yaml\n"
                 u"p.yaml:8:20: /spec/inputs/0/default/1: the schema allows no value of this type, found the "
                 u"text \"x\"\n"
                 u"p.yaml:8:23: /spec/inputs/0/default/2: the schema allows no value of this type, found the "
                 u"text \"y\"");
    rows::before("default of a file", R"(  inputs: [{ name: a, type: file, default: x }]
)",
                 u"p.yaml:5:44: /spec/inputs/0/default: an input of type file has no default");
    rows::before("schema of a file", R"(  inputs: [{ name: a, type: file, schema: { type: string } }]
)",
                 u"p.yaml:5:43: /spec/inputs/0/schema: an input of type file has no schema");
    rows::before(
        "schema is a number", R"(  inputs: [{ name: a, type: string, schema: 1 }]
)",
        u"p.yaml:5:45: /spec/inputs/0/schema: expected a JSON Schema or the path of one, found the number 1");
    rows::before("schema with a misspelt keyword",
                 R"(  inputs: [{ name: a, type: string, schema: { minLenght: 2 } }]
)",
                 u"p.yaml:5:58: /spec/inputs/0/schema/minLenght: unknown keyword \"minLenght\"; did you mean "
                 u"\"minLength\"?");
    rows::before("schema with a broken pattern",
                 R"(  inputs: [{ name: a, type: string, schema: { pattern: '(' } }]
)",
                 u"p.yaml:5:56: /spec/inputs/0/schema/pattern: \"(\" is not a regular expression: missing "
                 u"closing parenthesis");
    rows::before("schema with a wrong keyword value",
                 R"(  inputs: [{ name: a, type: string, schema: { minLength: -1 } }]
)",
                 u"p.yaml:5:45: /spec/inputs/0/schema: not a JSON Schema: Expected a non-negative integer "
                 u"value for 'minLength' constraint");
    rows::before("schema with a remote reference",
                 R"(  inputs: [{ name: a, type: string, schema: { $ref: 'https://example.org/s.json' } }]
)",
                 u"p.yaml:5:53: /spec/inputs/0/schema/$ref: expected a reference inside the schema such as "
                 u"#/definitions/x, found the text \"https://example.org/s.json\"");
    rows::before(
        "schema file without a folder", R"(  inputs: [{ name: a, type: string, schema: a.json }]
)",
        u"p.yaml:5:45: /spec/inputs/0/schema: file \"a.json\" cannot be read: the manifest stands alone");
    rows::before("schema file outside", R"(  inputs: [{ name: a, type: string, schema: ../a.json }]
)",
                 u"p.yaml:5:45: /spec/inputs/0/schema: path \"../a.json\" leaves the pack; expected a "
                 u"relative path without \"..\"");
}

void TestManifestErrors::inputs()
{
    rows::checkRefused();
}

void TestManifestErrors::approvals_data()
{
    rows::columns();

    rows::before("approval without id", R"(  approvals: [{ title: x }]
)",
                 u"p.yaml:5:15: /spec/approvals/0: key \"id\" is missing");
    rows::before("approval twice", R"(  approvals: [{ id: a }, { id: a }]
)",
                 u"p.yaml:5:26: /spec/approvals/1: approval id \"a\" is used twice; first in line 5");
    rows::before(
        "nobody must approve", R"(  approvals: [{ id: a, required: 0 }]
)",
        u"p.yaml:5:34: /spec/approvals/0/required: expected an integer of at least 1, found the number 0");
    rows::before(
        "half a person", R"(  approvals: [{ id: a, required: 1.5 }]
)",
        u"p.yaml:5:34: /spec/approvals/0/required: expected an integer of at least 1, found the number 1.5");
    rows::before("approver without kind", R"(  approvals: [{ id: a, approvers: [anna] }]
)",
                 u"p.yaml:5:36: /spec/approvals/0/approvers/0: \"anna\" is not an approver; expected "
                 u"\"user:NAME\" or \"role:NAME\"");
    rows::before("approver without name", R"(  approvals: [{ id: a, approvers: ['role:'] }]
)",
                 u"p.yaml:5:36: /spec/approvals/0/approvers/0: \"role:\" is not an approver; expected "
                 u"\"user:NAME\" or \"role:NAME\"");
    rows::before(
        "approver twice", R"(  approvals: [{ id: a, approvers: ['user:b', 'user:b'] }]
)",
        u"p.yaml:5:46: /spec/approvals/0/approvers/1: approver \"user:b\" is used twice; first in line 5");
    rows::before("too few approvers", R"(  approvals: [{ id: a, required: 2, approvers: ['user:b'] }]
)",
                 u"p.yaml:5:48: /spec/approvals/0/approvers: 2 must approve, but only 1 may");
    rows::before("expiry in words", R"(  approvals: [{ id: a, expiresAfter: 4h }]
)",
                 u"p.yaml:5:38: /spec/approvals/0/expiresAfter: \"4h\" is not a duration; expected ISO 8601 "
                 u"such as PT30S, PT4H or P1D");
    rows::before(
        "expiry of zero", R"(  approvals: [{ id: a, expiresAfter: PT0S }]
)",
        u"p.yaml:5:38: /spec/approvals/0/expiresAfter: duration \"PT0S\" is zero; expected a longer one");
    rows::before(
        "reason over unknown input", R"(  approvals: [{ id: a, reasonTemplate: 'x {{ inputs.b }}' }]
)",
        u"p.yaml:5:53: /spec/approvals/0/reasonTemplate: unknown input \"b\"; the pack declares no inputs");
    rows::before("reason over a rule's input", R"(  approvals: [{ id: a, reasonTemplate: '{{ input.b }}' }]
)",
                 u"p.yaml:5:44: /spec/approvals/0/reasonTemplate: \"input\" exists only in the rules of a "
                 u"policy; did you mean \"inputs\"?");
}

void TestManifestErrors::approvals()
{
    rows::checkRefused();
}

void TestManifestErrors::policies_data()
{
    rows::columns();

    rows::before("policy without engine", R"(  policies: [{ id: a, rules: [] }]
)",
                 u"p.yaml:5:14: /spec/policies/0: key \"engine\" is missing");
    rows::before("unknown policy engine", R"(  policies: [{ id: a, engine: rego }]
)",
                 u"p.yaml:5:31: /spec/policies/0/engine: unknown engine \"rego\"; expected rules or opa");
    rows::before("policy without rules", R"(  policies: [{ id: a, engine: rules, rules: [] }]
)",
                 u"p.yaml:5:45: /spec/policies/0/rules: the list of rules is empty; expected at least one");
    rows::before(
        "path of the rules engine",
        R"(  policies: [{ id: a, engine: rules, path: x, rules: [{ id: r, deny: '{{ true }}' }] }]
)",
        u"p.yaml:5:44: /spec/policies/0/path: \"path\" belongs to the policy engine opa; expected \"rules\"");
    rows::before("rule without deny", R"(  policies: [{ id: a, engine: rules, rules: [{ id: r }] }]
)",
                 u"p.yaml:5:46: /spec/policies/0/rules/0: key \"deny\" is missing");
    rows::before("rule that is plain text",
                 R"(  policies: [{ id: a, engine: rules, rules: [{ id: r, deny: 'true' }] }]
)",
                 u"p.yaml:5:61: /spec/policies/0/rules/0/deny: expected an expression in {{ }}, found the "
                 u"text \"true\"");
    rows::before("rule that is a boolean",
                 R"(  policies: [{ id: a, engine: rules, rules: [{ id: r, deny: true }] }]
)",
                 u"p.yaml:5:61: /spec/policies/0/rules/0/deny: expected an expression in {{ }}, found the "
                 u"boolean true");
    rows::before("rule twice", R"(  policies:
    - id: a
      engine: rules
      rules:
        - { id: r, deny: '{{ true }}' }
        - { id: r, deny: '{{ true }}' }
)",
                 u"p.yaml:10:11: /spec/policies/0/rules/1: rule id \"r\" is used twice; first in line 9");
    rows::before("rule over an unknown step",
                 R"(  policies: [{ id: a, engine: rules, rules: [{ id: r, deny: '{{ steps.b.status }}' }] }]
)",
                 u"p.yaml:5:71: /spec/policies/0/rules/0/deny: unknown step \"b\"");
    rows::before(
        "rule over an item", R"(  policies: [{ id: a, engine: rules, rules: [{ id: r, deny: '{{ item }}' }] }]
)",
        u"p.yaml:5:65: /spec/policies/0/rules/0/deny: \"item\" exists only inside the step of a map");
    rows::before(
        "message over an unknown input",
        R"(  policies: [{ id: a, engine: rules, rules: [{ id: r, deny: '{{ true }}', message: '{{ inputs.x }}' }] }]
)",
        u"p.yaml:5:95: /spec/policies/0/rules/0/message: unknown input \"x\"; the pack declares no inputs");
}

void TestManifestErrors::policies()
{
    rows::checkRefused();
}

void TestManifestErrors::packOutputs_data()
{
    rows::columns();

    rows::spec("output of the pack without value", R"(  outputs: [{ name: a }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:13: /spec/outputs/0: expected exactly one of \"value\" and \"file\", found none");
    rows::spec("output of the pack with both",
               R"(  outputs: [{ name: a, value: x, file: '{{ steps.a.artifacts.x }}' }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:13: /spec/outputs/0: expected exactly one of \"value\" and \"file\", found both");
    rows::spec("output of the pack twice", R"(  outputs: [{ name: a, value: x }, { name: a, value: y }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:36: /spec/outputs/1: output \"a\" is used twice; first in line 5");
    rows::spec(
        "file is plain text", R"(  outputs: [{ name: a, file: report.md }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
        u"p.yaml:5:30: /spec/outputs/0/file: expected an expression in {{ }}, found the text \"report.md\"");
    rows::spec("output over an unknown step", R"(  outputs: [{ name: a, value: '{{ steps.b.outputs.x }}' }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:41: /spec/outputs/0/value: unknown step \"b\"");
    rows::spec("output is a number", R"(  outputs: [{ name: a, value: 5 }]
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)",
               u"p.yaml:5:31: /spec/outputs/0/value: expected text, found the number 5; put it in quotes");
}

void TestManifestErrors::packOutputs()
{
    rows::checkRefused();
}

void TestManifestErrors::several_data()
{
    rows::columns();

    rows::whole("in document order", R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: P, version: '1' }
spec:
  outputs: [{ name: o, value: '{{ steps.z.status }}' }]
  steps:
    - { id: a, run: { uses: builtin:exe, with: { command: [x] } } }
    - { id: a, gate: { approval: r } }
  inputs: [{ name: i, type: strin }]
)",
                u"7 errors in p.yaml\n"
                u"p.yaml:3:19: /metadata/name: \"P\" is not a valid name; expected at most 63 of a-z, 0-9 "
                u"and \"-\", no \"-\" at either end\n"
                u"p.yaml:3:31: /metadata/version: \"1\" is not a version; expected SemVer 2.0 such as 1.4.0\n"
                u"p.yaml:5:41: /spec/outputs/0/value: unknown step \"z\"\n"
                u"p.yaml:7:29: /spec/steps/0/run/uses: unknown module \"builtin:exe\"; did you mean "
                u"\"builtin:exec\"?\n"
                u"p.yaml:8:7: /spec/steps/1: step id \"a\" is used twice; first in line 7\n"
                u"p.yaml:8:34: /spec/steps/1/gate/approval: unknown approval \"r\"\n"
                u"p.yaml:9:29: /spec/inputs/0/type: unknown type \"strin\"; did you mean \"string\"?");
}

void TestManifestErrors::several()
{
    rows::checkRefused();
}

QTEST_GUILESS_MAIN(TestManifestErrors)
#include "tst_manifest_errors.moc"
