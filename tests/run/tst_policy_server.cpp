#include "engine/base/json.h"
#include "tests/run/scheduler_fixture.h"
#include "tests/support/test_http_server.h"

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::RunId;

/// Policies of the engine opa in whole runs, against a real server.
class TestPolicyServer : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void allows();
    void denies_data();
    void denies();
    void asksAgain();
    void goesOnWhereItIsToldTo();
    void tellsTenReasons();
    void deniesWithoutAServer();
    void deniesWhatCannotBeEvaluated();
    void holdsToTheEgressList();
    void runsOtherStepsMeanwhile();
    void asksNotTooManyAtOnce();
    void isCancelledAtOnce_data();
    void isCancelledAtOnce();
    void isCancelledByItsSiblings();
    void asksAgainAfterACrash();
    void asksAgainAfterAStop();
    void deniesWhenTheServerIsGone();
    void goesOnCancellingAfterACrash();

private:
    using Server = TestHttpServer;
    void prepare() override;
    RunId startGate(const QByteArray &more = {}, const QByteArray &after = exec("after"))
    {
        return start(
            policies
            + "  steps:\n  - { id: gate, gate: { policy: release, input: { who: '{{ run.requestedBy }}' }"
            + more + " } }\n" + after);
    }
    engine::PolicyDecision decisionOf(const RunId &run) const
    {
        return m_reader->policyDecisions(run)->first();
    }
    /// All event types with step and state.
    QStringList all(const RunId &run) const
    {
        QStringList types;
        const auto events = *m_reader->events(run);
        for (const engine::RunEvent &event : events)
            types += (event.type + u' ' + event.stepPath + u' ' + event.data.value(u"state"_s).toString())
                         .trimmed();
        return types;
    }

    static inline const QByteArray policies =
        "  policies:\n  - { id: release, engine: opa, path: packs/release }\n";
    std::unique_ptr<Server> m_server;
};

static const QByteArray allowed = R"({"result":{"allow":true,"denials":[]}})";

void TestPolicyServer::prepare()
{
    m_server = std::make_unique<Server>();
    m_server->answer = [](const auto &) { return Server::json(allowed); };
    m_policyServer = *engine::parsePolicyServer(m_server->url());
}

void TestPolicyServer::allows()
{
    const RunId run = startGate();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"after"_s});
    m_launcher->finish(u"after"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);

    QCOMPARE(all(run).first(6), (QStringList{u"run-created"_s, u"step-state gate waiting-policy"_s,
                                             u"run-state  running"_s, u"policy-decided gate"_s,
                                             u"step-state gate succeeded"_s, u"attempt-intent after"_s}));
    QVERIFY(engine::checkChain(*m_reader->events(run)));
    QCOMPARE(engine::canonicalJsonOf(m_reader->events(run)->at(3).data),
             R"({"allow":true,"denials":[],"policy":"release"})");
    const engine::PolicyDecision decision = decisionOf(run);
    QVERIFY(decision.allow && decision.denials.isEmpty());
    QCOMPARE(decision.policyId, u"release"_s);
    QCOMPARE(engine::canonicalJsonOf(decision.input), R"({"who":"sue"})");
    QCOMPARE(engine::canonicalJsonOf(m_reader->steps(run)->first().outputs),
             R"({"allow":true,"denials":[]})");
    QCOMPARE(logOf(run),
             QStringList{u"info gate: policy release: asking %1 for packs/release"_s.arg(m_server->url())});

    QCOMPARE(m_server->requests().size(), 1);
    const Server::Request &request = m_server->requests().first();
    QCOMPARE(request.target, QByteArray("/v1/data/packs/release"));
    QCOMPARE(request.body, R"({"input":{"input":{"who":"sue"},"plan":)" + *m_reader->plan(run)
                               + R"(,"run":{"id":")" + run.value.toLatin1() + R"(","planHash":")"
                               + m_reader->run(run)->planHash.toLatin1()
                               + R"(","requestedBy":"sue","tenant":"default"}}})");
}

void TestPolicyServer::denies_data()
{
    QTest::addColumn<Server::Answer>("answer");
    QTest::addColumn<QStringList>("denials");

    QTest::newRow("denials") << Server::json(
        R"({"result":{"allow":false,"denials":[{"id":"a","message":"No."},)"
        R"({"id":"b","message":"Never."}]}})")
                             << QStringList{u"a: No."_s, u"b: Never."_s};
    QTest::newRow("undefined") << Server::json(
        "{}") << QStringList{u"undefined: the policy server has no value for packs/release"_s};
    QTest::newRow("wrong shape")
        << Server::json(R"({"result":true})")
        << QStringList{
               u"wrong-answer: the policy server's answer is no object of \"allow\" and \"denials\""_s};
    QTest::newRow("error") << Server::status("404 Not Found")
                           << QStringList{
                                  u"error-status: the policy server answers with status 404 Not Found"_s};
}

void TestPolicyServer::denies()
{
    QFETCH(Server::Answer, answer);
    QFETCH(QStringList, denials);
    m_server->answer = [&answer](const auto &) { return answer; };

    const RunId run = startGate();

    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step gate: denied by policy release: "_s + denials.join(u"; "_s));
    QCOMPARE(states(run), (QStringList{u"gate waiting-policy"_s, u"run-state running"_s, u"gate failed"_s,
                                       u"after blocked"_s, u"run-state failed"_s}));
    QVERIFY(!decisionOf(run).allow);
    QStringList kept;
    QStringList logged;
    for (const engine::PolicyDenial &denial : decisionOf(run).denials) {
        kept += u"%1: %2"_s.arg(denial.id, denial.message);
        logged += u"warn gate: policy release denies: "_s + kept.last();
    }
    QCOMPARE(kept, denials);
    QCOMPARE(logOf(run).sliced(1), logged);
}

void TestPolicyServer::asksAgain()
{
    QList<Server::Answer> answers{Server::status("503 Busy"), Server::nothing(), Server::json(allowed)};
    m_server->answer = [&answers](const auto &) { return answers.takeFirst(); };
    const RunId run = startGate({}, {});
    QTRY_COMPARE(m_server->requests().size(), 1);
    QTRY_VERIFY((m_clock->advance(100ms), m_server->requests().size() == 2));
    QTRY_VERIFY((m_clock->advance(100ms), m_server->requests().size() == 3));
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(states(run), (QStringList{u"gate waiting-policy"_s, u"run-state running"_s, u"gate succeeded"_s,
                                       u"run-state succeeded"_s}));
    QCOMPARE(logOf(run),
             (QStringList{
                 u"info gate: policy release: asking %1 for packs/release"_s.arg(m_server->url()),
                 u"warn gate: the policy server answers with status 503 Busy; it is asked again in 1 s"_s,
                 u"warn gate: the policy server cannot be asked: %1 closed the connection without an answer; "
                 u"it is asked again in 2 s"_s.arg(m_server->place())}));
}

void TestPolicyServer::goesOnWhereItIsToldTo()
{
    m_server->answer = [](const auto &) { return Server::json("{}"); };
    const RunId run = startGate(", failAction: continue", {});
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_reader->steps(run)->first().reason, u"denied, and told to go on"_s);
    QVERIFY(!decisionOf(run).allow);
}

void TestPolicyServer::tellsTenReasons()
{
    QByteArrayList denials;
    QStringList reasons;
    for (int i = 0; i < 12; ++i) {
        denials += R"({"id":"r%1","message":"No."})";
        denials.last().replace("%1", QByteArray::number(i));
        if (i < 10)
            reasons += u"r%1: No."_s.arg(i);
    }
    m_server->answer = [&denials](const auto &) {
        return Server::json(R"({"result":{"allow":false,"denials":[)" + denials.join(',') + "]}}");
    };
    const RunId run = startGate();
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run), u"step gate: denied by policy release: %1; 2 more"_s.arg(reasons.join(u"; "_s)));
    QCOMPARE(decisionOf(run).denials.size(), 12);
}

void TestPolicyServer::deniesWithoutAServer()
{
    m_policyServer.reset();
    openEngine();
    const RunId run = startGate();
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run),
             u"step gate: denied by policy release: no-server: a policy server decides it, and none is "
             u"configured"_s);
    QCOMPARE(m_server->connections(), 0);
}

void TestPolicyServer::deniesWhatCannotBeEvaluated()
{
    const RunId run = start("  inputs:\n  - { name: x, type: string }\n" + policies
                                + "  steps:\n  - { id: gate, gate: { policy: release, input: { n: '{{ "
                                  "toNumber(run.requestedBy) }}' } } }\n",
                            {{u"x"_s, u"y"_s}});
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QVERIFY2(reasonOf(run).startsWith(
                 u"step gate: denied by policy release: input: the input cannot be evaluated: "_s),
             qPrintable(reasonOf(run)));
    QCOMPARE(m_server->connections(), 0);
}

void TestPolicyServer::holdsToTheEgressList()
{
    const QByteArray gate = "  steps:\n  - { id: gate, gate: { policy: release } }\n";
    const RunId other = start(policies + "  sandbox: { egress: [{ host: a.example, port: 443 }] }\n" + gate);
    QTRY_COMPARE(stateOf(other), u"failed"_s);
    QCOMPARE(reasonOf(other),
             u"step gate: denied by policy release: egress: the policy server cannot be asked: %1 is "
             u"not on the egress list"_s.arg(m_server->place()));
    const RunId listed = start(policies + "  sandbox: { egress: [{ host: 127.0.0.1, port: "
                               + QByteArray::number(m_server->serverPort()) + " }] }\n" + gate);
    QTRY_COMPARE(stateOf(listed), u"succeeded"_s);
    QCOMPARE(m_server->connections(), 1);
}

void TestPolicyServer::runsOtherStepsMeanwhile()
{
    m_server->answer = {};
    const RunId run = start(policies
                            + "  approvals:\n  - { id: review }\n"
                              "  steps:\n  - id: p\n    parallel:\n      steps:\n"
                              "      - { id: gate, gate: { policy: release } }\n"
                              "      - { id: person, gate: { approval: review } }\n    "
                            + exec("a"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_launcher->finish(u"p/a"_s);
    QTRY_VERIFY(states(run).contains(u"p/a succeeded"_s));
    QCOMPARE(stateOf(run), u"running"_s); // A server is no person.
    m_server->sendToAll("HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n" + allowed);
    QTRY_COMPARE(stateOf(run), u"waiting"_s);
    QVERIFY(decide(run, u"anna"_s, engine::Verdict::Approve));
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestPolicyServer::asksNotTooManyAtOnce()
{
    m_server->answer = {};
    const RunId run =
        start(policies
              + "  steps:\n  - id: m\n    map:\n      items: "
                "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]\n"
                "      step: { id: g, gate: { policy: release, input: { n: '{{ item }}' } } }\n");
    QTRY_COMPARE(m_server->requests().size(), 16);
    QCoreApplication::processEvents();
    QCOMPARE(m_server->connections(), 16);
    m_server->answer = [](const auto &) { return Server::json(allowed); };
    m_server->sendToAll("HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n" + allowed);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_server->requests().size(), 18);
    QVERIFY(m_server->requests().last().body.startsWith(R"({"input":{"input":{"n":18})"));
}

void TestPolicyServer::isCancelledAtOnce_data()
{
    QTest::addColumn<bool>("isAnswering");

    QTest::newRow("while it waits for the answer") << false;
    QTest::newRow("between two tries") << true;
}

void TestPolicyServer::isCancelledAtOnce()
{
    QFETCH(bool, isAnswering);
    m_server->answer = [isAnswering](const auto &) {
        return isAnswering ? Server::nothing() : Server::silence();
    };
    const RunId run = startGate();
    QTRY_COMPARE(m_server->requests().size(), 1);
    if (isAnswering)
        QTRY_COMPARE(m_server->openConnections(), 0);
    QVERIFY(m_engine->cancel(run, u"olga"_s));
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(states(run), (QStringList{u"gate waiting-policy"_s, u"run-state running"_s, u"gate cancelled"_s,
                                       u"after cancelled"_s, u"run-state cancelled"_s}));
    QVERIFY(m_reader->policyDecisions(run)->isEmpty());
    m_clock->advance(1min);
    QCOMPARE(m_server->requests().size(), 1);
}

void TestPolicyServer::isCancelledByItsSiblings()
{
    m_server->answer = {};
    const RunId run = start(policies
                            + "  steps:\n  - id: p\n    parallel:\n      failurePolicy: cancel-running\n"
                              "      steps:\n      - { id: gate, gate: { policy: release } }\n    "
                            + exec("a"));
    QTRY_COMPARE(m_server->requests().size(), 1);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    m_launcher->finish(u"p/a"_s, 1);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QTRY_COMPARE(m_server->openConnections(), 0);
    QVERIFY(states(run).contains(u"p/gate cancelled"_s));
}

void TestPolicyServer::asksAgainAfterACrash()
{
    m_server->answer = {};
    const RunId run = startGate({}, {});
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_server->answer = [](const auto &) { return Server::json(allowed); };
    crashEngine();
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_server->requests().size(), 2);
    QVERIFY(m_server->requests().first().body == m_server->requests().last().body);
    QCOMPARE(states(run), (QStringList{u"gate waiting-policy"_s, u"run-state running"_s, u"gate succeeded"_s,
                                       u"run-state succeeded"_s}));
    QVERIFY(engine::checkChain(*m_reader->events(run)));
}

void TestPolicyServer::asksAgainAfterAStop()
{
    m_server->answer = {};
    const RunId run = startGate({}, {});
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_engine->shutdown();
    QTRY_COMPARE(m_server->openConnections(), 0);
    QCOMPARE(stateOf(run), u"running"_s); // Nothing of it is unknown.
    m_server->answer = [](const auto &) { return Server::json(allowed); };
    openEngine();
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(m_server->requests().size(), 2);
}

void TestPolicyServer::deniesWhenTheServerIsGone()
{
    m_server->answer = {};
    const RunId run = startGate();
    QTRY_COMPARE(m_server->requests().size(), 1);
    m_policyServer.reset();
    openEngine();
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(reasonOf(run),
             u"step gate: denied by policy release: no-server: a policy server decides it, and none is "
             u"configured"_s);
}

void TestPolicyServer::goesOnCancellingAfterACrash()
{
    m_server->answer = {};
    const RunId run = start(policies
                            + "  steps:\n  - id: p\n    parallel:\n      steps:\n"
                              "      - { id: gate, gate: { policy: release } }\n    "
                            + exec("a") + "  finally:\n" + exec("z"));
    QTRY_COMPARE(m_server->requests().size(), 1);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/a"_s});
    QVERIFY(m_engine->cancel(run, u"olga"_s));
    QTRY_COMPARE(stateOf(run), u"cancelling"_s);
    crashEngine();
    QTRY_COMPARE(m_launcher->running(), QStringList{u"z"_s});
    m_launcher->finish(u"z"_s);
    QTRY_COMPARE(stateOf(run), u"cancelled"_s);
    QCOMPARE(m_server->requests().size(), 1);
}

QTEST_GUILESS_MAIN(TestPolicyServer)
#include "tst_policy_server.moc"
