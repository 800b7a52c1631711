#include "app/console/options.h"

#include <QCommandLineParser>

using namespace Qt::StringLiterals;

Options parseOptions(const QCoreApplication &app)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("Options", text); };
    QCommandLineParser parser;
    parser.setApplicationDescription(tr("Plan, run and prove Task Packs."));
    const QCommandLineOption dataDir(u"data-dir"_s, tr("Keep runs, keys and artifacts in this folder."),
                                     u"DIR"_s);
    const QCommandLineOption as(u"as"_s, tr("Decide under this name."), u"NAME"_s);
    const QCommandLineOption sample(u"sample"_s, tr("Open the sample pack."));
    const QCommandLineOption policyServer(
        u"policy-server"_s, tr("Ask this OPA server to decide policies of the engine opa."), u"URL"_s);
    const QCommandLineOption passphraseFile(
        u"passphrase-file"_s,
        tr("Read the passphrase of the engine's key, where it has one, from this file."), u"FILE"_s);
    const QCommandLineOption rekor(
        u"rekor"_s, tr("Put an entry of each run's evidence into this transparency log."), u"URL"_s);
    const QCommandLineOption rekorVersion(u"rekor-version"_s, tr("Version of that log: 1 or 2."),
                                          u"VERSION"_s);
    const QCommandLineOption timestampAuthority(
        u"timestamp-authority"_s, tr("Have this authority timestamp each run's evidence."), u"URL"_s);
    parser.addOptions(
        {dataDir, as, policyServer, passphraseFile, rekor, rekorVersion, timestampAuthority, sample});
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(
        u"FILE"_s, tr("A pack (a folder or its pack.yaml) or an evidence bundle to open."), u"[FILE...]"_s);
    parser.process(app);
    return {parser.positionalArguments(),
            parser.value(dataDir),
            parser.value(as),
            parser.value(policyServer),
            parser.value(passphraseFile),
            parser.value(rekor),
            parser.value(rekorVersion),
            parser.value(timestampAuthority),
            parser.isSet(sample)};
}
