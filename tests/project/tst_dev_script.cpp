#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace {

struct Outcome
{
    int exitCode = -1;
    QString output{};
    QString errors{};
};

Outcome runDev(const QString &program, const QStringList &arguments, const QString &folder,
               const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment())
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    if (!process.waitForFinished() || process.exitStatus() != QProcess::NormalExit)
        qFatal("%s did not end: %s", qPrintable(program), qPrintable(process.errorString()));
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

QString contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

void writeProgram(const QString &path, const QByteArray &script)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write("#!/bin/sh\n" + script) < 0
        || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace

/// `./dev`, as far as it can be tried without building anything.
class TestDevScript : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void listsEveryCommand_data();
    void listsEveryCommand();
    void explains_data();
    void explains();
    void refuses_data();
    void refuses();
    void worksThroughALink();
    void setupInstallsWhatIsMissing();
    void setupChangesNothingWhenAllIsThere();

private:
    const QString m_dev = QStringLiteral(SOURCE_DIR "/dev");
    const QTemporaryDir m_elsewhere;
};

void TestDevScript::listsEveryCommand_data()
{
    QTest::addColumn<QStringList>("arguments");

    QTest::newRow("none") << QStringList{};
    QTest::newRow("--help") << QStringList{u"--help"_s};
    QTest::newRow("-h") << QStringList{u"-h"_s};
    QTest::newRow("help") << QStringList{u"help"_s};
}

void TestDevScript::listsEveryCommand()
{
    QFETCH(QStringList, arguments);

    const Outcome outcome = runDev(m_dev, arguments, m_elsewhere.path());

    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome.errors, QString());
    QCOMPARE(outcome.output, u"Usage: ./dev COMMAND [ARGUMENT...]\n"
                             "\n"
                             "  setup    Install the Debian packages that are missing\n"
                             "  build    Compile everything\n"
                             "  run      Build the programs and show them at work on a sample\n"
                             "  test     Run the tests, with sanitizers and without\n"
                             "  bench    Measure, next to well-known tools doing the same work\n"
                             "  fuzz     Feed the parsers with broken input\n"
                             "  lint     Check the form of the sources and look for mistakes\n"
                             "  package  Make the Debian package\n"
                             "\n"
                             "./dev COMMAND --help says more. Everything that is made stands in build/.\n"_s);
}

void TestDevScript::explains_data()
{
    QTest::addColumn<QString>("command");

    for (const char *command : {"setup", "build", "run", "test", "bench", "fuzz", "lint", "package"})
        QTest::newRow(command) << QString::fromLatin1(command);
}

void TestDevScript::explains()
{
    QFETCH(QString, command);

    const Outcome outcome = runDev(m_dev, {command, u"--help"_s}, m_elsewhere.path());

    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome.errors, QString());
    const QStringList lines = outcome.output.split(u'\n');
    QVERIFY2(lines.size() > 4, qPrintable(outcome.output));
    QCOMPARE(lines.at(1), QString());
    QCOMPARE(lines.at(2).section(u' ', 0, 2), u"Usage: ./dev "_s + command);
    QVERIFY2(!outcome.output.contains(u'#'), qPrintable(outcome.output));
}

void TestDevScript::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("error");

    QTest::newRow("unknown command") << QStringList{u"tset"_s} << u"dev: there is no command \"tset\""_s;
    QTest::newRow("two words in one")
        << QStringList{u"build run"_s} << u"dev: there is no command \"build run\""_s;
    QTest::newRow("unknown preset") << QStringList{u"build"_s, u"debug"_s}
                                    << u"dev: there is no preset \"debug\"; see ./dev build --help"_s;
    QTest::newRow("argument too many") << QStringList{u"lint"_s, u"engine"_s}
                                       << u"dev: \"engine\" is not understood; see ./dev lint --help"_s;
    QTest::newRow("unknown benchmark") << QStringList{u"bench"_s, u"nothing"_s}
                                       << u"dev: there is no benchmark \"nothing\"; see ./dev bench --help"_s;
    QTest::newRow("unknown harness") << QStringList{u"fuzz"_s, u"1"_s, u"nothing"_s}
                                     << u"dev: there is no harness \"nothing\"; see ./dev fuzz --help"_s;
}

void TestDevScript::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, error);

    const Outcome outcome = runDev(m_dev, arguments, m_elsewhere.path());

    QCOMPARE(outcome.exitCode, 2);
    QCOMPARE(outcome.output, QString());
    QCOMPARE(outcome.errors.section(u'\n', 0, 0), error);
}

void TestDevScript::worksThroughALink()
{
    const QString link = m_elsewhere.filePath(u"dev-link"_s);
    QVERIFY(QFile::link(m_dev, link));

    QCOMPARE(runDev(link, {u"lint"_s, u"--help"_s}, m_elsewhere.path()).output.section(u'\n', 2, 2),
             u"Usage: ./dev lint [--quick]"_s);
}

void TestDevScript::setupInstallsWhatIsMissing()
{
    const QTemporaryDir tools;
    const QString log = tools.filePath(u"log"_s);
    writeProgram(tools.filePath(u"dpkg-query"_s), R"(
shift 2
for name in "$@"; do
  [ "$name" = ccache ] && echo "config-files ccache" || [ "$name" = cmake ] || echo "installed $name"
done
exit 1
)");
    writeProgram(tools.filePath(u"apt-get"_s), "echo \"$*\" >> '" + log.toUtf8() + "'\n");
    writeProgram(tools.filePath(u"sudo"_s), "exec \"$@\"\n");
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PATH"_s, tools.path() + u':' + environment.value(u"PATH"_s));

    const Outcome outcome = runDev(m_dev, {u"setup"_s}, m_elsewhere.path(), environment);

    QCOMPARE(outcome.errors, QString());
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome.output, u"\n== Installing ccache cmake\n"_s);
    QCOMPARE(contentOf(log), u"update -q\ninstall -q --yes --no-install-recommends ccache cmake\n"_s);
}

void TestDevScript::setupChangesNothingWhenAllIsThere()
{
    const QTemporaryDir tools;
    writeProgram(tools.filePath(u"dpkg-query"_s), "shift 2\nfor name; do echo \"installed $name\"; done\n");
    writeProgram(tools.filePath(u"apt-get"_s), "echo apt-get was called >&2\nexit 1\n");
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PATH"_s, tools.path() + u':' + environment.value(u"PATH"_s));

    const Outcome outcome = runDev(m_dev, {u"setup"_s}, m_elsewhere.path(), environment);

    QCOMPARE(outcome.errors, QString());
    QCOMPARE(outcome.exitCode, 0);
    QCOMPARE(outcome.output, u"Every package that the project needs is installed.\n"_s);
}

QTEST_GUILESS_MAIN(TestDevScript)
#include "tst_dev_script.moc"
