#include "app/console/options.h"
#include "app/console/passphrase_prompt.h"
#include "app/console/sample_pack.h"
#include "engine/local/key_admin.h"
#include "engine/local/local_run_service.h"
#include "engine/security/keyring.h"
#include "engine/security/passphrase_file.h"
#include "ui/common/error_text.h"
#include "ui/window/main_window.h"

#include <QApplication>
#include <QIcon>
#include <QMessageBox>
#include <QTextStream>

using namespace Qt::StringLiterals;
using engine::PassphraseQuestion;
using engine::Result;
using engine::SecretBytes;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Console", text);
}

/// Says why there is no engine, on the terminal and on the screen.
int showStartError(const engine::Error &error)
{
    QTextStream(stderr) << error.toString() << Qt::endl;
    QMessageBox box(QMessageBox::Critical, tr("TaskRunner Console"), tr("The console cannot start."),
                    QMessageBox::Close);
    box.setTextFormat(Qt::PlainText);
    box.setInformativeText(ui::errorHeadline(error.code) + u"\n\n"_s + ui::errorDetail(error));
    box.show();
    QApplication::exec();
    return 1;
}

/// Only the right passphrase is remembered: it is tried once more. Without a keyring it is asked for again.
void remember(const QString &dataDir, const QString &keyName, const SecretBytes &passphrase)
{
    const auto given = [&passphrase](const PassphraseQuestion &question) -> Result<SecretBytes> {
        if (question.attempt == 0)
            return SecretBytes::copyOf(passphrase.view());
        return engine::Error{engine::ErrorCode::WrongPassphrase, {}, {}, {}};
    };
    if (engine::KeyAdmin(engine::DataDir(dataDir)).checkedPassphrase(keyName, given))
        (void)engine::Keyring(dataDir).remember(keyName, passphrase);
}

/// The engine's passphrase comes from the file, where one is named; a person's from the keyring of the
/// session, else from the person.
engine::PassphraseSource passphraseSource(const QString &file, const QString &dataDir,
                                          PassphrasePrompt &prompt)
{
    const auto person = [dataDir, &prompt](const PassphraseQuestion &question) -> Result<SecretBytes> {
        auto typed = prompt.ask(question);
        if (!typed)
            return typed.error();
        if (typed->isToBeRemembered)
            remember(dataDir, question.keyName, typed->passphrase);
        return std::move(typed->passphrase);
    };
    return [file, source = engine::keyringFirst(engine::Keyring(dataDir), person)](
               const PassphraseQuestion &question) -> Result<SecretBytes> {
        return question.keyName == engine::engineKeyName && !file.isEmpty() && question.attempt == 0
                   ? engine::readPassphraseFile(file)
                   : source(question);
    };
}

int runConsole(const Options &options)
{
    PassphrasePrompt prompt; // Outlives the service, which asks it.
    engine::LocalOptions local;
    local.dataDir = engine::dataDirFor(options.dataDir);
    local.operatorName = engine::operatorFor(options.operatorName);
    local.policyServer = options.policyServer;
    local.passphrase = passphraseSource(options.passphraseFile, local.dataDir, prompt);
    local.rekor = options.rekor;
    local.rekorVersion = options.rekorVersion;
    local.timestampAuthority = options.timestampAuthority;
    auto opened = engine::LocalRunService::open(local);
    if (!opened)
        return showStartError(opened.error());
    const std::unique_ptr<engine::LocalRunService> service = std::move(*opened);
    engine::LocalEvidenceVerifier verifier(local.dataDir);

    ui::MainWindow window(service.get(), &verifier, samplePack());
    QObject::connect(&window, &ui::MainWindow::operatorChangeRequested, service.get(),
                     &engine::LocalRunService::setOperatorName);
    for (const QString &file : options.files)
        window.openPath(file);
    if (options.openSample && !samplePack().isEmpty())
        window.openPack(samplePack());
    prompt.open(&window);
    window.show();
    const int code = QApplication::exec();
    prompt.close();
    return code;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    QApplication::setApplicationName(u"taskrunner-console"_s);
    QApplication::setApplicationDisplayName(tr("TaskRunner Console"));
    QApplication::setApplicationVersion(u"" TASKRUNNER_VERSION ""_s);
    QApplication::setDesktopFileName(u"taskrunner-console"_s);
    QApplication::setWindowIcon(QIcon::fromTheme(u"taskrunner-console"_s));
    return runConsole(parseOptions(app));
}
