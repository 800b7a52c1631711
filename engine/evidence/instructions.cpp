#include "engine/evidence/instructions.h"

using namespace Qt::StringLiterals;

namespace engine {

QByteArray verifyInstructions(const QString &runId, const QString &planHash, const PublicKey &engineKey,
                              qsizetype fileCount)
{
    const QString check =
        engineKey.algorithm() == u"ed25519"_s
            ? u"openssl pkeyutl -verify -pubin -inkey keys/%1.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"_s
            : u"openssl dgst -sha256 -verify keys/%1.pem -signature SHA256SUMS.sig SHA256SUMS"_s;
    const QString text = uR"TEXT(Evidence of %2

How to verify it with sha256sum and openssl alone. Extract the archive into an
empty folder and work there. Every command must succeed.

1. Do you trust the key? Its id is the SHA-256 of its DER form:

      %1

   The copy in keys/ proves nothing: whoever forges a bundle puts in a key of
   their own. Compare this id with one that you got from the operator of the
   engine in another way. This command checks that the copy has this id:

    openssl pkey -pubin -in keys/%1.pem -outform DER | sha256sum | grep -q '^%1 '

2. Does the signature hold? It covers the list of all files:

    %3

3. Is every listed file here and unchanged?

    sha256sum --check --strict --quiet SHA256SUMS

4. Is nothing else here? There are %4 files, and what logs and timestamp
   authorities said later, each signed by itself:

    test "$(find . -type f ! -path './anchors/*' ! -path './timestamps/*' | wc -l)" -eq %4

5. Is plan.json the plan with this hash, which the approvers agreed to?

    echo '%5  plan.json' | sha256sum --check --strict --quiet

These steps show that the engine with this key made these files and that none
was changed since. "taskrunner verify" also checks the journal, the approvals
and that every step that ran was one the plan allows.
)TEXT"_s;
    const QString id = engineKey.keyId();
    return text
        .arg(id, runId, check.arg(id), QString::number(fileCount), planHash.mid(planHash.indexOf(u':') + 1))
        .toUtf8();
}

} // namespace engine
