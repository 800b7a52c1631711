#include "engine/net/http_response_parser.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// Each answer arrives whole, in pieces, and byte by byte, and means the same.
class TestHttpResponseParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void readsUpToTheEnd();
    void refuses_data();
    void refuses();
    void isCutOff_data();
    void isCutOff();
    void holdsItsLimits_data();
    void holdsItsLimits();

private:
    static HttpResponseParser parse(const QByteArray &bytes, qsizetype piece, bool answersHead = false,
                                    const HttpLimits &limits = {})
    {
        HttpResponseParser parser(answersHead, limits);
        for (qsizetype at = 0; at < bytes.size(); at += piece)
            parser.add(QByteArrayView(bytes).sliced(at, std::min(piece, bytes.size() - at)));
        return parser;
    }
};

static const QList<qsizetype> pieces{1, 2, 7, 1'000'000};

void TestHttpResponseParser::reads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("answersHead");
    QTest::addColumn<HttpResponse>("response");

    const auto row = [](const char *name, const QByteArray &bytes, const HttpResponse &response,
                        bool answersHead = false) {
        QTest::newRow(name) << bytes << answersHead << response;
    };
    row("length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        {200, u"OK"_s, {{"content-length", "3"}}, "abc"});
    row("more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef",
        {200, u"OK"_s, {{"content-length", "3"}}, "abc"});
    row("no reason", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", {404, {}, {{"content-length", "0"}}, {}});
    row("nothing behind the status", "HTTP/1.0 404\r\nContent-Length: 0\r\n\r\n",
        {404, {}, {{"content-length", "0"}}, {}});
    row("line feeds alone", "HTTP/1.1 200 Fine by me\nA:b\nContent-Length: 1\n\nx",
        {200, u"Fine by me"_s, {{"a", "b"}, {"content-length", "1"}}, "x"});
    row("fields", "HTTP/1.1 200 OK\r\nX-A:  b c \t\r\nx-a:\r\nContent-Length: 0\r\n\r\n",
        {200, u"OK"_s, {{"x-a", "b c"}, {"x-a", ""}, {"content-length", "0"}}, {}});
    row("the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        {200, u"OK"_s, {{"content-length", "1"}, {"content-length", "1"}}, "x"});
    row("chunks",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n000\r\n\r\n",
        {200, u"OK"_s, {{"transfer-encoding", "Chunked"}}, "abc0123456789"});
    row("trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
        {200, u"OK"_s, {{"transfer-encoding", "chunked"}}, "a"});
    row("no chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        {200, u"OK"_s, {{"transfer-encoding", "chunked"}}, {}});
    row("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n",
        {200, u"OK"_s, {{"content-length", "300"}}, {}}, true);
    row("204", "HTTP/1.1 204 No Content\r\n\r\nabc", {204, u"No Content"_s, {}, {}});
    row("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
        {304, u"Not Modified"_s, {{"content-length", "3"}}, {}});
    row("101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nabc",
        {101, u"Switching Protocols"_s, {{"upgrade", "x"}}, {}});
    row("interim answers",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
        "Content-Length: 1\r\n\r\na",
        {200, u"OK"_s, {{"content-length", "1"}}, "a"});
}

void TestHttpResponseParser::reads()
{
    QFETCH(QByteArray, bytes);
    QFETCH(bool, answersHead);
    QFETCH(HttpResponse, response);

    for (const qsizetype piece : pieces) {
        const HttpResponseParser parser = parse(bytes, piece, answersHead);
        QCOMPARE(parser.problem(), QString());
        QVERIFY(parser.isDone());
        QVERIFY(parser.response() == response);
    }
}

void TestHttpResponseParser::readsUpToTheEnd()
{
    for (const qsizetype piece : pieces) {
        HttpResponseParser parser = parse("HTTP/1.0 200 OK\r\nA: b\r\n\r\nabc\r\n\r\n", piece);
        QVERIFY(!parser.isDone());
        parser.end();
        QVERIFY(parser.isDone());
        QCOMPARE(parser.problem(), QString());
        QVERIFY(parser.response() == (HttpResponse{200, u"OK"_s, {{"a", "b"}}, "abc\r\n\r\n"}));
    }
}

void TestHttpResponseParser::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");

    const auto row = [](const char *name, const QByteArray &bytes, const QString &problem) {
        QTest::newRow(name) << bytes << problem;
    };
    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    row("another protocol", "SSH-2.0-OpenSSH_9.2\r\n",
        u"is not HTTP/1.1: it begins with \"SSH-2.0-OpenSSH_9.2\""_s);
    row("an empty line", "\r\n", u"is not HTTP/1.1: it begins with \"\""_s);
    row("HTTP/2", "HTTP/2 200\r\n", u"is not HTTP/1.1: it begins with \"HTTP/2 200\""_s);
    row("a status of two digits", "HTTP/1.1 20 OK\r\n",
        u"is not HTTP/1.1: it begins with \"HTTP/1.1 20 OK\""_s);
    row("a status of four digits", "HTTP/1.1 2000\r\n",
        u"is not HTTP/1.1: it begins with \"HTTP/1.1 2000\""_s);
    row("a status too small", "HTTP/1.1 099 \r\n", u"is not HTTP/1.1: it begins with \"HTTP/1.1 099 \""_s);
    row("a status too large", "HTTP/1.1 600 \r\n", u"is not HTTP/1.1: it begins with \"HTTP/1.1 600 \""_s);
    row("a control character", "HTTP/1.1 200 \x1b[2J\r\n",
        u"is not HTTP/1.1: it begins with \"HTTP/1.1 200 <U+001B>[2J\""_s);
    row("a long first line", "HTTP/1.9 " + QByteArray(100, 'x') + "\r\n",
        u"is not HTTP/1.1: it begins with \"HTTP/1.9 %1\""_s.arg(QString(51, u'x')));
    row("no colon", ok + "abc\r\n", u"has a header field that is not well formed: \"abc\""_s);
    row("no name", ok + ": abc\r\n", u"has a header field that is not well formed: \": abc\""_s);
    row("a space before the colon", ok + "A : b\r\n",
        u"has a header field that is not well formed: \"A : b\""_s);
    row("a folded line", ok + "A: b\r\n c\r\n", u"has a header field that is not well formed: \" c\""_s);
    row("a carriage return in a field", ok + "A: b\rc\r\n",
        u"has a header field that is not well formed: \"A: b<U+000D>c\""_s);
    row("length and coding", ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        u"has both a Content-Length and a Transfer-Encoding"_s);
    row("another coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n",
        u"has the Transfer-Encoding \"gzip, chunked\"; only \"chunked\" is read"_s);
    row("lengths that differ", ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
        u"has the Content-Length \"3, 4\""_s);
    row("a length that is no number", ok + "Content-Length: -1\r\n\r\n", u"has the Content-Length \"-1\""_s);
    row("a length with a sign", ok + "Content-Length: +1\r\n\r\n", u"has the Content-Length \"+1\""_s);
    const QByteArray chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    row("a size that is no number", chunked + "x\r\n", u"has a chunk whose size is not well formed"_s);
    row("a size that is prefixed", chunked + "0x1\r\na\r\n", u"has a chunk whose size is not well formed"_s);
    row("a size that is empty", chunked + "\r\n", u"has a chunk whose size is not well formed"_s);
    row("a size line that is long", chunked + "1;" + QByteArray(1100, 'x'),
        u"has a chunk whose size is not well formed"_s);
    row("a chunk that goes on", chunked + "1\r\nab\r\n", u"has a chunk that is longer than it says"_s);
    row("interim answers for ever", QByteArray("HTTP/1.1 100 \r\n\r\n").repeated(11),
        u"never comes: there were more than 10 interim ones"_s);
}

void TestHttpResponseParser::refuses()
{
    QFETCH(QByteArray, bytes);

    for (const qsizetype piece : pieces) {
        const HttpResponseParser parser = parse(bytes, piece);
        QVERIFY(parser.isDone());
        QVERIFY(!parser.isTooLarge());
        QTEST(parser.problem(), "problem");
    }
}

void TestHttpResponseParser::isCutOff_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem");

    QTest::newRow("status line") << QByteArray("HTTP/1.1 20") << u"was cut off in its header"_s;
    QTest::newRow("fields") << QByteArray("HTTP/1.1 200 OK\r\nA: b\r\n") << u"was cut off in its header"_s;
    QTest::newRow("after an interim answer")
        << QByteArray("HTTP/1.1 100 Continue\r\n\r\n") << u"was cut off in its header"_s;
    QTest::newRow("body") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                          << u"was cut off after 3 bytes of its body"_s;
    const QByteArray chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    QTest::newRow("before a chunk") << chunked << u"was cut off after 0 bytes of its body"_s;
    QTest::newRow("in a chunk") << chunked + "5\r\nab" << u"was cut off after 2 bytes of its body"_s;
    QTest::newRow("after a chunk") << chunked + "2\r\nab" << u"was cut off after 2 bytes of its body"_s;
    QTest::newRow("in the trailer") << chunked + "2\r\nab\r\n0\r\n"
                                    << u"was cut off after 2 bytes of its body"_s;
}

void TestHttpResponseParser::isCutOff()
{
    QFETCH(QByteArray, bytes);

    HttpResponseParser parser = parse(bytes, 1);
    QVERIFY(!parser.isDone());
    parser.end();
    QVERIFY(parser.isDone());
    QTEST(parser.problem(), "problem");
}

void TestHttpResponseParser::holdsItsLimits_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("problem"); // Empty: just within.

    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    const QByteArray chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    const QString size = u"has a body of more than 8 bytes"_s;
    const QString head = u"has a header of more than 100 bytes"_s;
    QTest::newRow("length within") << ok + "Content-Length: 8\r\n\r\n12345678" << QString();
    QTest::newRow("length") << ok + "Content-Length: 9\r\n\r\n" << size;
    QTest::newRow("length of many digits") << ok + "Content-Length: 99999999999999999999\r\n\r\n" << size;
    QTest::newRow("chunks within") << chunked + "4\r\nabcd\r\n4\r\nabcd\r\n0\r\n\r\n" << QString();
    QTest::newRow("chunks") << chunked + "4\r\nabcd\r\n5\r\n" << size;
    QTest::newRow("chunk of many digits") << chunked + "ffffffffffffffffffffffff\r\n" << size;
    QTest::newRow("up to the end") << ok + "\r\n123456789" << size;
    QTest::newRow("head within") << ok + "A: " + QByteArray(76, 'x') + "\r\n\r\n" << QString();
    QTest::newRow("head") << ok + "A: " + QByteArray(77, 'x') + "\r\n\r\n" << head;
    QTest::newRow("head without an end") << ok + QByteArray(500, 'x') << head;
    QTest::newRow("trailer") << chunked + "0\r\nA: " + QByteArray(100, 'x') << head;
    QTest::newRow("fields within") << ok + "A:\r\nA:\r\nA:\r\n\r\n" << QString();
    QTest::newRow("fields") << ok + "A:\r\nA:\r\nA:\r\nA:\r\n" << u"has more than 3 header fields"_s;
}

void TestHttpResponseParser::holdsItsLimits()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, problem);

    for (const qsizetype piece : pieces) {
        HttpResponseParser parser = parse(bytes, piece, false, {100, 3, 8});
        parser.end();
        QCOMPARE(parser.problem(), problem);
        QCOMPARE(parser.isTooLarge(), !problem.isEmpty());
        QVERIFY(parser.response().body.size() <= 8);
    }
}

QTEST_GUILESS_MAIN(TestHttpResponseParser)
#include "tst_http_response_parser.moc"
