#include "app/cli/commands.h"

#include <QCoreApplication>

#include <CLI/CLI.hpp>
#include <functional>

using namespace Qt::StringLiterals;

namespace {

using cli::ExitCode;
using cli::Options;
using Command = std::function<ExitCode(const Options &)>;

/// Builds the command line over options; the chosen command is put into chosen.
class CommandLine
{
public:
    CommandLine(CLI::App &app, Options &options, Command &chosen)
        : m_app(app)
        , m_options(options)
        , m_chosen(chosen)
    {
    }

    void build();

private:
    CLI::App *add(const char *name, const char *help, Command command, CLI::App *parent = nullptr);
    CLI::Option *text(CLI::App *app, const char *name, QString &target, const char *help);
    CLI::Option *list(CLI::App *app, const char *name, QStringList &target, const char *help);
    void addPack(CLI::App *app);
    void addPackCommands();
    void addFormat(CLI::App *app, const std::vector<std::string> &formats,
                   const char *help = "How to answer; --json is short for json");
    void addPlanning(CLI::App *app);
    void addPackTools();
    void addRunCommands();
    void addApprovals();
    void addRecovery();
    void addListCommands();
    void addEvidenceCommands();
    void addKeyCommands();
    void addNewKey(CLI::App *app);
    void addTrustCommands();
    void addEvidence();
    void addWitnesses();
    void addObservation();
    void addIncident();
    void addStoreCommands();
    void addPrune(CLI::App *store);
    void addInputs(CLI::App *app);
    void addDecision(const char *name, const char *help, const Command &command);

    CLI::App &m_app;
    Options &m_options;
    Command &m_chosen;
};

CLI::App *CommandLine::add(const char *name, const char *help, Command command, CLI::App *parent)
{
    CLI::App *app = (parent ? parent : &m_app)->add_subcommand(name, help);
    app->callback([&chosen = m_chosen, command = std::move(command)] { chosen = command; });
    app->fallthrough(); // --json and the like may stand after the command, too.
    return app;
}

CLI::Option *CommandLine::text(CLI::App *app, const char *name, QString &target, const char *help)
{
    return app->add_option_function<std::string>(
        name, [&target](const std::string &value) { target = QString::fromStdString(value); }, help);
}

CLI::Option *CommandLine::list(CLI::App *app, const char *name, QStringList &target, const char *help)
{
    return app
        ->add_option_function<std::vector<std::string>>(
            name,
            [&target](const std::vector<std::string> &values) {
                for (const std::string &value : values)
                    target += QString::fromStdString(value);
            },
            help)
        ->allow_extra_args(false);
}

void CommandLine::addPack(CLI::App *app)
{
    text(app, "pack", m_options.pack,
         "Folder of the pack, its pack.yaml, or an archive: .tar, .tar.zst or .zip")
        ->required()
        ->type_name("PACK");
}

void CommandLine::addInputs(CLI::App *app)
{
    addPack(app);
    list(app, "-i,--input", m_options.inputs, "One input; arrays and objects as JSON, files as a path")
        ->type_name("NAME=VALUE");
    text(app, "--inputs", m_options.inputsFile, "Inputs as one JSON object; --input overrides")
        ->type_name("FILE");
}

void CommandLine::addFormat(CLI::App *app, const std::vector<std::string> &formats, const char *help)
{
    app->add_option_function<std::string>(
           "--format", [this](const std::string &value) { m_options.format = QString::fromStdString(value); },
           help)
        ->check(CLI::IsMember(formats))
        ->type_name("FORMAT");
}

void CommandLine::addPlanning(CLI::App *app)
{
    addInputs(app);
    addFormat(app, {"text", "json", "dot", "mermaid"});
    app->add_flag("--sealed", m_options.sealed, "Plan as an engine that is set to sealed");
    text(app, "-o,--output", m_options.output, "Write it to a file instead")->type_name("FILE");
}

void CommandLine::addPackCommands()
{
    CLI::App *app = add("validate", "Check a pack and report every problem", cli::validate);
    addPack(app);
    addFormat(app, {"text", "json"});
    app = add("plan", "Compute the plan and its planHash", cli::plan);
    addPlanning(app);
    app->add_flag("--canonical", m_options.canonical,
                  "Print the canonical plan, whose SHA-256 is the planHash");
    text(app, "--diff", m_options.diff,
         "Say what changed since OLD, a plan printed before or another pack; exit code 1 when something did")
        ->type_name("OLD");
    app = add("simulate", "Show what would happen without running anything", cli::simulate);
    addPlanning(app);
    list(app, "--secret", m_options.secrets,
         "Where a secret comes from: env:NAME, file:PATH, keyring:NAME or prompt; only looked for")
        ->type_name("NAME=SOURCE");
}

void CommandLine::addPackTools()
{
    CLI::App *pack = m_app.add_subcommand("pack", "Make a pack, build its archive, print its digest");
    pack->require_subcommand(1);
    pack->fallthrough();
    CLI::App *app = add("init", "Make a small pack to start from", cli::packInit, pack);
    text(app, "name", m_options.name, "Name of the pack: small letters, digits and \"-\"")
        ->required()
        ->type_name("NAME");
    text(app, "dir", m_options.output, "A new or empty folder; default: NAME, here")->type_name("DIR");
    app = add("build", "Check a pack and write it as an archive, the same bytes each time", cli::packBuild,
              pack);
    addPack(app);
    text(app, "-o,--output", m_options.output,
         "Where to: .tar, .tar.zst or .zip; default: NAME-VERSION.tar.zst, here")
        ->type_name("FILE");
    app = add("digest", "Print the digest of a pack; with --json also its files", cli::packDigest, pack);
    addPack(app);
}

void CommandLine::addDecision(const char *name, const char *help, const Command &command)
{
    CLI::App *app = add(name, help, command);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    text(app, "gate", m_options.gate, "The gate's path; may be left out when one gate waits")
        ->type_name("GATE");
    text(app, "--reason", m_options.reason, "Why; kept with the decision")->type_name("TEXT");
    text(app, "--plan-hash", m_options.planHash, "Refuse unless the run's plan has this hash")
        ->type_name("HASH");
}

void CommandLine::addRunCommands()
{
    CLI::App *app = add("run", "Plan a pack and run it; asks at a gate when a person is there", cli::run);
    addInputs(app);
    text(app, "--plan-hash", m_options.planHash, "Refuse unless the plan has this hash")->type_name("HASH");
    addDecision("approve", "Approve a gate and carry the run on",
                [](const Options &options) { return cli::decide(options, engine::Verdict::Approve); });
    addDecision("reject", "Reject a gate",
                [](const Options &options) { return cli::decide(options, engine::Verdict::Reject); });
    addDecision("withdraw", "Take your approval of a gate back, while it is open", cli::withdraw);
    app = add("cancel", "Cancel a run", cli::cancel);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    addApprovals();
    addRecovery();
}

/// Decisions by people who cannot reach the engine.
void CommandLine::addApprovals()
{
    CLI::App *approvals = m_app.add_subcommand(
        "approvals", "Have a gate decided elsewhere: export a request, sign it there, import the response");
    approvals->require_subcommand(1)->fallthrough();
    CLI::App *app =
        add("export", "Write a request for a decision at a gate", cli::approvalsExport, approvals);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    text(app, "gate", m_options.gate, "The gate's path; may be left out when one gate waits")
        ->type_name("GATE");
    text(app, "-o,--output", m_options.output, "Where to; default: GATE.REQUEST.approval-request.json, here")
        ->type_name("FILE");
    app = add("sign", "Show a request like the gate itself, and write the signed decision; needs no engine",
              cli::approvalsSign, approvals);
    text(app, "file", m_options.file, "The request")->required()->type_name("FILE");
    CLI::Option *approve = app->add_flag("--approve", m_options.approve, "Approve, without asking");
    app->add_flag("--reject", m_options.reject, "Reject, without asking")->excludes(approve);
    text(app, "--reason", m_options.reason, "Why; kept with the decision")->type_name("TEXT");
    text(app, "--engine-key", m_options.engineKey,
         "Fingerprint of the key of an engine that is not trusted here, as the engine itself shows it")
        ->type_name("HEX");
    text(app, "-o,--output", m_options.output,
         "Where to; default: GATE.REQUEST.NAME.approval-response.json, here")
        ->type_name("FILE");
    app = add("import", "Record the decision in a response and carry the run on", cli::approvalsImport,
              approvals);
    text(app, "file", m_options.file, "The response")->required()->type_name("FILE");
}

/// What an operator can do with a run that did not come to a good end.
void CommandLine::addRecovery()
{
    CLI::App *app =
        add("resume", "Run the interrupted steps of a run again and carry it on", [](Options options) {
            options.outcome = u"retry"_s;
            return options.fromFailed ? cli::resumeFromFailed(options) : cli::resolve(options);
        });
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    app->add_flag("--from-failed", m_options.fromFailed,
                  "Of a run that failed: what succeeded stays, the rest starts again");
    app = add("rerun", "Make a new run from the plan and inputs of another one", cli::rerun);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    CLI::App *steps = m_app.add_subcommand("steps", "Decide on single steps of a run");
    steps->require_subcommand(1)->fallthrough();
    app = add("resolve", "Say what became of a step that was interrupted", cli::resolve, steps);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    text(app, "step", m_options.step, "The step's path")->required()->type_name("STEP");
    app->add_option_function<std::string>(
           "outcome", [this](const std::string &value) { m_options.outcome = QString::fromStdString(value); },
           "retry: run it again; failed or succeeded: take it as that")
        ->required()
        ->check(CLI::IsMember({"retry", "failed", "succeeded"}))
        ->type_name("OUTCOME");
    text(app, "--reason", m_options.reason, "Why; needed for succeeded, kept in the journal")
        ->type_name("TEXT");
}

void CommandLine::addListCommands()
{
    CLI::App *app = add("runs", "List runs, newest first, or show one", cli::runs);
    text(app, "run", m_options.run, "Run id, or last")->type_name("RUN");
    list(app, "--state", m_options.states, "Only runs in this state (may be repeated)")->type_name("STATE");
    app->add_option("--limit", m_options.limit, "At most so many")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    app = add("logs", "Print the log of a run", cli::logs);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    app->add_flag("-f,--follow", m_options.follow, "Go on until the run ends");
    text(app, "--step", m_options.step, "Only this step and what is below it")->type_name("PATH");
    text(app, "--level", m_options.level, "Only this level and above: debug, info, warn, error")
        ->type_name("LEVEL");
    text(app, "--grep", m_options.text, "Only lines that hold this text, whatever its case")
        ->type_name("TEXT");
    app = add("artifacts", "List what a run left, or save one of it", cli::artifacts);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    text(app, "--save", m_options.artifact, "Name or id of the artifact to save")->type_name("NAME");
    text(app, "--to", m_options.output, "Where to save it; default: its name, here")->type_name("FILE");
    app =
        add("timeline",
            "Tell what a run did when: as text, as its journal (jsonl), or as a trace for Perfetto (chrome)",
            cli::timeline);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    addFormat(app, {"text", "jsonl", "chrome"}, "How to answer; --json is short for jsonl");
    text(app, "-o,--output", m_options.output, "Write it to a file instead")->type_name("FILE");
}

/// What tells how the engine itself is.
void CommandLine::addObservation()
{
    add("metrics",
        "Print metrics of the engine in the text format of Prometheus: those of the process that owns the "
        "data directory, else what the store knows",
        cli::metrics);
}

void CommandLine::addIncident()
{
    CLI::App *incident = m_app.add_subcommand(
        "incident", "Stop new starts while something is wrong: what runs goes on, logs tell in detail");
    incident->require_subcommand(1)->fallthrough();
    CLI::App *app = add(
        "on", "Switch incident mode on; a snapshot of states, events and settings is taken",
        [](const Options &options) { return cli::switchIncident(options, true); }, incident);
    text(app, "--reason", m_options.reason, "Why; kept in the audit log")->required()->type_name("TEXT");
    app = add(
        "off", "Switch it off; what waited to start does",
        [](const Options &options) { return cli::switchIncident(options, false); }, incident);
    text(app, "--reason", m_options.reason, "Why; kept in the audit log")->type_name("TEXT");
    add("status", "Tell whether it is on, since when, by whom and why", cli::incident, incident);
}

/// Who bears witness to the evidence of runs.
void CommandLine::addWitnesses()
{
    text(&m_app, "--rekor", m_options.rekor,
         "Transparency log that gets an entry of each run's evidence; default: $TASKRUNNER_REKOR, else none")
        ->type_name("URL");
    m_app
        .add_option_function<std::string>(
            "--rekor-version",
            [this](const std::string &value) { m_options.rekorVersion = QString::fromStdString(value); },
            "Version of that log; default: $TASKRUNNER_REKOR_VERSION, else 1")
        ->check(CLI::IsMember({"1", "2"}))
        ->type_name("VERSION");
    text(
        &m_app, "--timestamp-authority", m_options.timestampAuthority,
        "Authority (RFC 3161) that timestamps each run's evidence; default: $TASKRUNNER_TIMESTAMP_AUTHORITY, "
        "else none")
        ->type_name("URL");
}

/// With a command below it, or with a run.
void CommandLine::addEvidence()
{
    CLI::App *evidence = m_app.add_subcommand(
        "evidence", "Write the evidence bundle of a finished run, or see to its witnesses");
    evidence->fallthrough();
    text(evidence, "run", m_options.run, "Run id, or last")->type_name("RUN");
    text(evidence, "-o,--output", m_options.output,
         "Where to; default: RUNID.evidence.tar, here. A name that ends in .tar.zst makes it compressed")
        ->type_name("FILE");
    evidence->callback([this, evidence] {
        if (!evidence->get_subcommands().empty()) {
            if (const CLI::Option *run = evidence->get_option("run"); run->count() > 0)
                throw CLI::ExtrasError(run->results()); // More than the command below takes.
            return;
        }
        if (m_options.run.isEmpty())
            throw CLI::RequiredError("run");
        m_chosen = cli::evidence;
    });
    CLI::App *app = add("status", "Tell whether a log and a timestamp authority have witnessed it",
                        cli::evidenceStatus, evidence);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
    app = add(
        "anchor",
        "Ask the log and the authority now, also for a sealed run; exit code 0 when their proofs are in the "
        "bundle, 3 when they are asked again later",
        cli::evidenceAnchor, evidence);
    text(app, "run", m_options.run, "Run id, or last")->required()->type_name("RUN");
}

void CommandLine::addEvidenceCommands()
{
    addEvidence();
    CLI::App *app = add("verify", "Verify an evidence bundle; exit code 0 means good", cli::verify);
    text(app, "bundle", m_options.bundle, "The bundle")->required()->type_name("BUNDLE");
    text(app, "--trust", m_options.trust, "Trust file; default: the keys of the data directory")
        ->type_name("FILE");
    text(app, "--policy", m_options.policy, "What to demand besides: outcome, roles of approvers, age, ...")
        ->type_name("FILE");
    text(app, "--format", m_options.format, "Of the report: text (as without it), json or html")
        ->check(CLI::IsMember({"text", "json", "html"}))
        ->type_name("FORMAT");
    text(app, "-o,--output", m_options.output, "Write the report to a file instead")->type_name("FILE");
}

void CommandLine::addNewKey(CLI::App *app)
{
    app->add_option_function<std::string>(
           "--algorithm",
           [this](const std::string &value) { m_options.algorithm = QString::fromStdString(value); },
           "ecdsa-p256, the default, or ed25519")
        ->check(CLI::IsMember({"ecdsa-p256", "ed25519"}))
        ->type_name("ALGORITHM");
    app->add_flag("--no-passphrase", m_options.noPassphrase,
                  "Keep it by the mode of its file alone: whoever can read that can sign");
}

/// What signs.
void CommandLine::addKeyCommands()
{
    CLI::App *keys =
        m_app.add_subcommand("keys", "List, make, export and replace the keys of the data directory");
    keys->require_subcommand(1)->fallthrough();
    add("list", "List them, how they are protected, and whether they are trusted here", cli::keysList, keys);
    CLI::App *app = add("create", "Make a person's key, which is trusted here then", cli::keysCreate, keys);
    text(app, "--name", m_options.name, "The person; default: as --as")->type_name("NAME");
    addNewKey(app);
    text(app, "--pkcs11-module", m_options.pkcs11Module,
         "Make it in a token, which it never leaves: the library of the token's maker")
        ->type_name("FILE");
    text(app, "--token", m_options.token, "Label of the token; its PIN is asked for like a passphrase")
        ->type_name("NAME");
    app = add("export", "Write the public half of a key, for others to trust", cli::keysExport, keys);
    text(app, "name", m_options.name, "The person, or engine")->required()->type_name("NAME");
    text(app, "file", m_options.output, "Where to; default: standard output")->type_name("FILE");
    app = add("rotate", "Put a new key in the place of an old one; what that signed stays good",
              cli::keysRotate, keys);
    text(app, "name", m_options.name, "The person, or engine")->required()->type_name("NAME");
    addNewKey(app);
    app = add("remember",
              "Put the passphrase of a key into the keyring of your session, once it opened the key",
              cli::keysRemember, keys);
    text(app, "name", m_options.name, "The person, or engine")->required()->type_name("NAME");
    app = add("forget", "Take the passphrase of a key out of the keyring of your session", cli::keysForget,
              keys);
    text(app, "name", m_options.name, "The person, or engine")->required()->type_name("NAME");
}

/// Whose signatures count.
void CommandLine::addTrustCommands()
{
    CLI::App *trust = m_app.add_subcommand("trust", "List, add and revoke the keys that are trusted here");
    trust->require_subcommand(1)->fallthrough();
    add("list", "List them, with what for, how long, and whether they count now", cli::trustList, trust);
    CLI::App *app = add("add", "Trust a key, after its whole fingerprint was compared", cli::trustAdd, trust);
    text(app, "file", m_options.keyFile, "The public key in PEM")->required()->type_name("FILE.pem");
    text(app, "--name", m_options.name, "Of the engine, the person, the log or the authority")
        ->required()
        ->type_name("NAME");
    list(app, "--role", m_options.roles,
         "engine, approver, transparency-log, timestamp-authority, or a group of approvers that packs name "
         "(may be repeated)")
        ->required()
        ->type_name("ROLE");
    text(app, "--not-before", m_options.notBefore, "A day or time in UTC: what was signed before is not good")
        ->type_name("TIME");
    text(app, "--not-after", m_options.notAfter, "A day or time in UTC: what was signed after is not good")
        ->type_name("TIME");
    text(app, "--fingerprint", m_options.fingerprint,
         "The whole key id as its owner told you; needed where nobody can be asked")
        ->type_name("KEYID");
    app = add("revoke", "Say that a key no longer counts, whenever it signed; its entry stays",
              cli::trustRevoke, trust);
    text(app, "key", m_options.keyId, "The whole key id")->required()->type_name("KEYID");
    text(app, "--reason", m_options.reason, "Why; kept with the key")->required()->type_name("TEXT");
    app = add("export", "Write a trust file for somebody who verifies elsewhere", cli::trustExport, trust);
    text(app, "file", m_options.output, "Where to")->required()->type_name("FILE");
}

void CommandLine::addPrune(CLI::App *store)
{
    CLI::App *app = add("prune",
                        "Remove finished runs that no rule keeps, and files that nothing names any more. The "
                        "database file keeps its size; its free pages are used again",
                        cli::storePrune, store);
    app->add_option("--keep-days", m_options.keepDays, "Keep what ended in the last so many days")
        ->check(CLI::Range(0, 36500))
        ->type_name("DAYS");
    app->add_option("--keep-runs", m_options.keepRuns, "Keep the newest so many finished runs")
        ->check(CLI::Range(0, 1000000))
        ->type_name("RUNS");
    app->add_flag("--dry-run", m_options.dryRun, "Only say what would go");
}

void CommandLine::addStoreCommands()
{
    CLI::App *store = m_app.add_subcommand("store", "Look after what is kept in the data directory");
    store->require_subcommand(1)->fallthrough();
    add("check",
        "Hold all that is kept against what it says of itself: database, journals, plans, logs, artifacts; "
        "exit code 1 when something is wrong",
        cli::storeCheck, store);
    CLI::App *app = add(
        "backup",
        "Copy database, artifacts, evidence and trust.json to a new folder, also while runs go on. "
        "The folder can be read with --data-dir. Signing keys are secrets and are not copied, nor are the "
        "workspaces of runs",
        cli::storeBackup, store);
    text(app, "folder", m_options.output, "The folder to make")->required()->type_name("FOLDER");
    app->add_flag("--force", m_options.force, "Replace an earlier backup of that name");
    addPrune(store);
    add("doctor",
        "Check what works here and say what to change; changes nothing itself. Exit code 1 when something "
        "failed",
        cli::doctor);
}

void CommandLine::build()
{
    m_app.set_version_flag("--version", "taskrunner " TASKRUNNER_VERSION);
    m_app.require_subcommand(1);
    text(&m_app, "--data-dir", m_options.dataDir,
         "Where runs, keys and artifacts are kept; default: $TASKRUNNER_DATA_DIR, then "
         "$XDG_DATA_HOME/taskrunner")
        ->type_name("DIR");
    text(&m_app, "--as", m_options.operatorName,
         "Who you are; default: $TASKRUNNER_OPERATOR, then your account")
        ->type_name("NAME");
    text(&m_app, "--policy-server", m_options.policyServer,
         "OPA server that decides policies of the engine opa; default: $TASKRUNNER_POLICY_SERVER")
        ->type_name("URL");
    text(&m_app, "--passphrase-file", m_options.passphraseFile,
         "Read the passphrase of a key from this file, which only you may read, or from a pipe such as "
         "/dev/fd/3; default: asked for at the terminal")
        ->type_name("FILE");
    m_app.add_flag(
        "--passphrase-keyring", m_options.passphraseKeyring,
        "Look for the passphrase of a key in the keyring of your session first; keys create and keys "
        "rotate put the new one there");
    addWitnesses();
    m_app.add_flag("--json", m_options.json, "Answer in JSON, for machines: one object a line");
    m_app.footer("Exit codes: 0 good, 1 a run, bundle or store is not good or two plans differ, 2 wrong\n"
                 "input, 3 waits for approval or a witness, 4 refused, 5 the data directory is in use, 6\n"
                 "store, key or file trouble, 7 the process that owns the data directory ended, the\n"
                 "outcome is unknown.");
    addPackCommands();
    addPackTools();
    addRunCommands();
    addListCommands();
    addObservation();
    addIncident();
    addEvidenceCommands();
    addKeyCommands();
    addTrustCommands();
    addStoreCommands();
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"taskrunner"_s);

    CLI::App app("Runs Task Packs: plan, simulate, run, approve, prove.", "taskrunner");
    Options options;
    Command command;
    CommandLine(app, options, command).build();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        const bool isHelp = error.get_exit_code() == 0;
        const int printed = app.exit(error);
        return isHelp ? printed : int(ExitCode::BadInput);
    }
    return int(command(options));
}
