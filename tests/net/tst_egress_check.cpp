#include "engine/net/egress_check.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// What a name on the list may stand for.
class TestEgressCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesTheListOfTheSandbox();
    void connects_data();
    void connects();
    void reachesAnythingWithoutAList();
};

void TestEgressCheck::takesTheListOfTheSandbox()
{
    const QList<EgressRule> list{{u"a.example"_s, 443}};
    QVERIFY(!egressOf({}));
    QVERIFY(egressOf({SandboxMode::Open, list}) == list);
    QVERIFY(egressOf({SandboxMode::Sealed, {}}) == QList<EgressRule>());
    QVERIFY(mayReach(list, u"a.example"_s, 443));
    QVERIFY(!mayReach(list, u"a.example"_s, 80));
    QVERIFY(!mayReach(QList<EgressRule>(), u"a.example"_s, 443));
}

void TestEgressCheck::connects_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("expected");

    const auto row = [](const char *host, const char *address, bool expected) {
        QTest::addRow("%s is %s", host, address)
            << QString::fromLatin1(host) << QString::fromLatin1(address) << expected;
    };
    row("a.example", "192.0.2.1", true);
    row("a.example", "2001:db8::1", true);
    row("a.example", "172.15.0.1", true);
    row("a.example", "172.32.0.1", true);
    row("a.example", "127.0.0.1", false);
    row("a.example", "127.255.0.9", false);
    row("a.example", "0.0.0.0", false);
    row("a.example", "10.1.2.3", false);
    row("a.example", "100.64.0.1", false);
    row("a.example", "172.16.0.1", false);
    row("a.example", "192.168.1.1", false);
    row("a.example", "169.254.169.254", false);
    row("a.example", "224.0.0.1", false);
    row("a.example", "255.255.255.255", false);
    row("a.example", "::1", false);
    row("a.example", "::", false);
    row("a.example", "fd00::1", false);
    row("a.example", "fe80::1", false);
    row("a.example", "ff02::1", false);
    row("a.example", "::ffff:127.0.0.1", false);
    row("a.example", "::ffff:192.0.2.1", true);
    row("a.example", "10.9.9.9", true); // Listed itself.
    row("a.example", "fd00::9", true);  // Likewise.
    row("b.example", "192.0.2.1", false);
    row("localhost", "127.0.0.1", true);
    row("localhost", "::1", true);
    row("localhost", "10.1.2.3", false);
    row("10.9.9.9", "10.9.9.9", true);
    row("10.9.9.8", "10.9.9.8", false);
}

void TestEgressCheck::connects()
{
    const QList<EgressRule> list{
        {u"a.example"_s, 443}, {u"localhost"_s, 443}, {u"10.9.9.9"_s, 443}, {u"fd00::9"_s, 443}};
    QFETCH(QString, host);
    QFETCH(QString, address);

    const QHostAddress target(address);
    QVERIFY(!target.isNull());
    QTEST(mayConnect(list, host, target, 443), "expected");
    QVERIFY(!mayConnect(list, host, target, 80));
}

void TestEgressCheck::reachesAnythingWithoutAList()
{
    QVERIFY(mayReach({}, u"a.example"_s, 1));
    QVERIFY(mayConnect({}, u"a.example"_s, QHostAddress(u"127.0.0.1"_s), 1));
}

QTEST_GUILESS_MAIN(TestEgressCheck)
#include "tst_egress_check.moc"
