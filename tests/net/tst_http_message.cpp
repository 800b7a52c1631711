#include "engine/net/http_message.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestHttpMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesRequests_data();
    void writesRequests();
    void knowsFieldValues();
    void joinsFields();
};

void TestHttpMessage::writesRequests_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QString>("url");
    QTest::addColumn<HttpFields>("fields");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("bytes");

    const QByteArray usual = "Accept: */*\r\nAccept-Encoding: identity\r\nUser-Agent: TaskRunner\r\n";
    QTest::newRow("GET") << QByteArray("GET") << u"http://a.example/b?c=d"_s << HttpFields() << QByteArray()
                         << "GET /b?c=d HTTP/1.1\r\nHost: a.example\r\n" + usual
                                + "Connection: close\r\n\r\n";
    QTest::newRow("port") << QByteArray("GET") << u"http://a.example:8080"_s << HttpFields() << QByteArray()
                          << "GET / HTTP/1.1\r\nHost: a.example:8080\r\n" + usual
                                 + "Connection: close\r\n\r\n";
    QTest::newRow("TLS, IPv6") << QByteArray("GET") << u"https://[::1]"_s << HttpFields() << QByteArray()
                               << "GET / HTTP/1.1\r\nHost: [::1]\r\n" + usual + "Connection: close\r\n\r\n";
    QTest::newRow("body") << QByteArray("PUT") << u"http://a.example/"_s << HttpFields() << QByteArray("xyz")
                          << "PUT / HTTP/1.1\r\nHost: a.example\r\n" + usual
                                 + "Content-Length: 3\r\nConnection: close\r\n\r\nxyz";
    QTest::newRow("no body") << QByteArray("POST") << u"http://a.example/"_s << HttpFields() << QByteArray()
                             << "POST / HTTP/1.1\r\nHost: a.example\r\n" + usual
                                    + "Content-Length: 0\r\nConnection: close\r\n\r\n";
    QTest::newRow("DELETE") << QByteArray("DELETE") << u"http://a.example/"_s << HttpFields() << QByteArray()
                            << "DELETE / HTTP/1.1\r\nHost: a.example\r\n" + usual
                                   + "Connection: close\r\n\r\n";
    QTest::newRow("fields of its own")
        << QByteArray("GET") << u"http://a.example/"_s
        << HttpFields{{"accept", "text/html"}, {"ACCEPT-ENCODING", "gzip"}, {"User-Agent", "me"}, {"X", ""}}
        << QByteArray()
        << QByteArray("GET / HTTP/1.1\r\nHost: a.example\r\naccept: text/html\r\nACCEPT-ENCODING: gzip\r\n"
                      "User-Agent: me\r\nX: \r\nConnection: close\r\n\r\n");
}

void TestHttpMessage::writesRequests()
{
    QFETCH(QByteArray, method);
    QFETCH(QString, url);
    QFETCH(HttpFields, fields);
    QFETCH(QByteArray, body);

    QTEST(requestBytes({method, *parseHttpAddress(url), fields, body}), "bytes");
}

void TestHttpMessage::knowsFieldValues()
{
    QVERIFY(isFieldValue(""));
    QVERIFY(isFieldValue("a\tb \xc3\xbc"));
    for (const char *bad : {"a\nb", "a\rb", "\x01", "\x7f"})
        QVERIFY(!isFieldValue(bad));
    QVERIFY(!isFieldValue(QByteArrayView("a\0b", 3)));
}

void TestHttpMessage::joinsFields()
{
    const HttpFields fields{{"a", "1"}, {"b", "2"}, {"a", "3"}};
    QCOMPARE(fieldOf(fields, "a"), QByteArray("1, 3"));
    QCOMPARE(fieldOf(fields, "b"), QByteArray("2"));
    QCOMPARE(fieldOf(fields, "c"), QByteArray());
}

QTEST_GUILESS_MAIN(TestHttpMessage)
#include "tst_http_message.moc"
