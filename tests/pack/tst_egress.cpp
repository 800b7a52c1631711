#include "engine/pack/egress.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestEgress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void normalises_data();
    void normalises();
    void refuses_data();
    void refuses();
    void bounds();
    void allows_data();
    void allows();
    void writesPlaces();
    void knowsWhereAListCounts();
};

void TestEgress::normalises_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("normal");

    const auto row = [](const char *name, const char16_t *host, const char16_t *normal) {
        QTest::newRow(name) << QString::fromUtf16(host) << QString::fromUtf16(normal);
    };
    row("name", u"api.example.org", u"api.example.org");
    row("one label", u"localhost", u"localhost");
    row("capitals", u"API.Example.ORG", u"api.example.org");
    row("trailing dot", u"api.example.org.", u"api.example.org");
    row("digits and dashes", u"1a.2-b.c--3", u"1a.2-b.c--3");
    row("digits before letters", u"127.0.0.1a", u"127.0.0.1a");
    row("hexadecimal that is a name", u"0xfg.example", u"0xfg.example");
    row("wildcard", u"*.example.org", u"*.example.org");
    row("wildcard in capitals", u"*.Example.ORG.", u"*.example.org");
    row("IDNA", u"b\u00fccher.example", u"xn--bcher-kva.example");
    row("IDNA in capitals", u"B\u00dcCHER.example", u"xn--bcher-kva.example");
    row("IDNA decomposed", u"bu\u0308cher.example", u"xn--bcher-kva.example");
    row("IDNA written as A-label", u"XN--Bcher-KVA.example", u"xn--bcher-kva.example");
    row("IDNA below a wildcard", u"*.b\u00fccher.example", u"*.xn--bcher-kva.example");
    row("sharp s is a letter", u"stra\u00dfe.example", u"xn--strae-oqa.example");
    row("Japanese", u"\u65e5\u672c.jp", u"xn--wgv71a.jp");
    row("ideographic full stop", u"a\u3002example", u"a.example");
    row("soft hyphen", u"a\u00adb.example", u"ab.example");
    row("IPv4", u"192.0.2.1", u"192.0.2.1");
    row("IPv4 with a trailing dot", u"192.0.2.1.", u"192.0.2.1");
    row("IPv4 at its bounds", u"0.0.0.255", u"0.0.0.255");
    row("IPv6", u"2001:db8::1", u"2001:db8::1");
    row("IPv6 in brackets", u"[2001:db8::1]", u"2001:db8::1");
    row("IPv6 in capitals", u"2001:DB8::ABCD", u"2001:db8::abcd");
    row("IPv6 with leading zeros", u"2001:0db8:0000::0001", u"2001:db8::1");
    row("IPv6 in full", u"2001:db8:0:0:0:0:0:1", u"2001:db8::1");
    row("IPv6 with one zero group", u"2001:db8:0:1:1:1:1:1", u"2001:db8:0:1:1:1:1:1");
    row("IPv6 with two gaps of a length", u"2001:db8:0:0:1:0:0:1", u"2001:db8::1:0:0:1");
    row("IPv6 with a longer gap behind", u"2001:0:0:1:0:0:0:1", u"2001:0:0:1::1");
    row("IPv6 of zeros", u"0:0:0:0:0:0:0:0", u"::");
    row("IPv6 loopback", u"0:0:0:0:0:0:0:1", u"::1");
    row("IPv4 inside IPv6", u"::FFFF:192.0.2.1", u"::ffff:192.0.2.1");
    row("IPv4 inside IPv6, in hexadecimal", u"::ffff:c000:201", u"::ffff:192.0.2.1");
}

void TestEgress::normalises()
{
    QFETCH(QString, host);
    QFETCH(QString, normal);

    const auto found = normalHost(host);

    QVERIFY2(found, qPrintable(found ? QString() : found.error().message));
    QCOMPARE(*found, normal);
    QCOMPARE(*normalHost(normal), normal); // There is one form only.
}

void TestEgress::refuses_data()
{
    QTest::addColumn<QString>("host");

    const auto row = [](const char *name, const char16_t *host) {
        QTest::newRow(name) << QString::fromUtf16(host);
    };
    row("nothing", u"");
    row("a dot", u".");
    row("leading dot", u".a.example");
    row("two trailing dots", u"a.example..");
    row("empty label", u"a..example");
    row("underscore", u"a_b.example");
    row("dash in front", u"-a.example");
    row("dash behind", u"a-.example");
    row("space", u"a b.example");
    row("space in front", u" a.example");
    row("space behind", u"a.example ");
    row("line feed", u"a.example\n");
    row("null", u"a.exam\u0001ple");
    row("port", u"a.example:443");
    row("user", u"u@a.example");
    row("path", u"a.example/");
    row("scheme", u"https://a.example");
    row("percent", u"%61.example");
    row("backslash", u"a\\b.example");
    row("A-label of nothing", u"xn--.example");
    row("every host", u"*");
    row("wildcard of nothing", u"*.");
    row("wildcard of a top level", u"*.org");
    row("wildcard of a top level with a dot", u"*.org.");
    row("wildcard of a top level in other letters", u"*.\u65e5\u672c");
    row("wildcard twice", u"*.*.b.example");
    row("wildcard inside", u"a.*.example");
    row("wildcard in a label", u"a*.b.example");
    row("wildcard without a dot", u"*example.org");
    row("wildcard of an IPv4 address", u"*.192.0.2.1");
    row("wildcard of a part of one", u"*.2.1");
    row("wildcard of an IPv6 address", u"*.2001:db8::1");
    row("wildcard of a bracket", u"*.[2001:db8::1]");
    row("IPv4 in octal", u"010.0.0.1");
    row("IPv4 with a leading zero behind", u"192.0.2.01");
    row("IPv4 with zeros", u"00.0.0.0");
    row("IPv4 in hexadecimal", u"0x7f.0.0.1");
    row("IPv4 as one hexadecimal", u"0x7f000001");
    row("IPv4 as one capital hexadecimal", u"0X7F000001");
    row("IPv4 as one number", u"2130706433");
    row("IPv4 of two parts", u"127.1");
    row("IPv4 of three parts", u"127.0.1");
    row("IPv4 of five parts", u"127.0.0.0.1");
    row("IPv4 beyond 255", u"192.0.2.256");
    row("IPv4 in wide octal", u"\uff10\uff11\uff10.0.0.1");
    row("IPv4 in wide digits", u"\uff11.\uff12.\uff13.\uff14");
    row("IPv4 in wide digits and others", u"\uff11\uff19\uff12.0.2.1");
    row("octal IPv4 in wide digits", u"\uff10\uff11\uff10.\uff10.\uff10.\uff11");
    row("IPv4 in other digits", u"\u0661.2.3.4");
    row("name that ends in a number", u"a.example.1");
    row("name that ends in hexadecimal", u"a.0x1");
    row("number behind nothing", u"0x");
    row("brackets around a name", u"[a.example]");
    row("brackets around an IPv4 address", u"[192.0.2.1]");
    row("brackets around a version", u"[v1.x]");
    row("brackets around nothing", u"[]");
    row("half a bracket", u"[2001:db8::1");
    row("other half", u"2001:db8::1]");
    row("IPv6 zone", u"fe80::1%eth0");
    row("IPv6 zone, encoded", u"[fe80::1%25eth0]");
    row("IPv6 of nine groups", u"1:2:3:4:5:6:7:8:9");
    row("IPv6 of seven groups", u"1:2:3:4:5:6:7");
    row("IPv6 with two gaps", u"1::2::3");
    row("IPv6 with five digits", u"2001:db8::12345");
    row("IPv6 with another letter", u"2001:db8::g");
    row("IPv6 with a trailing dot", u"2001:db8::1.");
    row("IPv6 with octal IPv4", u"::ffff:010.0.0.1");
    row("colon alone", u":");
}

void TestEgress::refuses()
{
    QFETCH(QString, host);

    const auto found = normalHost(host);

    QVERIFY2(!found, qPrintable(found ? *found : QString()));
    QCOMPARE(found.error().message,
             u"\"%1\" is not a host; expected a name, an IP address or \"*.\" before a name of two labels or "
             "more"_s.arg(host));
    QVERIFY(!isAllowed({{host, 443}}, host, 443));
}

/// RFC 1035 section 2.3.4: 63 bytes in a label, 253 characters in a name as it is written here.
void TestEgress::bounds()
{
    const QString label = QString(63, u'a');
    QVERIFY(normalHost(label + u".example"_s));
    QVERIFY(!normalHost(label + u"a.example"_s));
    const QString longest = QStringList(3, label).join(u'.') + u'.' + QString(61, u'b');
    QCOMPARE(longest.size(), 253);
    QCOMPARE(*normalHost(longest + u'.'), longest);
    QVERIFY(!normalHost(longest + u'b'));
    QVERIFY(!normalHost(QString(1'000'000, u'a')));
    QVERIFY(!normalHost(QString(1'000'000, u':')));
    // What counts are A-labels: 58 letters of this kind need more than 63 bytes.
    QVERIFY(!normalHost(QString(58, u'\u00fc') + u".example"_s));
}

void TestEgress::allows_data()
{
    QTest::addColumn<QString>("rule");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<bool>("allowed");

    const auto row = [](const char *name, const char16_t *rule, const char16_t *host, int port,
                        bool allowed) {
        QTest::newRow(name) << QString::fromUtf16(rule) << QString::fromUtf16(host) << port << allowed;
    };
    row("the host", u"api.example.org", u"api.example.org", 443, true);
    row("in other letters", u"api.example.org", u"API.Example.ORG.", 443, true);
    row("another port", u"api.example.org", u"api.example.org", 80, false);
    row("port zero", u"api.example.org", u"api.example.org", 0, false);
    row("another host", u"api.example.org", u"api.example.net", 443, false);
    row("a host below", u"api.example.org", u"v1.api.example.org", 443, false);
    row("a host above", u"api.example.org", u"example.org", 443, false);
    row("a host that ends alike", u"api.example.org", u"xapi.example.org", 443, false);
    row("below a wildcard", u"*.example.org", u"api.example.org", 443, true);
    row("two below a wildcard", u"*.example.org", u"v1.api.example.org", 443, true);
    row("below a wildcard, in other letters", u"*.Example.org", u"API.example.ORG.", 443, true);
    row("the wildcard's own name", u"*.example.org", u"example.org", 443, false);
    row("ends like a wildcard", u"*.example.org", u"evilexample.org", 443, false);
    row("goes on behind a wildcard", u"*.example.org", u"a.example.org.evil.net", 443, false);
    row("below a wildcard, another port", u"*.example.org", u"api.example.org", 8443, false);
    row("a wildcard for a host", u"*.example.org", u"*.example.org", 443, false);
    row("a wildcard below a wildcard", u"*.example.org", u"*.a.example.org", 443, false);
    row("IDNA", u"b\u00fccher.example", u"xn--bcher-kva.example", 443, true);
    row("IDNA below a wildcard", u"*.b\u00fccher.example", u"a.B\u00dcCHER.example", 443, true);
    row("IPv4", u"192.0.2.1", u"192.0.2.1", 443, true);
    row("another IPv4", u"192.0.2.1", u"192.0.2.10", 443, false);
    row("IPv4 as one number", u"127.0.0.1", u"2130706433", 443, false);
    row("IPv4 in octal is not another one", u"8.0.0.1", u"010.0.0.1", 443, false);
    row("IPv6 in other words", u"2001:db8::1", u"[2001:DB8:0:0:0:0:0:1]", 443, true);
    row("another IPv6", u"2001:db8::1", u"2001:db8::2", 443, false);
    row("IPv6 with a zone", u"fe80::1", u"fe80::1%eth0", 443, false);
    row("IPv4 inside IPv6", u"192.0.2.1", u"::ffff:192.0.2.1", 443, false);
    row("no host", u"api.example.org", u"", 443, false);
}

void TestEgress::allows()
{
    QFETCH(QString, rule);
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(bool, allowed);
    const auto normal = normalHost(rule);
    QVERIFY(normal);

    QCOMPARE(isAllowed({{*normal, 443}}, host, port), allowed);
    QCOMPARE(isAllowed({{u"other.example"_s, 443}, {*normal, 443}}, host, port), allowed);
    QVERIFY(!isAllowed({}, host, port));
}

void TestEgress::writesPlaces()
{
    QCOMPARE(toString(EgressRule{u"api.example.org"_s, 443}), u"api.example.org:443"_s);
    QCOMPARE(toString(EgressRule{u"*.example.org"_s, 1}), u"*.example.org:1"_s);
    QCOMPARE(toString(EgressRule{u"2001:db8::1"_s, 65535}), u"[2001:db8::1]:65535"_s);
}

void TestEgress::knowsWhereAListCounts()
{
    const QList<EgressRule> list{{u"a.example"_s, 443}};
    QVERIFY(!hasEgressList({}));
    QVERIFY(!hasEgressList({SandboxMode::Open, {}}));
    QVERIFY(hasEgressList({SandboxMode::Open, list}));
    QVERIFY(hasEgressList({SandboxMode::Sealed, {}}));
    QVERIFY(hasEgressList({{}, list}));
}

QTEST_GUILESS_MAIN(TestEgress)
#include "tst_egress.moc"
