#include "engine/local/evidence_export.h"

#include "engine/base/digest.h"
#include "engine/evidence/bundle_writer.h"
#include "engine/local/key_ring.h"
#include "engine/store/store.h"

#include <QCoreApplication>
#include <QDir>
#include <QSysInfo>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Takes a reading into out, or its error. One place for "the first that fails wins".
template<class T>
bool take(Result<T> result, T &out, std::optional<Error> &error)
{
    if (result)
        out = *std::move(result);
    else
        error = result.error();
    return bool(result);
}

EngineIdentity identity()
{
    EngineIdentity engine;
    engine.version = QStringLiteral(TASKRUNNER_VERSION);
    engine.platform = QSysInfo::kernelType() + u'/' + QSysInfo::currentCpuArchitecture();
    if (const auto digest = digestOfFile(QCoreApplication::applicationFilePath()))
        engine.binarySha256 = digest->sha256;
    return engine;
}

/// The lines of one step as it printed them; a line that was cut is joined again.
Result<> writeTranscript(const Store &store, const RunId &run, const QString &stepPath, QIODevice &out)
{
    LogQuery query;
    query.run = run;
    query.stepPath = stepPath;
    query.limit = 10'000;
    while (true) {
        const auto lines = store.logs(query);
        if (!lines)
            return lines.error();
        for (const LogLine &line : *lines) {
            if (line.stepPath != stepPath)
                continue;
            QByteArray bytes = line.message.toUtf8();
            if (!line.continues)
                bytes += '\n';
            if (out.write(bytes) != bytes.size())
                return Error{
                    ErrorCode::Io, u"cannot write a transcript: %1"_s.arg(out.errorString()), {}, {}};
        }
        if (lines->size() < query.limit)
            return {};
        query.after = lines->last().sequence;
    }
}

QList<PublicKey> keysOf(const QList<Decision> &decisions, const Signer &engineKey, const TrustStore &trust)
{
    QList<PublicKey> keys{engineKey.publicKey()};
    QStringList known{engineKey.publicKey().keyId()};
    const auto add = [&](const QString &keyId) {
        const TrustedKey *key = trust.find(keyId);
        if (!key || known.contains(keyId))
            return;
        known += keyId;
        keys += key->key;
    };
    for (const Decision &decision : decisions) {
        add(decision.keyId);
        if (decision.withdrawal)
            add(decision.withdrawal->keyId);
    }
    return keys;
}

} // namespace

Result<> writeEvidence(const DataDir &dir, const RunId &run, const EngineKeySource &engineKey)
{
    const QString path = dir.evidenceFile(run.value);
    if (QFileInfo::exists(path))
        return {};
    const auto opened = Store::open(dir.storeFile(), Store::Mode::ReadOnly);
    if (!opened)
        return opened.error();
    const Store &store = **opened;
    EvidenceInput input;
    std::optional<Error> error;
    const bool read =
        take(store.run(run), input.run, error) && take(store.plan(run), input.plan, error)
        && take(store.inputs(run), input.inputs, error) && take(store.outputs(run), input.outputs, error)
        && take(store.steps(run), input.steps, error) && take(store.attempts(run), input.attempts, error)
        && take(store.events(run), input.events, error) && take(store.gates(run), input.gates, error)
        && take(store.decisions(run), input.decisions, error)
        && take(store.policyDecisions(run), input.policies, error)
        && take(store.artifacts(run), input.artifacts, error);
    if (!read)
        return *error;
    if (!isFinal(input.run.state))
        return Error{
            ErrorCode::Conflict,
            u"run %1 is %2; evidence is made when it has ended"_s.arg(run.value, toString(input.run.state)),
            {},
            {}};
    const auto key = engineKey();
    if (!key)
        return key.error();
    const auto trust = KeyRing(dir).trust();
    if (!trust)
        return trust.error();
    input.keys = keysOf(input.decisions, **key, *trust);
    input.engine = identity();
    input.dataDir = dir.path();
    input.transcript = [&store, &run](const QString &stepPath, QIODevice &out) {
        return writeTranscript(store, run, stepPath, out);
    };
    if (!QDir().mkpath(QFileInfo(path).path()))
        return Error{ErrorCode::Io, u"cannot make the folder of \"%1\""_s.arg(path), {}, {}};
    return writeBundle(input, **key, path);
}

Result<QString> setEvidenceAside(const DataDir &dir, const RunId &run, const EngineKeySource &engineKey)
{
    if (const auto written = writeEvidence(dir, run, engineKey); !written)
        return written.error().code == ErrorCode::Conflict ? Result<QString>(QString()) : written.error();
    const QString path = dir.evidenceFile(run.value);
    QString aside;
    for (int i = 1; aside.isEmpty() || QFileInfo::exists(aside); ++i)
        aside = dir.evidenceFile(run.value + u".%1"_s.arg(i));
    if (!QFile::rename(path, aside))
        return Error{ErrorCode::Io, u"cannot rename \"%1\" to \"%2\""_s.arg(path, aside), {}, {}};
    return aside;
}

} // namespace engine
