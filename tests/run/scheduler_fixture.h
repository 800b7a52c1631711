#pragma once

#include "engine/evidence/trust.h"
#include "engine/pack/pack.h"
#include "engine/run/engine.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_launcher.h"

#include <QTest>

/// The engine with a fake clock and launcher over a real store: whole traces, as the journal tells them.
class SchedulerFixture : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

protected:
    virtual void prepare() {} ///< Called before each test's engine is opened.
    /// Members of spec, as YAML from its second level.
    engine::RunId start(const QByteArray &spec, const QJsonObject &inputs = {});
    engine::RunId startPack(const engine::Pack &pack, const QJsonObject &inputs = {});
    void openEngine();   ///< Again: the one before is stopped, as when its process ends.
    void takeSnapshot(); ///< Of the data directory as it is now; crashEngine() goes on from there.
    void crashEngine();  ///< As when its process is killed: nothing is told or written any more.
    QStringList trace(const engine::RunId &run, const QStringList &types) const;
    QStringList states(const engine::RunId &run) const
    {
        return trace(run, {QStringLiteral("step-state"), QStringLiteral("run-state")});
    }
    QStringList logOf(const engine::RunId &run) const; ///< "LEVEL PATH: MESSAGE" of the engine's own words.
    QString reasonOf(const engine::RunId &run) const { return m_reader->run(run)->reason; }
    QString stateOf(const engine::RunId &run) const { return toString(m_reader->run(run)->state); }
    QString gateOf(const engine::RunId &run) const { return toString(m_reader->gates(run)->first().state); }
    engine::Result<> decide(const engine::RunId &run, const QString &name, engine::Verdict verdict,
                            const QString &planHash = {});

    /// Takes the last decision of one person back, in the name of another when that is given.
    engine::Result<> withdraw(const engine::RunId &run, const QString &name, const QString &of = {});

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QTemporaryDir> m_snapshot;
    std::unique_ptr<FakeClock> m_clock;
    std::unique_ptr<FakeLauncher> m_launcher;
    std::unique_ptr<engine::Engine> m_engine;
    std::unique_ptr<engine::Store> m_reader;
    engine::TrustStore m_trust;
    QHash<QString, std::shared_ptr<engine::SigningKey>> m_keys;
    int m_processes = 2;
    int m_requests = 32;
    std::optional<engine::PolicyServer> m_policyServer;
    QList<engine::AnchorKind> m_anchors;
};

/// A step of a list of steps: builtin:exec of "true".
QByteArray exec(const char *id, const char *more = "");
/// Likewise, with one declared output.
QByteArray execWith(const char *id, const char *output, const char *type);
