#include "engine/link/link_protocol.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// The lines of the link: what is written is read back, and nothing else is.
class TestLinkProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsBack();
    void understandsOtherVersions();
    void rejectsHellos_data();
    void rejectsHellos();
    void rejectsRequests_data();
    void rejectsRequests();
};

void TestLinkProtocol::readsBack()
{
    const LinkHello hello{linkProtocol, u"taskrunner"_s, u"0.1.0"_s, 4711};
    QVERIFY(*parseHello(helloLine(hello)) == hello);
    QCOMPARE(hello.toString(), u"taskrunner 0.1.0, process 4711"_s);
    const LinkRequest request{3, u"cancel"_s, {{u"by"_s, u"anna\n"_s}}};
    const auto line = requestLine(request);
    QVERIFY(line && !line->contains('\n'));
    QVERIFY(*parseRequest(*line) == request);

    LinkMessage message;
    message.id = 3;
    message.result = QJsonValue(QJsonArray{1});
    QVERIFY(*parseMessage(*resultLine(3, QJsonArray{1})) == message);
    message.result.reset();
    message.error = Error{ErrorCode::Conflict, u"it is over"_s, {}, {}};
    QVERIFY(*parseMessage(errorLine(3, *message.error)) == message);
    message.id.reset();
    QVERIFY(*parseMessage(errorLine(0, *message.error)) == message);
    LinkMessage news;
    news.signal = u"runChanged"_s;
    news.args = {{u"a"_s, 1}};
    QVERIFY(*parseMessage(*newsLine(news.signal, news.args)) == news);
}

void TestLinkProtocol::understandsOtherVersions()
{
    const auto hello = parseHello(
        R"({"hello":{"protocol":9,"program":"taskrunner","version":"9.0","process":7,"more":{}}})");
    QVERIFY(hello);
    QVERIFY((*hello == LinkHello{9, u"taskrunner"_s, u"9.0"_s, 7}));
}

void TestLinkProtocol::rejectsHellos_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("error");

    QTest::newRow("request") << R"({"id":1,"call":"runs","args":{}})"_ba
                             << u"expected {\"hello\": ...} first"_s;
    QTest::newRow("more") << R"({"hello":{},"id":1})"_ba << u"expected {\"hello\": ...} first"_s;
    QTest::newRow("no protocol") << R"({"hello":{}})"_ba << u"\"protocol\" is missing"_s;
    QTest::newRow("no JSON")
        << "GET / HTTP/1.1"_ba
        << u"the line is not a JSON object as expected: expected a value, found \"G\" at byte 1"_s;
}

void TestLinkProtocol::rejectsHellos()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, error);

    const auto hello = parseHello(line);
    QVERIFY(!hello);
    QCOMPARE(hello.error().toString(), error);
}

void TestLinkProtocol::rejectsRequests_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("error");

    const QString prefix = u"the line is not a JSON object as expected: "_s;
    QTest::newRow("empty") << QByteArray()
                           << prefix + u"expected a value, found the end of the text at byte 1"_s;
    QTest::newRow("no object") << "[]"_ba << prefix + u"expected a JSON object at byte 1"_s;
    QTest::newRow("twice") << R"({"id":1,"id":2})"_ba
                           << prefix + u"name \"id\" stands twice in one object at byte 9"_s;
    QTest::newRow("no UTF-8") << "{\"id\":1,\"call\":\"\xff\"}"_ba
                              << prefix + u"string is not valid UTF-8 at byte 17"_s;
    QTest::newRow("no id") << R"({"call":"runs","args":{}})"_ba << u"\"id\" is missing"_s;
    QTest::newRow("id 0") << R"({"id":0,"call":"runs","args":{}})"_ba
                          << u"a request needs an \"id\" from 1"_s;
    QTest::newRow("no arguments") << R"({"id":1,"call":"runs"})"_ba << u"\"args\" is missing"_s;
    QTest::newRow("unknown") << R"({"id":1,"call":"runs","args":{},"arg":1})"_ba
                             << u"unknown member \"arg\"; did you mean \"args\"?"_s;
    QTest::newRow("wrong type") << R"({"id":1,"call":7,"args":{}})"_ba
                                << u"/call: expected a string, found the integer 7"_s;
    const LinkLimits limits;
    const QByteArray deep = QByteArray("[").repeated(limits.maxRequestDepth) + QByteArray("]").repeated(140);
    QTest::newRow("too deep") << R"({"id":1,"call":"runs","args":)" + deep + '}'
                              << prefix + u"nested deeper than 140 levels at byte 169"_s;
    QTest::newRow("too long") << QByteArray(limits.maxRequestBytes + 1, ' ')
                              << prefix + u"text has 1048577 bytes; at most 1048576 are read at byte 1"_s;
}

void TestLinkProtocol::rejectsRequests()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, error);

    const auto request = parseRequest(line);
    QVERIFY(!request);
    QCOMPARE(request.error().toString(), error);
}

QTEST_GUILESS_MAIN(TestLinkProtocol)
#include "tst_link_protocol.moc"
