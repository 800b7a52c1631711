#include "tests/support/fake_launcher.h"

using namespace Qt::StringLiterals;

class FakeLauncher::Process : public engine::Process
{
public:
    Process(FakeLauncher &launcher, QString step)
        : m_launcher(launcher)
        , m_step(std::move(step))
    {
    }

    qint64 pid() const override { return 4711; }
    QString startTime() const override { return u"1"_s; }
    void go() override
    {
        isReleased = true;
        m_launcher.calls += u"start "_s + m_step;
    }
    void terminate() override { m_launcher.calls += u"terminate "_s + m_step; }
    void kill() override { m_launcher.calls += u"kill "_s + m_step; }
    void pauseOutput(bool isPaused) override
    {
        m_launcher.calls += (isPaused ? u"pause "_s : u"unpause "_s) + m_step;
    }
    const QString &step() const { return m_step; }
    bool isReleased = false;
    bool hasEnded = false;

private:
    FakeLauncher &m_launcher;
    const QString m_step;
};

engine::Result<std::unique_ptr<engine::Process>> FakeLauncher::launch(const engine::LaunchSpec &spec)
{
    const QString step = spec.environment.value(u"TASKRUNNER_STEP"_s);
    specs += spec;
    auto process = std::make_unique<Process>(*this, step);
    m_processes += process.get();
    if (onLaunch)
        onLaunch(step);
    return std::unique_ptr<engine::Process>(std::move(process));
}

FakeLauncher::Process *FakeLauncher::find(const QString &stepPath) const
{
    for (const QPointer<Process> &process : m_processes) {
        if (process && !process->hasEnded && process->step() == stepPath)
            return process;
    }
    qFatal("No process of step %s runs", qPrintable(stepPath));
}

void FakeLauncher::finish(const QString &stepPath, int exitCode)
{
    Process *process = find(stepPath);
    process->hasEnded = true;
    engine::ProcessExit exit;
    exit.exitCode = exitCode;
    Q_EMIT process->finished(exit);
}

void FakeLauncher::print(const QString &stepPath, const QByteArray &bytes)
{
    Q_EMIT find(stepPath)->outputRead(engine::OutputStream::Output, bytes);
}

QStringList FakeLauncher::running() const
{
    QStringList steps;
    for (const QPointer<Process> &process : m_processes) {
        if (process && process->isReleased && !process->hasEnded)
            steps += process->step();
    }
    return steps;
}
