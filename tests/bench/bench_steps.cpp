// How many steps that do nothing the engine runs in a second, everything that it records included, next to
// ninja and xargs running the same program as often, two at a time.

#include "engine/base/when_done.h"
#include "engine/local/local_run_service.h"
#include "tests/bench/figures.h"

#include <QCoreApplication>
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr int stepCount = 500;
constexpr int rounds = 3;

void require(bool good, const QString &what)
{
    if (!good)
        qFatal("%s", qPrintable(what));
}

void writeFile(const QString &path, const QByteArray &content)
{
    QFile file(path);
    require(file.open(QIODevice::WriteOnly) && file.write(content) == content.size(),
            u"cannot write "_s + path);
}

QByteArray manifest()
{
    QByteArray yaml = "apiVersion: stellaops.io/pack.v1\n"
                      "kind: TaskPack\n"
                      "metadata: { name: bench, version: 1.0.0 }\n"
                      "spec:\n"
                      "  steps:\n"
                      "    - id: all\n"
                      "      parallel:\n"
                      "        maxParallel: 2\n"
                      "        steps:\n";
    for (int i = 0; i < stepCount; ++i)
        yaml += "          - { id: s" + QByteArray::number(i)
                + ", run: { uses: builtin:exec, with: { command: [/bin/true] } } }\n";
    return yaml;
}

QByteArray buildFile()
{
    QByteArray ninja = "rule nothing\n  command = /bin/true\n";
    for (int i = 0; i < stepCount; ++i)
        ninja += "build s" + QByteArray::number(i) + ": nothing\n";
    return ninja;
}

/// From submitting the run to its end.
double secondsOfEngine(const QString &folder)
{
    LocalOptions options;
    options.dataDir = folder + u"/data"_s;
    options.operatorName = u"bench"_s;
    options.maxProcesses = 2;
    const auto service = LocalRunService::open(options);
    require(bool(service), u"cannot open the engine"_s);

    RunSummary last;
    QEventLoop loop;
    QObject::connect(service->get(), &RunService::runChanged, &loop, [&](const RunSummary &run) {
        last = run;
        if (isFinal(run.state))
            loop.quit();
    });
    const double seconds = bench::secondsOf([&] {
        whenDone((*service)->submit({{folder + u"/pack"_s, {}}, {}, {}}), &loop,
                 [](const Result<RunId> &run) { require(bool(run), u"cannot start the run"_s); });
        loop.exec();
    });
    require(last.state == RunState::Succeeded, u"the run did not succeed: "_s + last.reason);
    return seconds;
}

double secondsOfProcess(const QString &program, const QStringList &arguments, const QString &folder)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setStandardOutputFile(QProcess::nullDevice());
    const double seconds = bench::secondsOf([&] {
        process.start(program, arguments);
        process.waitForFinished(-1);
    });
    require(process.error() == QProcess::UnknownError && process.exitCode() == 0, program + u" failed"_s);
    return seconds;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    bench::Series engine{"the engine"};
    bench::Series ninja{"ninja -j2"};
    bench::Series xargs{"xargs -P2"};
    for (int round = 0; round < rounds; ++round) {
        // Beside the program, since a folder for temporary files may be in memory.
        const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
        QByteArray words;
        for (int i = 0; i < stepCount; ++i)
            words += QByteArray::number(i) + '\n';
        require(QDir(folder.path()).mkpath(u"pack"_s), u"cannot make a folder"_s);
        writeFile(folder.filePath(u"pack/pack.yaml"_s), manifest());
        writeFile(folder.filePath(u"build.ninja"_s), buildFile());
        writeFile(folder.filePath(u"words"_s), words);

        engine.seconds.push_back(secondsOfEngine(folder.path()));
        ninja.seconds.push_back(secondsOfProcess(u"ninja"_s, {u"-j2"_s}, folder.path()));
        xargs.seconds.push_back(secondsOfProcess(
            u"xargs"_s, {u"-P2"_s, u"-n1"_s, u"-a"_s, u"words"_s, u"/bin/true"_s}, folder.path()));
    }
    std::printf("Running /bin/true %d times, two at a time, median of %d rounds:\n", stepCount, rounds);
    bench::printRates("steps", stepCount, {engine, ninja, xargs});
    return 0;
}
