#include "engine/anchor/rekor_call.h"
#include "engine/evidence/log/proof_check.h"
#include "tests/support/fake_clock.h"
#include "tests/support/test_log_server.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;
using test::TestLog;
using Mode = TestLogServer::Mode;

/// Entries in a log that answers over HTTP, or does not. Every row of both generations.
class TestRekorCall : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_server.reset(); }

    void readsAddresses_data();
    void readsAddresses();
    void anchors_data() { generations(); }
    void anchors();
    void getsWhatIsThereAlready_data() { generations(); }
    void getsWhatIsThereAlready();
    void fails_data();
    void fails();
    void isNotFooled_data();
    void isNotFooled();
    void needsToKnowWhere_data() { generations(); }
    void needsToKnowWhere();
    void waitsNoLongerThanItMay();
    void readsNoEndlessAnswer();
    void asksBelowAPath();
    void findsNobody();
    void holdsToTheEgressList();
    void sendsNothingTooLarge();
    void isEndedAtOnce();

private:
    static void generations();
    void useGeneration(TestLog::Generation generation);
    std::unique_ptr<RekorCall> call(const QString &url, const Egress &egress = {});
    std::unique_ptr<RekorCall> call() { return call(m_server->url()); }
    /// "verified: ...", "anchored: ...", "worthless: ..." or "KIND: ..."; empty when none came.
    QString outcome(const TrustStore &trust) const;
    TrustStore trusted() const;

    SigningKey m_signer = *SigningKey::generate();
    SigningKey m_logKey = *SigningKey::generate();
    DsseEnvelope m_envelope;
    std::unique_ptr<TestLog> m_log;
    std::unique_ptr<TestLogServer> m_server;
    std::unique_ptr<FakeClock> m_clock;
    QList<AnchorOutcome> m_outcomes;
};

void TestRekorCall::generations()
{
    QTest::addColumn<int>("generation");
    QTest::newRow("first") << int(TestLog::First);
    QTest::newRow("second") << int(TestLog::Second);
}

void TestRekorCall::init()
{
    m_envelope = *signDsse(packRunPayloadType, R"({"a":1})", m_signer);
    m_clock = std::make_unique<FakeClock>(*parseIso(u"2026-02-01T12:00:00.000Z"_s));
    m_outcomes.clear();
    useGeneration(TestLog::First);
}

void TestRekorCall::useGeneration(TestLog::Generation generation)
{
    m_server.reset();
    m_log = std::make_unique<TestLog>(u"log.example"_s, m_logKey, generation);
    m_server = std::make_unique<TestLogServer>(*m_log);
}

std::unique_ptr<RekorCall> TestRekorCall::call(const QString &url, const Egress &egress)
{
    const auto server = parseRekorServer(url, m_log->generation == TestLog::First ? u"1"_s : u"2"_s);
    auto call = std::make_unique<RekorCall>(*server, m_envelope, m_signer.publicKey(), egress, *m_clock);
    connect(call.get(), &RekorCall::finished, this,
            [this](const AnchorOutcome &outcome) { m_outcomes += outcome; });
    call->start();
    return call;
}

TrustStore TestRekorCall::trusted() const
{
    TrustStore trust;
    trust.add({m_logKey.publicKey(), u"log.example"_s, {transparencyLogRole}, {}, {}, {}, {}});
    return trust;
}

QString TestRekorCall::outcome(const TrustStore &trust) const
{
    if (m_outcomes.isEmpty())
        return {};
    if (const auto *failure = std::get_if<AnchorFailure>(&m_outcomes.last())) {
        static const QStringList kinds{u"forbidden"_s, u"offline"_s, u"busy"_s, u"refused"_s, u"wrong"_s};
        return kinds.at(failure->kind) + u": "_s + failure->message;
    }
    const auto entry = LogEntry::parse(std::get<QByteArray>(m_outcomes.last()));
    const auto judged = entry ? judgeLogEntry(*entry, m_envelope, m_signer.publicKey(), trust, m_clock->now())
                              : Result<ProofJudgement>(entry.error());
    if (!judged)
        return u"worthless: "_s + judged.error().toString();
    return (judged->by ? u"verified: "_s : u"anchored: "_s) + judged->text;
}

void TestRekorCall::readsAddresses_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("generation");
    QTest::addColumn<QString>("error");

    QTest::newRow("first") << u"https://rekor.example"_s << u"1"_s << QString();
    QTest::newRow("second, below a path") << u"http://a.example/rekor/"_s << u"2"_s << QString();
    QTest::newRow("third") << u"https://rekor.example"_s << u"3"_s
                           << u"there is no version \"3\" of Rekor; expected 1 or 2"_s;
    QTest::newRow("query")
        << u"https://rekor.example/?key=secret"_s << u"1"_s
        << u"the address of a transparency log holds no query, \"https://rekor.example/?...\" "
           u"does"_s;
    QTest::newRow("no scheme")
        << u"rekor.example"_s << u"1"_s
        << u"\"rekor.example\" is not an address of http or https; expected one such as "
           u"https://example.org/path"_s;
}

void TestRekorCall::readsAddresses()
{
    QFETCH(QString, address);
    QFETCH(QString, generation);
    const auto server = parseRekorServer(address, generation);
    QTEST(server ? QString() : server.error().message, "error");
}

void TestRekorCall::anchors()
{
    QFETCH(int, generation);
    useGeneration(TestLog::Generation(generation));
    const bool isFirst = m_log->generation == TestLog::First;
    m_log->append("the first");
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(outcome(trusted()),
             isFirst ? u"verified: entry 4163435 of \"log.example\" at 2026-02-01T09:00:00.000Z"_s
                     : u"verified: entry 4 of \"log.example\""_s);
    QCOMPARE(outcome({}),
             isFirst ? u"anchored: the log \"log.example - 3904496407287907110\" is not in the trust file"_s
                     : u"anchored: the log \"log.example\" is not in the trust file"_s);
    const auto &request = m_server->http.requests().first();
    QCOMPARE(request.method + ' ' + request.target,
             isFirst ? "POST /api/v1/log/entries" : "POST /api/v2/log/entries");

    m_envelope = *signDsse(packRunPayloadType, R"({"a":2})", m_signer); // The log has grown.
    const auto other = call();
    QTRY_COMPARE(m_outcomes.size(), 2);
    QVERIFY2(outcome(trusted()).startsWith(u"verified: entry "_s), qPrintable(outcome(trusted())));
    QCOMPARE(m_log->size(), quint64(9));
    QCOMPARE(m_clock->pending(), 0);
}

void TestRekorCall::getsWhatIsThereAlready()
{
    QFETCH(int, generation);
    useGeneration(TestLog::Generation(generation));
    m_server->mode = Mode::BreaksOff;
    const auto lost = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(
        outcome({}),
        u"offline: the transparency log cannot be asked: %1 closed the connection without an answer"_s.arg(
            m_server->http.place()));
    const quint64 size = m_log->size();
    for (int i = 0; i < 300; ++i)
        m_log->append("later " + QByteArray::number(i));

    m_server->mode = Mode::Works;
    const auto again = call();
    QTRY_COMPARE(m_outcomes.size(), 2);
    QVERIFY2(outcome(trusted()).startsWith(u"verified: entry "_s), qPrintable(outcome(trusted())));
    QCOMPARE(m_log->size(), size + 300); // It was not put in twice.
}

void TestRekorCall::fails_data()
{
    QTest::addColumn<Mode>("mode");
    QTest::addColumn<QString>("expected");

    QTest::newRow("500") << Mode::Fails
                         << u"busy: the transparency log answers with status 500 Internal Server Error"_s;
    QTest::newRow("429") << Mode::IsBusy
                         << u"busy: the transparency log answers with status 429 Too Many Requests"_s;
    QTest::newRow("400")
        << Mode::Refuses
        << u"refused: the transparency log answers with status 400 Bad Request: no room for you"_s;
    QTest::newRow("redirect")
        << Mode::LeadsAway
        << u"refused: the transparency log answers with status 302 Found, which leads elsewhere "
           u"and is not followed"_s;
    QTest::newRow("rubbish")
        << Mode::TalksRubbish
        << u"wrong: the answer of the transparency log: 1:1: expected a value, found \"<\""_s;
}

void TestRekorCall::fails()
{
    QFETCH(Mode, mode);
    m_server->mode = mode;
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QTEST(outcome(trusted()), "expected");
    QCOMPARE(m_server->http.connections(), 1);
}

void TestRekorCall::isNotFooled_data()
{
    QTest::addColumn<int>("generation");
    QTest::addColumn<Mode>("mode");
    QTest::addColumn<QString>("expected");

    for (const auto generation : {TestLog::First, TestLog::Second}) {
        const char *name = generation == TestLog::First ? "first" : "second";
        QTest::addRow("%s: another root", name)
            << int(generation) << Mode::ForgesRoot
            << u"worthless: the entry is not in the log: the proof leads to another root"_s;
        QTest::addRow("%s: another entry", name)
            << int(generation) << Mode::SwapsEntry
            << u"worthless: the entry is about another payload than that of this bundle"_s;
        QTest::addRow("%s: another key", name)
            << int(generation) << Mode::SwapsKey
            << u"worthless: the checkpoint is not signed by the key of \"log.example\""_s;
    }
}

void TestRekorCall::isNotFooled()
{
    QFETCH(int, generation);
    QFETCH(Mode, mode);
    useGeneration(TestLog::Generation(generation));
    m_server->mode = mode;
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QTEST(outcome(trusted()), "expected");
}

void TestRekorCall::needsToKnowWhere()
{
    QFETCH(int, generation);
    useGeneration(TestLog::Generation(generation));
    m_server->http.answer = [](const auto &) { return TestHttpServer::status("409 Conflict"); };
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(outcome({}), u"wrong: the transparency log says that it has the entry, and not where"_s);
}

void TestRekorCall::waitsNoLongerThanItMay()
{
    m_server->mode = Mode::IsSilent;
    const auto one = call();
    QTRY_COMPARE(m_server->http.requests().size(), 1);
    m_clock->advance(29'999ms);
    QVERIFY(m_outcomes.isEmpty());
    m_clock->advance(1ms);
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(outcome({}).startsWith(u"offline: the transparency log cannot be asked: "_s),
             qPrintable(outcome({})));
}

void TestRekorCall::readsNoEndlessAnswer()
{
    m_server->http.answer = [](const auto &) {
        return TestHttpServer::json(QByteArray(LogEntry::maxBytes + 1, ' '));
    };
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(outcome({}).startsWith(u"wrong: the transparency log cannot be asked: "_s),
             qPrintable(outcome({})));
}

void TestRekorCall::asksBelowAPath()
{
    const auto one = call(m_server->http.url(u"/rekor/"_s));
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(m_server->http.requests().first().target, "/rekor/api/v1/log/entries");
}

void TestRekorCall::findsNobody()
{
    const QString url = m_server->url();
    m_server->http.close();
    const auto one = call(url);
    QTRY_COMPARE(m_outcomes.size(), 1);
    QCOMPARE(outcome({}),
             u"offline: the transparency log cannot be asked: cannot connect to %1: Connection refused"_s.arg(
                 url.section(u"//"_s, 1)));
}

void TestRekorCall::holdsToTheEgressList()
{
    const auto one = call(m_server->url(), QList<EgressRule>{{u"other.example"_s, 443}});
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(outcome({}).startsWith(u"forbidden: the transparency log cannot be asked: "_s),
             qPrintable(outcome({})));
    QCOMPARE(m_server->http.connections(), 0);
}

void TestRekorCall::sendsNothingTooLarge()
{
    m_envelope.payload = QByteArray(RekorCall::maxRequestBytes, 'x');
    const auto one = call();
    QTRY_COMPARE(m_outcomes.size(), 1);
    QVERIFY2(outcome({}).startsWith(u"refused: the attestation is too large for the transparency log: "_s),
             qPrintable(outcome({})));
    QCOMPARE(m_server->http.connections(), 0);
}

void TestRekorCall::isEndedAtOnce()
{
    m_server->mode = Mode::IsSilent;
    auto one = call();
    QTRY_COMPARE(m_server->http.requests().size(), 1);
    one.reset();
    QTRY_COMPARE(m_server->http.openConnections(), 0);
    m_clock->advance(1h);
    QVERIFY(m_outcomes.isEmpty());
}

QTEST_GUILESS_MAIN(TestRekorCall)
#include "tst_rekor_call.moc"
