#include "app/cli/pack_template.h"

using namespace Qt::StringLiterals;

namespace cli {

static constexpr char manifest[] = R"(# A Task Pack: what it asks for, what it does, and where people decide.
apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata:
  name: "@NAME@"
  version: 0.1.0
  description: Writes a greeting and hands it out once somebody has agreed.

spec:
  # What a run is given: taskrunner run PACK -i subject=Anna
  inputs:
    - name: subject
      type: string # string, integer, number, boolean, array, object or file
      description: Who is greeted.
      default: World
      schema: { type: string, minLength: 1, maxLength: 64 } # JSON Schema, here or in a file of the pack

  # Who must agree, and how many of them.
  approvals:
    - id: review
      title: Review of the greeting
      required: 1
      allowSelfApproval: true # So that you can try the pack alone; without it, somebody else must agree.

  defaults: { timeout: PT1M }

  # Run in this order. Values reach a script through env, never as a part of its text.
  steps:
    - id: write
      name: Write the greeting
      run:
        uses: builtin:script
        env: { SUBJECT: "{{ inputs.subject }}" }
        with:
          shell: bash
          script: |
            set -euo pipefail
            greeting="Hello, $SUBJECT!"
            printf '%s\n' "$greeting" > greeting.txt # In the workspace, which the steps of a run share.
            printf '{"characters": %d}\n' "${#greeting}" > "$TASKRUNNER_OUTPUTS"
            echo "Wrote a greeting for $SUBJECT"
        outputs:
          - { name: characters, type: integer }

    - id: agree
      name: Somebody agrees
      gate:
        approval: review
        message: "Hand out a greeting of {{ steps.write.outputs.characters }} characters for {{ inputs.subject }}?"

    - id: publish
      name: Hand out the greeting
      run:
        uses: builtin:script
        with:
          shell: bash
          script: |
            set -euo pipefail
            cp greeting.txt "$TASKRUNNER_ARTIFACTS/greeting.txt"
        artifacts: [greeting.txt] # Kept with the run, and named in its evidence.

  # What the run is for.
  outputs:
    - name: characters
      value: "{{ steps.write.outputs.characters }}"
    - name: greeting
      file: "{{ steps.publish.artifacts['greeting.txt'] }}"
)";

static constexpr char readme[] = R"(# @NAME@

Writes a greeting and hands it out once somebody has agreed.

1. `write` writes the greeting for the input `subject`.
2. `agree` waits for a person.
3. `publish` hands out `greeting.txt`.

From the folder of the pack:

```
taskrunner validate .
taskrunner simulate .
taskrunner run . -i subject=Anna
taskrunner pack build . -o ../@NAME@.tar.zst
```
)";

QList<TemplateFile> packTemplate(const QString &name)
{
    const auto filled = [&name](const char *text) {
        return QByteArray(text).replace("@NAME@", name.toUtf8());
    };
    return {{u"pack.yaml"_s, filled(manifest)}, {u"README.md"_s, filled(readme)}};
}

} // namespace cli
