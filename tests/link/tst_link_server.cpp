#include "engine/link/link_server.h"
#include "tests/support/fake_run_service.h"
#include "tests/support/sample_values.h"

#include <QLocalSocket>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

const QByteArray hello = helloLine({linkProtocol, u"test"_s, u"1"_s, 1});

/// A client that knows nothing of the protocol but lines.
class RawClient
{
public:
    explicit RawClient(const QString &folder)
    {
        m_socket.connectToServer(folder + u"/link"_s);
        m_socket.waitForConnected();
    }
    void send(const QByteArray &line) { m_socket.write(line + '\n'); }
    bool isOpen() const { return m_socket.state() == QLocalSocket::ConnectedState; }
    QLocalSocket &socket() { return m_socket; }

    /// The next line; empty when the connection ends before.
    QByteArray line()
    {
        [this] { QTRY_VERIFY(m_socket.canReadLine() || !isOpen()); }();
        return m_socket.readLine().trimmed();
    }

private:
    QLocalSocket m_socket;
};

} // namespace

/// The owner's end of the link, spoken to over a real socket by clients that are wrong, slow or strangers.
class TestLinkServer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void standsWhereItShould();
    void replacesADeadOwnersSocket();
    void endsWithClientsThatGo();
    void listensUnderALongPath();
    void refuses_data();
    void refuses();
    void answersWrongCalls_data();
    void answersWrongCalls();
    void refusesWhoSaysNothing();
    void refusesTooMany();
    void refusesStrangers();
    void letsFurtherRequestsWait();
    void dropsASubscriberThatIsBehind();
    void refusesLargeAnswers();

private:
    std::unique_ptr<LinkServer> listen(const LinkLimits &limits = {}, qint64 userId = ownUserId())
    {
        auto server = LinkServer::listen(*m_service, {m_dir->path(), u"0.1.0"_s, limits, userId});
        return server ? *std::move(server) : nullptr;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<FakeRunService> m_service;
};

void TestLinkServer::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_service = std::make_unique<FakeRunService>();
}

void TestLinkServer::cleanup()
{
    m_service.reset();
    m_dir.reset();
}

void TestLinkServer::standsWhereItShould()
{
    const QString path = m_dir->filePath(u"link"_s);
    auto server = listen();
    struct stat entry
    {
    };
    QCOMPARE(::lstat(QFile::encodeName(path).constData(), &entry), 0);
    QVERIFY(S_ISSOCK(entry.st_mode));
    QCOMPARE(entry.st_mode & 0777U, mode_t(0600));
    RawClient client(m_dir->path());
    QCOMPARE(client.line(), helloLine(ownHello(u"0.1.0"_s)));
    QTRY_COMPARE(server->connections(), 1);
    server.reset();
    QVERIFY(!QFileInfo::exists(path));
    QCOMPARE(client.line(), QByteArray());
    QVERIFY(!client.isOpen());
}

void TestLinkServer::replacesADeadOwnersSocket()
{
    {
        const auto dead = listenIn(m_dir->path());
        QVERIFY(dead);
    }
    const auto nobody = connectTo(m_dir->path());
    QVERIFY(!nobody && nobody.error().code == ErrorCode::Disconnected);
    const auto server = listen();
    RawClient client(m_dir->path());
    QVERIFY(client.line().startsWith("{\"hello\""));
}

void TestLinkServer::endsWithClientsThatGo()
{
    QTest::failOnWarning(QRegularExpression(u".*"_s)); // Of a timer that another thread would have to stop.
    for (int round = 0; round < 40; ++round) {
        const auto server = listen();
        std::vector<Descriptor> clients;
        for (int i = 0; i < 10; ++i) {
            auto client = connectTo(m_dir->path());
            QVERIFY(client);
            clients.push_back(*std::move(client));
        }
        QTRY_COMPARE(server->connections(), 10);
        clients.clear();
    }
}

void TestLinkServer::listensUnderALongPath()
{
    const QString folder = m_dir->filePath(u"long"_s.repeated(40));
    QVERIFY(QDir().mkpath(folder));
    const auto server = LinkServer::listen(*m_service, {folder, u"0.1.0"_s});
    QVERIFY(server);
    const auto socket = connectTo(folder);
    QVERIFY2(socket, socket ? "" : qPrintable(socket.error().message));
    const auto peer = peerOf(socket->fd());
    QVERIFY(peer && peer->userId == ownUserId() && peer->processId == QCoreApplication::applicationPid());
}

void TestLinkServer::refuses_data()
{
    QTest::addColumn<QList<QByteArray>>("lines");
    QTest::addColumn<QByteArray>("error");

    QTest::newRow("no hello")
        << QList{R"({"id":1,"call":"runs","args":{}})"_ba}
        << R"({"error":{"code":"invalid-input","message":"expected {\"hello\": ...} first"}})"_ba;
    QTest::newRow("another version")
        << QList{R"({"hello":{"protocol":9,"program":"taskrunner","version":"9.0","process":7}})"_ba}
        << R"({"error":{"code":"unsupported","message":"taskrunner 9.0, process 7 speaks version 9 of the link, this process version 5"}})"_ba;
    QTest::newRow("not JSON")
        << QList{hello, "hello?"_ba}
        << R"({"error":{"code":"invalid-input","message":"the line is not a JSON object as expected: expected a value, found \"h\" at byte 1"}})"_ba;
    QTest::newRow("too long")
        << QList{hello, QByteArray(1024 * 1024 + 1, ' ')}
        << R"({"error":{"code":"invalid-input","message":"a line is longer than 1048576 bytes"}})"_ba;
    QTest::newRow("too deep")
        << QList{hello, R"({"id":1,"call":"runs","args":)" + QByteArray("[").repeated(140)}
        << R"({"error":{"code":"invalid-input","message":"the line is not a JSON object as expected: nested deeper than 140 levels at byte 169"}})"_ba;
    QTest::newRow("no request") << QList{hello, R"({"id":1})"_ba}
                                << R"({"error":{"code":"invalid-input","message":"\"call\" is missing"}})"_ba;
}

void TestLinkServer::refuses()
{
    QFETCH(QList<QByteArray>, lines);
    QFETCH(QByteArray, error);

    const auto server = listen();
    RawClient client(m_dir->path());
    QVERIFY(client.line().startsWith("{\"hello\""));
    for (const QByteArray &line : lines)
        client.send(line);

    QCOMPARE(client.line(), error);
    QCOMPARE(client.line(), QByteArray());
    QVERIFY(!client.isOpen());
    QTRY_COMPARE(server->connections(), 0);
    QVERIFY(m_service->calls.isEmpty());
}

void TestLinkServer::answersWrongCalls_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("message");

    QTest::newRow("unknown call") << R"("call":"cancle","args":{})"_ba
                                  << R"("unknown call \"cancle\"; did you mean \"cancel\"?")"_ba;
    QTest::newRow("argument missing") << R"("call":"cancel","args":{"runId":"r"})"_ba
                                      << R"("\"by\" is missing")"_ba;
    QTest::newRow("argument unknown") << R"("call":"run","args":{"runId":"r","x":1})"_ba
                                      << R"("unknown member \"x\"")"_ba;
    QTest::newRow("argument of wrong type")
        << R"("call":"run","args":{"runId":1})"_ba
        << R"("expected a string, found the integer 1","pointer":"/runId")"_ba;
    QTest::newRow("in a value")
        << R"("call":"decide","args":{"request":{"runId":"r","gate":"g","revision":1,"planHash":"","shownDigest":"","decision":"maybe"}})"_ba
        << R"("expected one of approve, reject, found \"maybe\"","pointer":"/request/decision")"_ba;
}

void TestLinkServer::answersWrongCalls()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, message);

    const auto server = listen();
    RawClient client(m_dir->path());
    client.line();
    client.send(hello);
    client.send(R"({"id":5,)" + request + '}');
    QCOMPARE(client.line(), R"({"error":{"code":"invalid-input","message":)" + message + R"(},"id":5})");

    client.send(R"({"id":6,"call":"openGates","args":{}})"_ba); // It goes on.
    QCOMPARE(client.line(), R"({"id":6,"result":[]})"_ba);
}

void TestLinkServer::refusesWhoSaysNothing()
{
    LinkLimits limits;
    limits.greetingTime = std::chrono::milliseconds(20);
    const auto server = listen(limits);
    RawClient client(m_dir->path());
    client.line();
    QCOMPARE(client.line(),
             R"({"error":{"code":"invalid-input","message":"no hello came within 20 ms"}})"_ba);
    QCOMPARE(client.line(), QByteArray());
}

void TestLinkServer::refusesTooMany()
{
    LinkLimits limits;
    limits.maxConnections = 1;
    const auto server = listen(limits);
    RawClient first(m_dir->path());
    first.line();
    RawClient second(m_dir->path());
    second.line();
    QCOMPARE(
        second.line(),
        R"({"error":{"code":"conflict","message":"1 processes are connected already, no more can be"}})"_ba);
    QCOMPARE(second.line(), QByteArray());
    QTRY_COMPARE(server->connections(), 1);
    first.socket().disconnectFromServer();
    QTRY_COMPARE(server->connections(), 0);
    RawClient third(m_dir->path());
    third.line();
    third.send(hello);
    third.send(R"({"id":1,"call":"subscribe","args":{}})"_ba);
    QCOMPARE(third.line(), R"({"id":1,"result":true})"_ba);
}

void TestLinkServer::refusesStrangers()
{
    const auto server = listen({}, ownUserId() + 1);
    QSignalSpy refused(server.get(), &LinkServer::strangerRefused);
    RawClient client(m_dir->path());
    QCOMPARE(client.line(), QByteArray());
    QTRY_COMPARE(refused.size(), 1);
    QCOMPARE(refused.first().at(0).toLongLong(), ownUserId());
    QCOMPARE(refused.first().at(1).toLongLong(), QCoreApplication::applicationPid());
    QCOMPARE(server->connections(), 0);
}

void TestLinkServer::letsFurtherRequestsWait()
{
    LinkLimits limits;
    limits.maxOutstanding = 4;
    const auto server = listen(limits);
    m_service->hold();
    RawClient client(m_dir->path());
    client.line();
    client.send(hello);
    for (int id = 1; id <= 20; ++id)
        client.send(R"({"id":%1,"call":"openGates","args":{}})"_ba.replace("%1", QByteArray::number(id)));
    QTRY_COMPARE(m_service->heldAnswers(), 4);
    m_service->release();
    QSet<QByteArray> answers;
    for (int id = 1; id <= 20; ++id)
        answers.insert(client.line());
    QCOMPARE(answers.size(), 20);
    QCOMPARE(m_service->calls.size(), 20);
}

void TestLinkServer::dropsASubscriberThatIsBehind()
{
    LinkLimits limits;
    limits.maxUnsentNews = 256 * 1024;
    const auto server = listen(limits);
    RawClient client(m_dir->path());
    client.line();
    client.send(hello);
    client.send(R"({"id":1,"call":"subscribe","args":{}})"_ba);
    QCOMPARE(client.line(), R"({"id":1,"result":true})"_ba);
    client.socket().setReadBufferSize(1024); // It reads no more.
    RunSummary run = sample::run(1, RunState::Running);
    run.reason = QString(10'000, u'x');
    for (int i = 0; i < 500; ++i)
        Q_EMIT m_service->runChanged(run);
    QTest::qWait(0);
    client.socket().setReadBufferSize(0);
    QByteArray last = client.line();
    int received = 0;
    for (; last.contains("runChanged"); last = client.line())
        ++received;
    QVERIFY2(last.startsWith(R"({"args":{"unsentBytes":)") && last.endsWith(R"(},"signal":"dropped"})"),
             last.constData());
    QVERIFY(received > 0 && received < 500);
    Q_EMIT m_service->runChanged(run);
    client.send(R"({"id":2,"call":"openGates","args":{}})"_ba);
    QCOMPARE(client.line(), R"({"id":2,"result":[]})"_ba); // No signal before it.
}

void TestLinkServer::refusesLargeAnswers()
{
    LinkLimits limits;
    limits.maxAnswerBytes = 100;
    const auto server = listen(limits);
    const RunId id = sample::run(1, RunState::Running).id;
    m_service->plans.insert(id, QByteArray(200, ' '));
    RawClient client(m_dir->path());
    client.line();
    client.send(hello);
    client.send(R"({"id":1,"call":"canonicalPlan","args":{"runId":")" + id.value.toUtf8() + "\"}}");
    QCOMPARE(
        client.line(),
        R"({"error":{"code":"unsupported","message":"the answer has 220 bytes, at most 100 are sent to another process"},"id":1})"_ba);
}

QTEST_GUILESS_MAIN(TestLinkServer)
#include "tst_link_server.moc"
