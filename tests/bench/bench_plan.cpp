// What it takes to read a pack and to plan it, its hash included, for packs of three sizes, next to `ninja
// -n` on a build file with as many edges. Every figure is the best of three processes that do nothing else,
// so that memory and time are those of the work named. The time is that of the processor, user and system:
// all of it is one thread.

#include "engine/base/digest.h"
#include "engine/pack/inputs.h"
#include "engine/pack/pack.h"
#include "engine/plan/plan.h"

#include <QFile>
#include <QTemporaryDir>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <limits>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr int rounds = 3;
constexpr std::array sizes{1'000, 10'000, 100'000};

void require(bool good, const QString &what)
{
    if (!good)
        qFatal("%s", qPrintable(what));
}

QString readError(const Error &error)
{
    return error.causes.isEmpty() ? error.toString() : error.causes.first().toString();
}

// What is measured

/// Every step names the one before it; every tenth has a name, a variable, outputs and a timeout too. As many
/// as fit into the 16 MiB and the million values that a manifest may have.
void writePack(const QString &folder, int steps)
{
    QFile file(folder + u"/pack.yaml"_s);
    require(file.open(QIODevice::WriteOnly), u"cannot write pack.yaml"_s);
    file.write("apiVersion: stellaops.io/pack.v1\n"
               "kind: TaskPack\n"
               "metadata: { name: bench, version: 1.0.0 }\n"
               "spec:\n"
               "  inputs: [{ name: target, type: string, required: true }]\n"
               "  steps:\n");
    for (int i = 0; i < steps; ++i) {
        const QByteArray number = QByteArray::number(i);
        QByteArray yaml = "  - id: s" + number + '\n';
        const QByteArray before = i > 0 ? ", \"{{ steps.s" + QByteArray::number(i - 1) + ".status }}\"" : "";
        if (i % 10 == 0)
            yaml += "    name: Step " + number + '\n';
        yaml += "    run:\n"
                "      uses: builtin:exec\n"
                "      with: { command: [echo, \"{{ inputs.target }}\""
                + before + "] }\n";
        if (i % 10 == 0)
            yaml += "      env: { TARGET: \"{{ inputs.target }}\" }\n"
                    "      outputs: [{ name: out }]\n"
                    "      timeout: PT5M\n";
        file.write(yaml);
    }
    require(file.flush(), u"cannot write pack.yaml"_s);
}

void writeBuildFile(const QString &folder, int edges)
{
    QFile file(folder + u"/build.ninja"_s);
    require(file.open(QIODevice::WriteOnly), u"cannot write build.ninja"_s);
    file.write("rule exec\n"
               "  command = $run\n"
               "build s0: exec\n"
               "  run = echo \"production\" \"\"\n");
    for (int i = 1; i < edges; ++i) {
        const QByteArray last = QByteArray::number(i - 1);
        file.write("build s" + QByteArray::number(i) + ": exec s" + last + "\n  run = echo \"production\" \"s"
                   + last + "\"\n");
    }
    require(file.flush(), u"cannot write build.ninja"_s);
}

// The work of one process

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

class NoEvents : public YAML::EventHandler
{
    using Mark = YAML::Mark;
    using Anchor = YAML::anchor_t;
    using Style = YAML::EmitterStyle::value;
    using Text = std::string;

public:
    // NOLINTBEGIN(readability-identifier-naming)
    void OnDocumentStart(const Mark &) override {}
    void OnDocumentEnd() override {}
    void OnNull(const Mark &, Anchor) override {}
    void OnAlias(const Mark &, Anchor) override {}
    void OnScalar(const Mark &, const Text &, Anchor, const Text &) override {}
    void OnSequenceStart(const Mark &, const Text &, Anchor, Style) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const Mark &, const Text &, Anchor, Style) override {}
    void OnMapEnd() override {}
    // NOLINTEND(readability-identifier-naming)
};

[[noreturn]] void finish()
{
    std::fflush(stdout);
    _exit(0); // What is left to free belongs to no stage.
}

/// The parser of yaml-cpp alone: how much of reading a pack is not ours.
[[noreturn]] void parseEvents(const QString &folder)
{
    QFile file(folder + u"/pack.yaml"_s);
    require(file.open(QIODevice::ReadOnly), u"cannot read pack.yaml"_s);
    const double start = processorSeconds();
    std::istringstream stream(file.readAll().toStdString());
    YAML::Parser parser(stream);
    NoEvents events;
    while (parser.HandleNextDocument(events)) {
    }
    std::printf("%f\n", processorSeconds() - start);
    finish();
}

/// Prints what each stage took; last is the last that is carried out.
[[noreturn]] void runStages(const QString &folder, const QByteArray &last)
{
    double start = processorSeconds();
    const auto print = [&start] {
        std::printf("%f\n", processorSeconds() - start);
        start = processorSeconds();
    };
    const auto pack = readPack(folder);
    require(bool(pack), pack ? QString() : readError(pack.error()));
    print();
    if (last == "read")
        finish();
    const auto inputs = bindInputs(pack->manifest.inputs, {{u"target"_s, u"production"_s}});
    require(bool(inputs), u"the inputs do not fit"_s);
    const auto plan = makePlan(*pack, *inputs);
    require(bool(plan), plan ? QString() : readError(plan.error()));
    print();
    if (last == "plan")
        finish();
    const QString hash = u"sha256:"_s + sha256Hex(plan->canonical());
    require(hash == plan->hash(), u"the hash is another one"_s);
    print();
    finish();
}

// Processes and what they took

struct Usage
{
    double seconds = std::numeric_limits<double>::max(); ///< User and system.
    double peakMiB = 0;
    std::vector<double> stages{}; ///< Seconds, as the process printed them.
};

/// The child's side of fork().
[[noreturn]] void become(const std::vector<const char *> &command, int output)
{
    // ninja follows a chain of edges by recursion.
    rlimit stack{};
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = stack.rlim_max;
    setrlimit(RLIMIT_STACK, &stack);
    dup2(output, STDOUT_FILENO);
    std::vector<char *> arguments;
    for (const char *argument : command)
        arguments.push_back(const_cast<char *>(argument)); // NOLINT: execvp() takes what it does not change
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    _exit(127);
}

/// @param discard  the output, instead of reading the seconds of stages from it
Usage usageOf(const std::vector<const char *> &command, bool discard)
{
    std::array<int, 2> ends{};
    require(pipe2(ends.data(), O_CLOEXEC) == 0, u"cannot make a pipe"_s);
    const pid_t child = fork();
    require(child >= 0, u"cannot start a process"_s);
    if (child == 0)
        become(command, discard ? open("/dev/null", O_WRONLY | O_CLOEXEC) : ends[1]);
    close(ends[1]);

    Usage usage;
    FILE *output = fdopen(ends[0], "r");
    for (double seconds = 0; std::fscanf(output, "%lf", &seconds) == 1;)
        usage.stages.push_back(seconds);
    std::fclose(output);
    int status = 0;
    rusage used{};
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR) {
    }
    require(WIFEXITED(status) && WEXITSTATUS(status) == 0,
            QString::fromLocal8Bit(command.front()) + u" failed"_s);
    const auto secondsOf = [](const timeval &time) {
        return double(time.tv_sec) + double(time.tv_usec) / 1e6;
    };
    usage.seconds = secondsOf(used.ru_utime) + secondsOf(used.ru_stime);
    usage.peakMiB = double(used.ru_maxrss) / 1024;
    return usage;
}

Usage bestOf(const std::vector<const char *> &command, bool discard)
{
    Usage best;
    for (int round = 0; round < rounds; ++round) {
        const Usage usage = usageOf(command, discard);
        if (usage.seconds < best.seconds)
            best = usage;
    }
    return best;
}

struct Row
{
    int steps = 0;
    double sizeMiB = 0;
    Usage events{};
    Usage read{};
    Usage all{};
    double hash = 0; ///< Seconds of what all spends on the canonical form and its hash.
    Usage ninja{};
};

Row measure(const char *self, int steps)
{
    // Beside the program, since a folder for temporary files may be in memory.
    const QTemporaryDir folder(QString::fromLocal8Bit(self) + u"-XXXXXX"_s);
    require(folder.isValid(), u"cannot make a folder"_s);
    writePack(folder.path(), steps);
    const double sizeMiB = double(QFile(folder.filePath(u"pack.yaml"_s)).size()) / 1024 / 1024;
    const QByteArray path = QFile::encodeName(folder.path());
    Row row{steps, sizeMiB, {}, {}, {}, 0, {}};
    row.events = bestOf({self, "events", path.constData()}, false);
    row.read = bestOf({self, "read", path.constData()}, false);
    row.all = bestOf({self, "plan", path.constData()}, false);
    row.hash = bestOf({self, "hash", path.constData()}, false).stages.at(2);
    QFile::remove(folder.filePath(u"pack.yaml"_s));
    writeBuildFile(folder.path(), steps);
    row.ninja = bestOf({"ninja", "-n", "-C", path.constData()}, true);
    return row;
}

void print(const Row &row)
{
    std::printf(
        "%8d %6.2f MiB %9.3f s %8.3f s %8.3f s %8.3f s %8.3f s %6.0f MiB %6.0f MiB %8.3f s %6.0f MiB %7.1f\n",
        row.steps, row.sizeMiB, row.events.stages.at(0), row.all.stages.at(0), row.all.stages.at(1), row.hash,
        row.all.seconds, row.read.peakMiB, row.all.peakMiB, row.ninja.seconds, row.ninja.peakMiB,
        row.all.seconds / row.ninja.seconds);
}

void printGrowth(const Row &from, const Row &to)
{
    const auto &before = from.all.stages;
    const auto &after = to.all.stages;
    std::printf("%7dx %6.2fx    %9.2fx  %8.2fx  %8.2fx  %8.2fx  %8.2fx  %6.1fx    %6.1fx    %8.2fx  %6.1fx\n",
                to.steps / from.steps, to.sizeMiB / from.sizeMiB,
                to.events.stages.at(0) / from.events.stages.at(0), after.at(0) / before.at(0),
                after.at(1) / before.at(1), to.hash / from.hash, to.all.seconds / from.all.seconds,
                to.read.peakMiB / from.read.peakMiB, to.all.peakMiB / from.all.peakMiB,
                to.ninja.seconds / from.ninja.seconds, to.ninja.peakMiB / from.ninja.peakMiB);
}

} // namespace

int main(int argc, char **argv)
{
    if (argc == 3 && QByteArrayView(argv[1]) == "events")
        parseEvents(QFile::decodeName(argv[2]));
    if (argc == 3)
        runStages(QFile::decodeName(argv[2]), argv[1]);
    std::printf(
        "Planning a chain of steps, best of %d processes each. yaml-cpp is its parser alone over the same "
        "text; "
        "total\nis the whole process that reads and plans; hash is the part of planning that writes the "
        "canonical "
        "form and\nhashes it, measured apart; the ratio is total to ninja -n.\n\n",
        rounds);
    std::printf("%8s %10s %11s %10s %10s %10s %10s %10s %10s %10s %10s %7s\n", "steps", "pack.yaml",
                "yaml-cpp", "read", "plan", "hash", "total", "read peak", "peak", "ninja -n", "peak",
                "ratio");
    std::vector<Row> rows;
    for (const int steps : sizes) {
        rows.push_back(measure(argv[0], steps));
        if (rows.size() > 1)
            printGrowth(rows[rows.size() - 2], rows.back());
        print(rows.back());
        std::fflush(stdout);
    }
    const Row &last = rows.back();
    std::printf("\nOf reading the largest, yaml-cpp is %.0f %%.\n",
                100 * last.events.stages.at(0) / last.all.stages.at(0));
    return 0;
}
