// A process of its own for the tests of the store: one that gets killed, or one that may not write.
//
//   store_writer write FILE RUN   makes run number RUN and writes to it until it is killed; after each commit
//   it prints
//                                 "change N" or "logs N"
//   store_writer read FILE        opens FILE for reading, as a user who owns nothing, and prints "runs N" or
//   the error store_writer open FILE        the same, for writing

#include "store_samples.h"

#include <QCoreApplication>

#include <cstdio>
#include <grp.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

static int say(const QString &text)
{
    std::puts(qPrintable(text));
    std::fflush(stdout);
    return 0;
}

/// State, attempts and event of a change carry the same number, so that a reader sees whether they belong
/// together.
static RunChange numberedChange(const RunId &run, int number)
{
    RunChange change;
    change.run = run;
    change.at = samples::at(number);
    change.steps = {{u"build"_s,
                     StepState::Running,
                     u"change %1"_s.arg(number),
                     number,
                     change.at,
                     {},
                     {{u"n"_s, number}}}};
    change.attempts = {{u"build"_s, number, number, {}, {}, change.at, {}, {}, {}, {}}};
    change.events = {{u"step-state"_s, u"build"_s, {{u"n"_s, number}}},
                     {u"attempt-started"_s, u"build"_s, {{u"n"_s, number}}}};
    return change;
}

static int write(const QString &path, int run)
{
    const auto store = Store::open(path, Store::Mode::ReadWrite);
    if (!store)
        return say(store.error().toString());
    const auto made =
        (*store)->createRun(samples::newRun(run), samples::firstSteps(), samples::firstEvents());
    if (!made)
        return say(made.error().toString());
    for (int number = 1;; ++number) {
        if (const auto applied = (*store)->apply(numberedChange(samples::runId(run), number)); !applied)
            return say(applied.error().toString());
        say(u"change %1"_s.arg(number));
        const auto last =
            (*store)->appendLogs(samples::runId(run), samples::logLines(number, 1 + number % 200));
        if (!last)
            return say(last.error().toString());
        say(u"logs %1"_s.arg(*last));
    }
}

static int openAsNobody(const QString &path, Store::Mode mode)
{
    constexpr uid_t nobody = 65534;
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(nobody) != 0 || setuid(nobody) != 0))
        return say(u"cannot become another user"_s);
    const auto store = Store::open(path, mode);
    if (!store)
        return say(store.error().toString());
    const auto runs = (*store)->runs({});
    return say(runs ? u"runs %1"_s.arg(runs->size()) : runs.error().toString());
}

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 4 && arguments[1] == u"write"_s)
        return write(arguments[2], arguments[3].toInt());
    if (arguments.size() == 3 && arguments[1] == u"read"_s)
        return openAsNobody(arguments[2], Store::Mode::ReadOnly);
    if (arguments.size() == 3 && arguments[1] == u"open"_s)
        return openAsNobody(arguments[2], Store::Mode::ReadWrite);
    return 2;
}
