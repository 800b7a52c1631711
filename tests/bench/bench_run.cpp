// How long the engine takes for a step that does nothing, everything that it records and captures included,
// next to others that run the same program as often, two at a time: bare posix_spawn, ninja, make, xargs and
// GNU parallel, and to what the disk takes for a sync. Then how time and memory grow with the items of a map.
//
// Usage: bench_run [--steps N] [--rounds N] [--items N]; 0 leaves that part out.

#include "engine/base/when_done.h"
#include "engine/local/local_run_service.h"
#include "tests/bench/figures.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QEventLoop>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr int syncCount = 1'000;

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

void writePack(const QString &folder, const QByteArray &steps)
{
    require(QDir(folder).mkpath(u"pack"_s), u"cannot make a folder"_s);
    writeFile(folder + u"/pack/pack.yaml"_s, "apiVersion: stellaops.io/pack.v1\n"
                                             "kind: TaskPack\n"
                                             "metadata: { name: bench, version: 1.0.0 }\n"
                                             "spec:\n"
                                             "  steps:\n"
                                                 + steps);
}

const QByteArray nothing = "run: { uses: builtin:exec, with: { command: [/bin/true] } } }\n";

QByteArray parallelSteps(int count)
{
    QByteArray yaml = "    - id: all\n      parallel:\n        maxParallel: 2\n        steps:\n";
    for (int i = 0; i < count; ++i)
        yaml += "          - { id: s" + QByteArray::number(i) + ", " + nothing;
    return yaml;
}

QByteArray mapSteps(int count)
{
    return "    - id: all\n      map:\n        maxParallel: 2\n        items: '{{ range("
           + QByteArray::number(count) + ") }}'\n        step: { id: s, " + nothing;
}

// The engine, in a process of its own, so that its memory is its own.

qint64 peakKib()
{
    QFile status(u"/proc/self/status"_s);
    require(status.open(QIODevice::ReadOnly), u"cannot read /proc/self/status"_s);
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmHWM:"))
            return line.sliced(6).chopped(2).trimmed().toLongLong();
    }
    return 0;
}

/// From submitting the run to its end. Prints microseconds and peak memory in KiB.
int runEngine(const QString &folder)
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
        whenDone(
            (*service)->submit({{folder + u"/pack"_s, {}}, {}, {}}), &loop, [](const Result<RunId> &run) {
                require(bool(run), u"cannot start the run: "_s + (run ? QString() : run.error().toString()));
            });
        loop.exec();
    });
    require(last.state == RunState::Succeeded, u"the run did not succeed: "_s + last.reason);
    std::printf("%.6f %lld\n", seconds, (long long)(peakKib()));
    return 0;
}

struct EngineFigures
{
    double seconds = 0;
    double peakMib = 0;
};

EngineFigures figuresOfEngine(const QString &folder)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(QCoreApplication::applicationFilePath(), {u"--engine"_s, folder});
    require(process.waitForFinished(-1) && process.exitStatus() == QProcess::NormalExit
                && process.exitCode() == 0,
            u"the engine failed"_s);
    const QList<QByteArray> words = process.readAllStandardOutput().trimmed().split(' ');
    require(words.size() == 2, u"the engine said nothing"_s);
    return {words[0].toDouble(), words[1].toDouble() / 1024};
}

// What it is measured against.

double secondsOfSpawn(int count)
{
    char program[] = "/bin/true";
    char *arguments[] = {program, nullptr};
    int running = 0;
    const auto reap = [&running] {
        require(::wait(nullptr) > 0, u"cannot wait for a child"_s);
        --running;
    };
    return bench::secondsOf([&] {
        for (int i = 0; i < count; ++i) {
            if (running == 2)
                reap();
            pid_t pid = 0;
            require(::posix_spawn(&pid, program, nullptr, nullptr, arguments, environ) == 0,
                    u"cannot spawn"_s);
            ++running;
        }
        while (running > 0)
            reap();
    });
}

/// Of one page appended to a file.
double secondsOfSync(const QString &path)
{
    const int file = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    require(file >= 0, u"cannot write "_s + path);
    const QByteArray page(4096, 'x');
    const double seconds = bench::secondsOf([&] {
        for (int i = 0; i < syncCount; ++i)
            require(::write(file, page.constData(), size_t(page.size())) == page.size()
                        && ::fdatasync(file) == 0,
                    u"cannot write "_s + path);
    });
    ::close(file);
    return seconds / syncCount;
}

struct Tool
{
    const char *name;
    QString program;
    QStringList arguments{};
    QString package{}; ///< Of Debian.
    std::vector<double> seconds{};

    bool isThere() const { return !QStandardPaths::findExecutable(program).isEmpty(); }
};

double secondsOfTool(const Tool &tool, const QString &folder)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(QProcess::nullDevice());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PARALLEL_HOME"_s, folder); // It keeps notes of its own.
    process.setProcessEnvironment(environment);
    const double seconds = bench::secondsOf([&] {
        process.start(tool.program, tool.arguments);
        process.waitForFinished(-1);
    });
    require(process.error() == QProcess::UnknownError && process.exitCode() == 0,
            tool.program + u" failed: "_s + QString::fromLocal8Bit(process.readAllStandardError()));
    return seconds;
}

/// What the tools read.
void writeToolFiles(const QString &folder, int count)
{
    QByteArray ninja = "rule nothing\n  command = /bin/true\n";
    QByteArray make = ".PHONY: all\nall:";
    QByteArray words;
    for (int i = 0; i < count; ++i) {
        const QByteArray name = "s" + QByteArray::number(i);
        ninja += "build " + name + ": nothing\n";
        make += " " + name;
        words += name + '\n';
    }
    writeFile(folder + u"/build.ninja"_s, ninja);
    writeFile(folder + u"/Makefile"_s, make + "\ns%:\n\t@/bin/true\n");
    writeFile(folder + u"/words"_s, words);
}

double fastest(const std::vector<double> &seconds)
{
    return *std::min_element(seconds.begin(), seconds.end());
}

void printStep(const char *name, const std::vector<double> &seconds, int count, double engine)
{
    const double each = fastest(seconds) / count * 1e6;
    std::printf("  %-32s %8.0f us a step   slowest round %8.0f us", name, each,
                *std::max_element(seconds.begin(), seconds.end()) / count * 1e6);
    if (each != engine)
        std::printf("   the engine takes %5.2f of it", engine / each);
    std::printf("\n");
}

void measureSteps(int count, int rounds)
{
    std::vector<Tool> tools{
        {"ninja -j2", u"ninja"_s, {u"-j2"_s}, u"ninja-build"_s},
        {"make -j2", u"make"_s, {u"-j2"_s}, u"make"_s},
        {"xargs -P2", u"xargs"_s, {u"-P2"_s, u"-n1"_s, u"-a"_s, u"words"_s, u"/bin/true"_s}, u"findutils"_s},
        {"GNU parallel -j2 --joblog",
         u"parallel"_s,
         {u"--will-cite"_s, u"-j2"_s, u"--joblog"_s, u"joblog"_s, u"-a"_s, u"words"_s, u"/bin/true"_s},
         u"parallel"_s},
    };
    std::vector<double> engine;
    std::vector<double> spawn;
    std::vector<double> sync;
    double peakMib = 0;
    for (int round = 0; round < rounds; ++round) {
        // Beside the program, since a folder for temporary files may be in memory.
        const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
        writePack(folder.path(), parallelSteps(count));
        writeToolFiles(folder.path(), count);
        spawn.push_back(secondsOfSpawn(count));
        sync.push_back(secondsOfSync(folder.filePath(u"synced"_s)));
        const EngineFigures figures = figuresOfEngine(folder.path());
        engine.push_back(figures.seconds);
        peakMib = std::max(peakMib, figures.peakMib);
        for (Tool &tool : tools) {
            if (tool.isThere())
                tool.seconds.push_back(secondsOfTool(tool, folder.path()));
        }
    }

    const double each = fastest(engine) / count * 1e6;
    const double floor = fastest(spawn) / count * 1e6 + 2 * fastest(sync) * 1e6;
    std::printf("Running /bin/true %d times, two at a time, the fastest of %d rounds:\n", count, rounds);
    printStep("the engine", engine, count, each);
    printStep("posix_spawn", spawn, count, each);
    for (const Tool &tool : tools) {
        if (tool.seconds.empty())
            std::printf("  %-32s left out: apt-get install %s\n", tool.name, qPrintable(tool.package));
        else
            printStep(tool.name, tool.seconds, count, each);
    }
    std::printf("  %-32s %8.0f us\n", "fdatasync of 4 KiB", fastest(sync) * 1e6);
    std::printf("  %-32s %8.0f us          the engine takes %.2f of it; the goal is 1.50\n",
                "posix_spawn and two fdatasync", floor, each / floor);
    std::printf("  The engine's process had at most %.0f MiB in memory.\n", peakMib);
    std::fflush(stdout);
}

void measureItems(int most)
{
    std::printf("A map of items, each a step that runs /bin/true, two at a time:\n");
    for (const int count : {most / 10, most}) {
        const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
        writePack(folder.path(), mapSteps(count));
        const EngineFigures figures = figuresOfEngine(folder.path());
        std::printf("  %7d items   %8.1f s   %6.0f us a step   %6.0f MiB at most in memory\n", count,
                    figures.seconds, figures.seconds / count * 1e6, figures.peakMib);
        std::fflush(stdout);
    }
}

int numberOf(const QCommandLineParser &parser, const QString &name)
{
    bool isNumber = false;
    const int number = parser.value(name).toInt(&isNumber);
    require(isNumber && number >= 0, u"--%1 needs a number"_s.arg(name));
    return number;
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    QCommandLineParser parser;
    parser.addOptions({{u"steps"_s, u"Steps to run."_s, u"N"_s, u"10000"_s},
                       {u"rounds"_s, u"How often."_s, u"N"_s, u"3"_s},
                       {u"items"_s, u"Items of the map."_s, u"N"_s, u"100000"_s},
                       {u"engine"_s, u"Only run the pack in a folder."_s, u"FOLDER"_s}});
    parser.addHelpOption();
    parser.process(app);
    if (parser.isSet(u"engine"_s))
        return runEngine(parser.value(u"engine"_s));
    if (const int steps = numberOf(parser, u"steps"_s), rounds = numberOf(parser, u"rounds"_s);
        steps > 0 && rounds > 0)
        measureSteps(steps, rounds);
    if (const int items = numberOf(parser, u"items"_s); items > 0)
        measureItems(items);
    return 0;
}
