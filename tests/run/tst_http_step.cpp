#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// What comes before and after the request of builtin:http.
class TestHttpStep : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void prepares_data();
    void prepares();
    void refusesToPrepare_data();
    void refusesToPrepare();
    void expectsAStatus_data();
    void expectsAStatus();
    void givesOutputs();
    void keepsTheResponse_data();
    void keepsTheResponse();
    void saysWhenItCannotBeKept();

private:
    static AttemptSpec attempt(const QByteArray &with)
    {
        AttemptSpec attempt;
        attempt.stepPath = u"ask"_s;
        attempt.spec.uses = u"builtin:http"_s;
        attempt.with = *parseJsonObject(with);
        return attempt;
    }
    const Timestamp m_now = *parseIso(u"2026-01-31T09:05:00.000Z"_s);
};

void TestHttpStep::prepares_data()
{
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<HttpRequest>("request");

    const HttpAddress address = *parseHttpAddress(u"http://a.example/b"_s);
    const QByteArray url = R"("url":"http://a.example/b")";
    const HttpFields text{{"Content-Type", "text/plain; charset=utf-8"}};
    const HttpFields json{{"Content-Type", "application/json"}};
    const auto row = [](const char *name, const QByteArray &with, const HttpRequest &request) {
        QTest::newRow(name) << "{" + with + "}" << request;
    };
    row("nothing but an address", url, {"GET", address, {}, {}});
    row("method", url + R"(,"method":"DELETE")", {"DELETE", address, {}, {}});
    row("headers", url + R"(,"headers":{"X-A":"b \u00fc","N":1.5,"B":true,"E":""})",
        {"GET", address, {{"B", "true"}, {"E", ""}, {"N", "1.5"}, {"X-A", "b \xc3\xbc"}}, {}});
    row("text", url + R"(,"method":"POST","body":"\u00fc")", {"POST", address, text, "\xc3\xbc"});
    row("empty text", url + R"(,"method":"POST","body":"")", {"POST", address, text, ""});
    row("object", url + R"(,"method":"PUT","body":{"b":1,"a":[true]})",
        {"PUT", address, json, R"({"a":[true],"b":1})"});
    row("number", url + R"(,"method":"PUT","body":1e21)", {"PUT", address, json, "1e+21"});
    row("null", url + R"(,"method":"PUT","body":null)", {"PUT", address, {}, {}});
    row("a type of its own", url + R"(,"method":"PUT","headers":{"content-TYPE":"a/b"},"body":"x")",
        {"PUT", address, {{"content-TYPE", "a/b"}}, "x"});
}

void TestHttpStep::prepares()
{
    QFETCH(QByteArray, with);
    QFETCH(HttpRequest, request);

    const auto prepared = prepareRequest(attempt(with));

    QVERIFY2(prepared, prepared ? "" : qPrintable(prepared.error().message));
    QVERIFY(*prepared == request);
}

void TestHttpStep::refusesToPrepare_data()
{
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<QString>("error");

    QTest::newRow("no address") << QByteArray(R"({"url":"a.example"})")
                                << u"\"a.example\" is not an address of http or https; expected one such as "
                                   u"https://example.org/path"_s;
    QTest::newRow("user") << QByteArray(R"({"url":"http://anna:secret@a.example"})")
                          << u"an address holds no user or password; put them in \"headers\""_s;
    QTest::newRow("line end") << QByteArray(R"({"url":"http://a.example","headers":{"X":"a\r\nHost: b"}})")
                              << u"header \"X\" holds a line end or another control character"_s;
    QTest::newRow("NUL") << QByteArray(R"({"url":"http://a.example","headers":{"X":"a\u0000"}})")
                         << u"header \"X\" holds a line end or another control character"_s;
    for (const char *value : {"[1]", "{}", "null"})
        QTest::addRow("header %s", value)
            << R"({"url":"http://a.example","headers":{"X":)" + QByteArray(value) + "}}"
            << u"header \"X\" is not a text; use toJson() for arrays and objects"_s;
}

void TestHttpStep::refusesToPrepare()
{
    QFETCH(QByteArray, with);

    const auto prepared = prepareRequest(attempt(with));

    QVERIFY(!prepared);
    QTEST(prepared.error().message, "error");
}

void TestHttpStep::expectsAStatus_data()
{
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("reason");
    QTest::addColumn<QString>("problem");

    const auto row = [](const char *name, const QByteArray &expected, int status, const QString &reason,
                        const QString &problem) {
        QTest::newRow(name) << expected << status << reason << problem;
    };
    row("200", "null", 200, u"OK"_s, {});
    row("299", "null", 299, {}, {});
    row("300", "null", 300, {}, u"unexpected status 300; expected 200 to 299"_s);
    row("redirect", "null", 302, u"Found"_s, u"unexpected status 302 Found; expected 200 to 299"_s);
    row("one", "404", 404, u"Not Found"_s, {});
    row("another one", "404", 200, u"OK"_s, u"unexpected status 200 OK; expected 404"_s);
    row("of a list", "[200,404]", 404, {}, {});
    row("not of a list", "[200,404]", 500, u"Oh"_s, u"unexpected status 500 Oh; expected 200, 404"_s);
    row("many words", "null", 500, QString(200, u'x'),
        u"unexpected status 500 %1; expected 200 to 299"_s.arg(QString(100, u'x')));
}

void TestHttpStep::expectsAStatus()
{
    QFETCH(QByteArray, expected);
    QFETCH(int, status);
    QFETCH(QString, reason);
    const QTemporaryDir folder;
    AttemptSpec spec = attempt("{}");
    spec.dataDir = folder.path();
    if (expected != "null")
        spec.with.insert(u"expectStatus"_s, *parseJson(expected));

    const Collected collected = collectResponse(spec, {status, reason, {}, "why"}, m_now);

    QTEST(collected.problem, "problem");
    QCOMPARE(collected.outputs.value(u"status"_s), QJsonValue(status)); // Also when it fails the step.
    QCOMPARE(collected.outputs.value(u"body"_s), QJsonValue(u"why"_s));
    QCOMPARE(collected.artifacts.size(), 1);
}

void TestHttpStep::givesOutputs()
{
    const QTemporaryDir folder;
    AttemptSpec spec = attempt("{}");
    spec.dataDir = folder.path();
    const HttpFields fields{{"a", "1"}, {"set-cookie", "x=1, 2"}, {"a", "\xc3\xbc"}, {"set-cookie", "y=3"}};

    Collected collected = collectResponse(spec, {200, u"OK"_s, fields, "h\xc3\xbc"}, m_now);
    QCOMPARE(canonicalJsonOf(collected.outputs),
             "{\"body\":\"h\xc3\xbc\",\"headers\":{\"a\":\"1, \xc3\xbc\",\"set-cookie\":\"x=1, "
             "2\\ny=3\"},\"status\":200}");

    collected = collectResponse(spec, {200, u"OK"_s, {}, "\xff\xfe"}, m_now); // Only the artifact has it.
    QCOMPARE(canonicalJsonOf(collected.outputs), R"({"body":"","headers":{},"status":200})");
    QCOMPARE(collected.problem, QString());
    QCOMPARE(collected.artifacts.first().sizeBytes, 2);
}

void TestHttpStep::keepsTheResponse_data()
{
    QTest::addColumn<QStringList>("globs");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isKept");

    QTest::newRow("all") << QStringList() << QByteArray("hello") << true;
    QTest::newRow("wanted") << QStringList{u"resp*"_s} << QByteArray("hello") << true;
    QTest::newRow("not wanted") << QStringList{u"*.json"_s} << QByteArray("hello") << false;
    QTest::newRow("empty") << QStringList() << QByteArray() << true;
}

void TestHttpStep::keepsTheResponse()
{
    QFETCH(QStringList, globs);
    QFETCH(QByteArray, body);
    QFETCH(bool, isKept);
    const QTemporaryDir folder;
    AttemptSpec spec = attempt("{}");
    spec.dataDir = folder.path();
    spec.spec.artifacts = globs;

    const Collected collected = collectResponse(spec, {200, u"OK"_s, {}, body}, m_now);

    QCOMPARE(collected.problem, QString());
    QCOMPARE(collected.artifacts.size(), isKept ? 1 : 0);
    if (!isKept)
        return;
    const Artifact &artifact = collected.artifacts.first();
    QCOMPARE(artifact.name, u"response"_s);
    QCOMPARE(artifact.stepPath, u"ask"_s);
    QCOMPARE(artifact.sha256, sha256Hex(body));
    QFile file(folder.filePath(artifact.storedPath));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), body);
    QCOMPARE(collected.artifactValues.value(u"response"_s)[u"sha256"_s].toString(), artifact.sha256);
}

void TestHttpStep::saysWhenItCannotBeKept()
{
    AttemptSpec spec = attempt("{}");
    spec.dataDir = u"/proc/none"_s;

    const Collected collected = collectResponse(spec, {500, {}, {}, "x"}, m_now);

    QVERIFY2(collected.problem.startsWith(u"artifact \"response\" could not be kept: "_s),
             qPrintable(collected.problem));
}

QTEST_GUILESS_MAIN(TestHttpStep)
#include "tst_http_step.moc"
