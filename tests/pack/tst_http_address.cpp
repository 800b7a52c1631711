#include "engine/pack/http_address.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestHttpAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void isBounded();
    void isShownWithoutItsQuery_data();
    void isShownWithoutItsQuery();
};

void TestHttpAddress::reads_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isTls");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QByteArray>("target");

    QTest::newRow("nothing but a host")
        << u"http://a.example"_s << false << u"a.example:80"_s << QByteArray("/");
    QTest::newRow("TLS") << u"https://a.example/"_s << true << u"a.example:443"_s << QByteArray("/");
    QTest::newRow("port") << u"https://a.example:8443/b"_s << true << u"a.example:8443"_s << QByteArray("/b");
    QTest::newRow("query") << u"http://a.example?b=c&d"_s << false << u"a.example:80"_s
                           << QByteArray("/?b=c&d");
    QTest::newRow("empty query") << u"http://a.example/b?"_s << false << u"a.example:80"_s
                                 << QByteArray("/b?");
    QTest::newRow("capitals") << u"HTTP://A.Example/B"_s << false << u"a.example:80"_s << QByteArray("/B");
    QTest::newRow("percent") << u"http://a.example/a%2Fb%20c"_s << false << u"a.example:80"_s
                             << QByteArray("/a%2Fb%20c");
    QTest::newRow("letters") << u"http://b\u00fccher.example/\u00fc?\u00e4"_s << false
                             << u"xn--bcher-kva.example:80"_s << QByteArray("/%C3%BC?%C3%A4");
    QTest::newRow("IPv4") << u"http://127.0.0.1:1/"_s << false << u"127.0.0.1:1"_s << QByteArray("/");
    QTest::newRow("IPv6") << u"http://[0::1]:65535/"_s << false << u"[::1]:65535"_s << QByteArray("/");
}

void TestHttpAddress::reads()
{
    QFETCH(QString, text);

    const auto address = parseHttpAddress(text);

    QVERIFY2(address, address ? "" : qPrintable(address.error().message));
    QTEST(address->isTls, "isTls");
    QTEST(placeText(*address), "place");
    QTEST(address->target, "target");
}

void TestHttpAddress::refuses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char16_t *text, const char16_t *error) {
        QTest::newRow(name) << QString::fromUtf16(text) << QString::fromUtf16(error);
    };
    row("nothing", u"",
        u"\"\" is not an address of http or https; expected one such as https://example.org/path");
    row("another scheme", u"ftp://a.example/",
        u"\"ftp://a.example/\" is not an address of http or https; expected one such as "
        u"https://example.org/path");
    row("a path", u"/b",
        u"\"/b\" is not an address of http or https; expected one such as https://example.org/path");
    row("a space", u"http://a.example/b c",
        u"\"http://a.example/b c\" is not an address of http or https; expected one such as "
        u"https://example.org/path");
    row("a line", u"http://a.example/\r\nX: y",
        u"\"http://a.example/\r\nX: y\" is not an address of http or https; expected one such as "
        u"https://example.org/path");
    row("user", u"http://anna:secret@a.example/",
        u"an address holds no user or password; put them in \"headers\"");
    row("fragment", u"http://a.example/#b", u"an address holds no fragment \"#b\", for no request sends it");
    row("port 0", u"http://a.example:0/",
        u"\"http://a.example:0/\" names port 0; expected one from 1 to 65535");
    row("IPv4 in parts", u"http://127.1/",
        u"\"127.1\" is not a host; expected a name, an IP address or \"*.\" before a name of two labels or "
        u"more");
}

void TestHttpAddress::refuses()
{
    QFETCH(QString, text);

    const auto address = parseHttpAddress(text);

    QVERIFY(!address);
    QTEST(address.error().message, "error");
}

void TestHttpAddress::isBounded()
{
    const QString stem = u"http://a.example/"_s;
    QVERIFY(parseHttpAddress(stem + QString(8192 - stem.size(), u'x')));
    const auto longer = parseHttpAddress(stem + QString(8193 - stem.size(), u'x'));
    QVERIFY(!longer);
    QCOMPARE(longer.error().message, u"an address has at most 8192 characters, this one has 8193"_s);
}

void TestHttpAddress::isShownWithoutItsQuery_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");

    QTest::newRow("plain") << u"http://a.example:80"_s << u"http://a.example/"_s;
    QTest::newRow("query") << u"https://a.example/b?token=secret"_s << u"https://a.example/b?..."_s;
    QTest::newRow("port") << u"https://a.example:80/b"_s << u"https://a.example:80/b"_s;
    QTest::newRow("IPv6") << u"http://[::1]/?a"_s << u"http://[::1]/?..."_s;
}

void TestHttpAddress::isShownWithoutItsQuery()
{
    QFETCH(QString, text);
    QTEST(displayText(*parseHttpAddress(text)), "shown");
}

QTEST_GUILESS_MAIN(TestHttpAddress)
#include "tst_http_address.moc"
