#include "app/cli/commands.h"
#include "app/cli/gate_text.h"
#include "app/cli/passphrase.h"
#include "app/cli/run_follower.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/base/json.h"
#include "engine/evidence/approval/approval_response.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/local/local_approval_signer.h"
#include "engine/local/local_run_service.h"

#include <QFile>
#include <QFileInfo>

#include <cstdio>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::OfflineGate;
using engine::Result;
using engine::Verdict;

namespace {

const QString requestSuffix = u".approval-request.json"_s;
const QString responseSuffix = u".approval-response.json"_s;

QString responseFileFor(const QString &requestFile, const QString &approver)
{
    QString stem = QFileInfo(requestFile).fileName();
    if (stem.endsWith(requestSuffix))
        stem.chop(requestSuffix.size());
    return stem + u'.' + approver + responseSuffix;
}

/// Hex digits as people copy them: in groups, in capitals.
Result<QString> fingerprintFrom(const QString &text)
{
    static const QRegularExpression form(u"\\A[0-9a-f]{64}\\z"_s);
    QString hex = text.toLower();
    hex.remove(u':').remove(u' ');
    if (!hex.isEmpty() && !form.match(hex).hasMatch())
        return engine::invalid(u"\"%1\" is not a fingerprint of 64 hex digits"_s.arg(text));
    return hex;
}

/// Whether a person may decide on what this engine asks, and if not, what would help.
Result<> checkEngine(const OfflineGate &gate, const QString &fingerprint)
{
    if (!fingerprint.isEmpty() && fingerprint != gate.engineId)
        return Error{
            ErrorCode::UntrustedKey,
            u"the request is signed by the engine key %1, not by %2"_s.arg(gate.engineId, fingerprint),
            {},
            {}};
    if (!gate.distrust || (!fingerprint.isEmpty() && gate.distrust->code != ErrorCode::RevokedKey))
        return {};
    Error error = *gate.distrust;
    if (error.code != ErrorCode::RevokedKey)
        error.message += u"; if the engine itself shows this fingerprint, say so with --engine-key"_s;
    return error;
}

QString engineText(const OfflineGate &gate)
{
    const QString trust =
        gate.distrust ? u"NOT trusted here (%1); you gave its fingerprint"_s.arg(gate.distrust->message)
                      : u"trusted here as \"%1\""_s.arg(gate.engineName);
    return u"Request %1, made at %2\n  Engine key    %3\n                %4"_s.arg(
        gate.requestId, engine::toIso(gate.createdAt), gate.engineId, printable(trust));
}

/// One line from the terminal; nothing at its end.
std::optional<QString> readLine(const QByteArray &prompt)
{
    outBytes(prompt);
    QByteArray line;
    for (int c = std::getchar(); c != '\n'; c = std::getchar()) {
        if (c == EOF)
            return {};
        line += char(c);
    }
    return QString::fromUtf8(line).trimmed();
}

struct Answer
{
    Verdict verdict = Verdict::Reject;
    QString reason{};
};

/// What the command line says, else what the person at the terminal does; nothing when they put it off.
Result<std::optional<Answer>> answerFrom(const Options &options, const OfflineGate &gate)
{
    if (options.approve || options.reject)
        return std::optional(Answer{options.approve ? Verdict::Approve : Verdict::Reject, options.reason});
    if (options.json || !isTerminal(STDIN_FILENO) || !isTerminal(STDOUT_FILENO))
        return engine::invalid(u"nobody is there to ask: say --approve or --reject"_s);
    while (true) {
        const auto word = readLine("\nType approve, reject or later: ");
        if (!word || *word == u"later"_s)
            return std::optional<Answer>();
        if (*word != u"approve"_s && *word != u"reject"_s)
            continue;
        Answer answer{*word == u"approve"_s ? Verdict::Approve : Verdict::Reject, options.reason};
        if (answer.reason.isEmpty()) {
            const auto reason =
                readLine(gate.view.gate.requireReason ? "Reason: " : "Reason (may be empty): ");
            if (!reason)
                return std::optional<Answer>();
            answer.reason = *reason;
        }
        return std::optional(answer);
    }
}

/// The run that a response speaks of, if it can be read; whether that is true is for the engine to say.
std::optional<engine::RunId> claimedRun(const QByteArray &file)
{
    const auto envelope = engine::parseResponseEnvelope(file);
    const auto json =
        envelope ? engine::parseJsonObject(envelope->payload) : Result<QJsonObject>(envelope.error());
    const auto statement =
        json ? engine::decisionStatementFromJson(*json) : Result<engine::DecisionStatement>(json.error());
    return statement ? std::optional(statement->run) : std::nullopt;
}

} // namespace

ExitCode approvalsExport(const Options &options)
{
    const auto service = openService(options, Mode::Hold);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto gate = findGate(**service, *id, options.gate);
    if (!gate)
        return fail(gate.error(), options.json);
    const auto exported = await((*service)->exportApproval({*id, gate->path, {}}));
    if (!exported)
        return failOfRun(exported.error(), *id, options);
    const QString place = options.output.isEmpty() ? u"%1.%2%3"_s.arg(engine::layout::safeName(gate->path),
                                                                      exported->requestId, requestSuffix)
                                                   : options.output;
    if (const auto written = writeOutput(exported->file, place); !written)
        return fail(written.error(), options.json);
    if (options.json) {
        outJson({{u"event"_s, u"approval-request"_s},
                 {u"file"_s, place},
                 {u"requestId"_s, exported->requestId},
                 {u"runId"_s, id->value},
                 {u"gate"_s, gate->path},
                 {u"engineId"_s, exported->engineId},
                 {u"expiresAt"_s, engine::toIso(exported->expiresAt)}});
    } else {
        out(u"Wrote request %1 for gate \"%2\" to %3\n  Engine key    %4\n  Expires       %5"_s.arg(
            exported->requestId, gate->path, place, exported->engineId, engine::toIso(exported->expiresAt)));
        out(u"One response answers it. Elsewhere: taskrunner approvals sign FILE"_s);
    }
    return stayForGuests(**service, ExitCode::Good);
}

ExitCode approvalsSign(const Options &options)
{
    const auto fingerprint = fingerprintFrom(options.engineKey);
    if (!fingerprint)
        return fail(fingerprint.error(), options.json);
    const QString approver = engine::operatorFor(options.operatorName);
    engine::LocalApprovalSigner signer(engine::dataDirFor(options.dataDir), approver,
                                       passphraseSource(options));
    const auto gate = await(signer.open(options.file));
    if (!gate)
        return fail(gate.error(), options.json);
    if (const auto known = checkEngine(*gate, *fingerprint); !known)
        return fail(known.error(), options.json);
    if (!options.json)
        out(engineText(*gate) + u"\n\n"_s + gateText(gate->view, gate->decisions));
    const auto answer = answerFrom(options, *gate);
    if (!answer)
        return fail(answer.error(), options.json);
    if (!*answer) {
        out(u"Nothing was written."_s);
        return ExitCode::Waiting;
    }
    const auto response =
        await(signer.sign({gate->file, *fingerprint, (*answer)->verdict, (*answer)->reason, approver}));
    if (!response)
        return fail(response.error(), options.json);
    const QString place = options.output.isEmpty() ? responseFileFor(options.file, approver) : options.output;
    if (const auto written = writeOutput(*response, place); !written)
        return fail(written.error(), options.json);
    const QString verdict = toString((*answer)->verdict);
    if (options.json)
        outJson({{u"event"_s, u"approval-response"_s},
                 {u"file"_s, place},
                 {u"requestId"_s, gate->requestId},
                 {u"runId"_s, gate->view.gate.run.value},
                 {u"gate"_s, gate->view.gate.path},
                 {u"decision"_s, verdict},
                 {u"approver"_s, approver}});
    else
        out(u"\nSigned as %1: %2 of gate \"%3\". Wrote %4\nBeside the engine: taskrunner approvals import FILE"_s
                .arg(printable(approver), verdict, gate->view.gate.path, place));
    return ExitCode::Good;
}

ExitCode approvalsImport(const Options &options)
{
    QFile file(options.file);
    if (!file.open(QIODevice::ReadOnly))
        return fail({file.exists() ? ErrorCode::Io : ErrorCode::NotFound,
                     u"cannot open \"%1\": %2"_s.arg(options.file, file.errorString()),
                     {},
                     {}},
                    options.json);
    const QByteArray bytes = file.read(engine::maxApprovalResponseBytes + 1);
    const auto service = openService(options, Mode::Write);
    if (!service)
        return fail(service.error(), options.json);
    const auto claimed = claimedRun(bytes);
    const auto before = claimed ? await((*service)->run(*claimed)) : Result<engine::RunView>(Error());
    const auto imported = await((*service)->importApproval({bytes, {}}));
    if (!imported)
        return failOfRun(imported.error(), claimed.value_or(engine::RunId()), options);
    const QString verdict = toString(imported->verdict);
    if (options.json)
        outJson({{u"event"_s, u"decision"_s},
                 {u"runId"_s, imported->run.value},
                 {u"gate"_s, imported->path},
                 {u"decision"_s, verdict},
                 {u"approver"_s, imported->approver},
                 {u"requestId"_s, imported->requestId}});
    else
        out(u"Recorded: %1 of gate \"%2\" by %3."_s.arg(verdict, imported->path,
                                                        printable(imported->approver)));
    return followToEnd(**service, imported->run, options, before ? &*before : nullptr);
}

} // namespace cli
