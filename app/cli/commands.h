#pragma once

#include "app/cli/exit_code.h"
#include "engine/record/gate_record.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace cli {

/// What the command line said.
struct Options
{
    // All commands.
    QString dataDir{};
    QString operatorName{};
    QString policyServer{};
    QString rekor{};
    QString rekorVersion{};
    QString timestampAuthority{};
    bool json = false;

    // Packs and plans.
    QString pack{};
    QStringList inputs{}; ///< "name=value".
    QString inputsFile{};
    QStringList secrets{}; ///< "name=source".
    bool canonical = false;
    bool sealed = false; ///< Plan as an engine that is set to sealed.
    QString format{}; ///< text, json, dot or mermaid, of a timeline jsonl or chrome, of a report html; empty:
                      ///< as json says.
    QString diff{};   ///< A plan or pack to compare with.
    QString planHash{};
    QString name{}; ///< Of a new pack.

    // Runs.
    QString run{}; ///< A run id, or "last".
    QString gate{};
    QString reason{};
    QString outcome{}; ///< Of an interrupted step: "retry", "failed", "succeeded".
    QStringList states{};
    int limit = 20;
    bool follow = false;
    bool fromFailed = false;
    QString step{};
    QString level{};
    QString text{};
    QString artifact{};
    QString output{};

    // Approvals elsewhere.
    QString file{}; ///< A request or a response.
    bool approve = false;
    bool reject = false;
    QString engineKey{}; ///< Fingerprint of the engine that asks.

    // Evidence.
    QString bundle{};
    QString trust{};
    QString policy{};

    // Keys and trust.
    QString keyFile{}; ///< A public key in PEM.
    QString keyId{};
    QStringList roles{};
    QString notBefore{};
    QString notAfter{};
    QString fingerprint{}; ///< The whole key id that is expected.
    QString algorithm{};   ///< "ecdsa-p256", "ed25519"; empty: the usual.
    QString passphraseFile{};
    bool passphraseKeyring = false;
    bool noPassphrase = false;
    QString pkcs11Module{}; ///< Library of a token's maker.
    QString token{};        ///< Its label.

    // The store.
    bool force = false;
    bool dryRun = false;
    std::optional<int> keepDays{};
    std::optional<int> keepRuns{};
};

ExitCode validate(const Options &options);
ExitCode plan(const Options &options);
ExitCode simulate(const Options &options);
ExitCode packInit(const Options &options);
ExitCode packBuild(const Options &options);
ExitCode packDigest(const Options &options);

ExitCode run(const Options &options);
ExitCode decide(const Options &options, engine::Verdict verdict);
ExitCode withdraw(const Options &options);
ExitCode approvalsExport(const Options &options);
ExitCode approvalsSign(const Options &options);
ExitCode approvalsImport(const Options &options);
ExitCode cancel(const Options &options);
ExitCode rerun(const Options &options);
ExitCode resumeFromFailed(const Options &options);
ExitCode resolve(const Options &options); ///< steps resolve, and resume for all of a run.

ExitCode runs(const Options &options);
ExitCode logs(const Options &options);
ExitCode artifacts(const Options &options);
ExitCode timeline(const Options &options);
ExitCode metrics(const Options &options);
ExitCode switchIncident(const Options &options, bool on);
ExitCode incident(const Options &options); ///< incident status.
ExitCode evidence(const Options &options);
ExitCode evidenceStatus(const Options &options);
ExitCode evidenceAnchor(const Options &options);
ExitCode verify(const Options &options);

ExitCode keysList(const Options &options);
ExitCode keysCreate(const Options &options);
ExitCode keysExport(const Options &options);
ExitCode keysRotate(const Options &options);
ExitCode keysRemember(const Options &options);
ExitCode keysForget(const Options &options);

ExitCode trustList(const Options &options);
ExitCode trustAdd(const Options &options);
ExitCode trustRevoke(const Options &options);
ExitCode trustExport(const Options &options);

/// Exit code 1: something failed.
ExitCode doctor(const Options &options);

ExitCode storeCheck(const Options &options);
ExitCode storeBackup(const Options &options);
ExitCode storePrune(const Options &options);

} // namespace cli
