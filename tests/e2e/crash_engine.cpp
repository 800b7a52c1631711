// An engine that kills itself: carries one run of a pack to its end, and dies by SIGKILL at the Nth
// transaction.
//
//     crash_engine DATA PACK EFFECTS before|after N      N of 0: it lives to the end, and prints the run's
//     state
//
// Where the run stands when it is started again does not matter: it approves what waits, and says of a step
// with an unknown outcome what EFFECTS, where steps write a line each, tells about it.

#include "engine/base/when_done.h"
#include "engine/local/local_run_service.h"

#include <QCoreApplication>
#include <QFile>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sqlite3.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

int transactionsLeft = 0;
bool diesBefore = false;

int onStatement(unsigned event, void *, void *statement, void *)
{
    const char *sql = sqlite3_sql(static_cast<sqlite3_stmt *>(statement));
    const unsigned last = diesBefore ? SQLITE_TRACE_STMT : SQLITE_TRACE_PROFILE;
    if (event == last && sql && qstrnicmp(sql, "COMMIT", 6) == 0 && transactionsLeft > 0
        && --transactionsLeft == 0)
        std::raise(SIGKILL);
    return 0;
}

int onOpen(sqlite3 *database, const char **, const void *)
{
    return sqlite3_trace_v2(database, SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, onStatement, nullptr);
}

class Driver : public QObject
{
public:
    Driver(RunService &service, QString pack, QString effects)
        : m_service(service)
        , m_pack(std::move(pack))
        , m_effects(std::move(effects))
    {
        connect(&service, &RunService::runChanged, this, &Driver::look);
        connect(&service, &RunService::gateChanged, this, &Driver::look);
    }

    void start()
    {
        whenDone(m_service.runs({}), this, [this](const Result<QList<RunSummary>> &runs) {
            if (!runs)
                return fail(runs.error());
            if (runs->isEmpty())
                return submit();
            m_run = runs->first().id;
            look();
        });
    }

private:
    static void fail(const Error &error)
    {
        std::fprintf(stderr, "%s\n", qPrintable(error.toString()));
        QCoreApplication::exit(1);
    }

    void submit()
    {
        const QJsonObject inputs{{u"effects"_s, m_effects}};
        whenDone(m_service.submit({{m_pack, inputs}, {}, {}}), this, [this](const Result<RunId> &run) {
            if (!run)
                return fail(run.error());
            m_run = *run;
            look();
        });
    }

    void look()
    {
        if (m_run.isEmpty())
            return;
        whenDone(m_service.run(m_run), this, [this](const Result<RunView> &view) {
            if (!view)
                return fail(view.error());
            act(*view);
        });
    }

    void act(const RunView &view)
    {
        if (isFinal(view.summary.state)) {
            std::printf("%s%s\n", qPrintable(toString(view.summary.state)),
                        view.summary.partial ? " in part" : "");
            QCoreApplication::exit(0);
        }
        for (const StepRecord &step : view.steps) {
            if (step.state == StepState::Interrupted)
                say(step.path);
        }
        for (const GateRequest &gate : view.gates) {
            if (gate.state == GateState::Open)
                approve(gate.path);
        }
    }

    void say(const QString &step)
    {
        QFile effects(m_effects);
        const bool hasRun =
            effects.open(QIODevice::ReadOnly) && effects.readAll().split('\n').contains(step.toUtf8());
        const auto outcome = !hasRun                 ? StepResolution::Retry
                             : step == u"may-fail"_s ? StepResolution::Failed
                                                     : StepResolution::Succeeded;
        // A refusal means that it was said before this answer came.
        m_service.resolveStep(m_run, step, {outcome, u"looked at what it wrote"_s, {}});
    }

    void approve(const QString &path)
    {
        whenDone(m_service.gate(m_run, path), this, [this, path](const Result<GateView> &view) {
            if (view)
                m_service.decide({m_run,
                                  path,
                                  view->gate.revision,
                                  view->gate.planHash,
                                  shownDigest(*view),
                                  Verdict::Approve,
                                  u"swept"_s,
                                  {}});
        });
    }

    RunService &m_service;
    const QString m_pack;
    const QString m_effects;
    RunId m_run{};
};

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    if (argc != 6)
        return 2;
    diesBefore = qstrcmp(argv[4], "before") == 0;
    transactionsLeft = std::atoi(argv[5]);
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(onOpen)); // NOLINT: the C API's own way
    LocalOptions options;
    options.dataDir = QString::fromLocal8Bit(argv[1]);
    options.operatorName = u"olga"_s;
    options.maxProcesses = 2;
    const auto service = LocalRunService::open(options);
    if (!service) {
        std::fprintf(stderr, "%s\n", qPrintable(service.error().toString()));
        return 1;
    }
    Driver driver(**service, QString::fromLocal8Bit(argv[2]), QString::fromLocal8Bit(argv[3]));
    QMetaObject::invokeMethod(
        &driver, [&driver] { driver.start(); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}
