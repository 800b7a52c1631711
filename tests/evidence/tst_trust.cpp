#include "engine/evidence/trust.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::TrustStore;

namespace {

const QByteArray keyId = "deb2ded39dc26fce0e6085b6fc34bf6b5941913bbfe2ea614113cff9e004c170";
const QByteArray p384KeyId = "c27f75aeeaa4fa2f7226aee93e6378188a13bc6f32911ce988c6effddf47b6d1";
const QByteArray pem =
    R"(-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END PUBLIC KEY-----\n)";

/// A list of one entry: the key above, a name and a role, and more members.
QByteArray entryWith(const QByteArray &members)
{
    return R"({"keyid":")" + keyId + R"(","pem":")" + pem + "\"" + members + "}";
}

const QByteArray good = entryWith(R"(,"name":"build","roles":["engine"])");

} // namespace

class TestTrust : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void parses();
    void parseRefuses_data();
    void parseRefuses();
    void reportsEveryProblem();
    void writesWhatItReads();
    void addReplaces();
    void loadsAndSaves();
};

void TestTrust::parses()
{
    const auto store = TrustStore::parse(
        "["
            + entryWith(
                R"(,"name":"build","roles":["engine","approver"],"notBefore":"2026-01-01T00:00:00.000Z",)"
                R"("notAfter":"2027-01-01T00:00:00.000Z","revokedAt":"2026-06-01T00:00:00.000Z","reason":"lost")")
            + "]",
        u"trust.json"_s);

    QVERIFY2(store, store ? "" : qPrintable(store.error().toString()));
    QCOMPARE(store->keys().size(), 1);
    QCOMPARE(store->find(u"unknown"_s), nullptr);
    const auto *key = store->find(QString::fromLatin1(keyId));
    QVERIFY(key);
    QCOMPARE(key->name, u"build"_s);
    QCOMPARE(key->roles, (QStringList{u"engine"_s, u"approver"_s}));
    QCOMPARE(engine::toIso(key->notBefore.value()), u"2026-01-01T00:00:00.000Z"_s);
    QCOMPARE(engine::toIso(key->notAfter.value()), u"2027-01-01T00:00:00.000Z"_s);
    QCOMPARE(engine::toIso(key->revokedAt.value()), u"2026-06-01T00:00:00.000Z"_s);
    QCOMPARE(key->reason, u"lost"_s);

    QVERIFY(TrustStore::parse("[]", u"trust.json"_s)->keys().isEmpty());
}

void TestTrust::parseRefuses_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("error");
    const auto row = [](const char *name, const QByteArray &json, const QString &error) {
        QTest::newRow(name) << json << u"trust.json"_s + error;
    };
    const QByteArray rest = R"(,"name":"n","roles":["engine"])";

    row("object", "{}", u": a trust file is a list of keys"_s);
    row("broken", "[", u":1:2: expected a value, found the end of the text"_s);
    row("entry is text", R"(["x"])", u": /0: an entry must be an object"_s);
    row("unknown member", "[" + entryWith(rest + R"(,"role":"x")") + "]",
        u": /0/role: unknown member \"role\"; did you mean \"roles\"?"_s);
    row("no key id", R"([{"pem":"x","name":"n","roles":["engine"]}])", u": /0: an entry needs \"keyid\""_s);
    row("no pem", R"([{"keyid":"x","name":"n","roles":["engine"]}])", u": /0: an entry needs \"pem\""_s);
    row("no key in pem", R"([{"keyid":"x","pem":"y","name":"n","roles":["engine"]}])",
        u": /0/pem: this is not a public key in PEM: it does not begin with \"-----BEGIN PUBLIC KEY-----\""_s);
    row("other key id", R"([{"keyid":"x","pem":")" + pem + R"(","name":"n","roles":["engine"]}])",
        u": /0/keyid: \"x\" is not the id of the key in \"pem\", which is "_s + QString::fromLatin1(keyId));
    const QByteArray authority = R"([{"keyid":"%1","pem":"-----BEGIN PUBLIC KEY-----\n)"
                                 R"(MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEiGl8vH0fjc8hlR0ijhtWsIGXyFmUtZKc\n)"
                                 R"(ARYFzkJR/6WRXNNvdWiGcoHRB1yV0Bj4cZthpkthMLuIpsyc/g+jf8xvhM4AUcjR\n)"
                                 R"(6teOzqQw8R/UwTdOSTPgPNtDPa7d5rmn\n-----END PUBLIC KEY-----\n",)"
                                 R"("name":"n","roles":[%2]}])";
    const auto authorityWith = [&authority](const QByteArray &roles) {
        return QByteArray(authority).replace("%1", p384KeyId).replace("%2", roles);
    };
    QVERIFY(TrustStore::parse(authorityWith(R"("timestamp-authority")"), u"trust.json"_s));
    for (const char *roles : {R"("engine")", R"("timestamp-authority","approver")"})
        row(roles, authorityWith(roles),
            u": /0/pem: a key of ecdsa-p384 can only have the role \"timestamp-authority\""_s);
    row("no name", "[" + entryWith(R"(,"roles":["engine"])") + "]", u": /0: an entry needs \"name\""_s);
    row("empty name", "[" + entryWith(R"(,"name":"","roles":["engine"])") + "]",
        u": /0/name: \"name\" must not be empty"_s);
    row("no roles", "[" + entryWith(R"(,"name":"n")") + "]",
        u": /0: an entry needs \"roles\", a list of at least one name"_s);
    row("empty roles", "[" + entryWith(R"(,"name":"n","roles":[])") + "]",
        u": /0/roles: an entry needs \"roles\", a list of at least one name"_s);
    row("role is text", "[" + entryWith(R"(,"name":"n","roles":"engine")") + "]",
        u": /0/roles: an entry needs \"roles\", a list of at least one name"_s);
    row("role with space", "[" + entryWith(R"(,"name":"n","roles":["engine","a b"])") + "]",
        u": /0/roles/1: \"a b\" is not a role's name"_s);
    row("role is a number", "[" + entryWith(R"(,"name":"n","roles":[7])") + "]",
        u": /0/roles/0: \"7\" is not a role's name"_s);
    row("role twice", "[" + entryWith(R"(,"name":"n","roles":["engine","engine"])") + "]",
        u": /0/roles/1: the role \"engine\" is listed twice"_s);
    row("time", "[" + entryWith(rest + R"(,"notAfter":1)") + "]",
        u": /0/notAfter: \"notAfter\" must be text"_s);
    row("ends before it begins",
        "["
            + entryWith(rest
                        + R"(,"notBefore":"2026-01-02T00:00:00.000Z","notAfter":"2026-01-01T00:00:00.000Z")")
            + "]",
        u": /0/notAfter: \"2026-01-01T00:00:00.000Z\" is before notBefore"_s);
    row("same key twice", "[" + good + "," + good + "]",
        u": /1/keyid: the key %1 is listed twice"_s.arg(QString::fromLatin1(keyId)));
}

void TestTrust::parseRefuses()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, error);

    const auto store = TrustStore::parse(json, u"trust.json"_s);

    QVERIFY(!store);
    QCOMPARE(toString(store.error().code), toString(ErrorCode::InvalidInput));
    QCOMPARE(store.error().toString(), error);
}

void TestTrust::reportsEveryProblem()
{
    const auto store = TrustStore::parse("[" + entryWith(R"(,"roles":[])") + ",1]", u"trust.json"_s);

    QVERIFY(!store);
    QCOMPARE(store.error().toString(),
             u"3 errors in trust.json\n"
             "trust.json: /0: an entry needs \"name\"\n"
             "trust.json: /0/roles: an entry needs \"roles\", a list of at least one name\n"
             "trust.json: /1: an entry must be an object"_s);
}

void TestTrust::writesWhatItReads()
{
    const auto store = TrustStore::parse(
        "["
            + entryWith(
                R"(,"name":"n","roles":["engine"],"revokedAt":"2026-06-01T00:00:00.000Z","reason":"lost")")
            + "]",
        u"trust.json"_s);
    QVERIFY(store);

    const auto again = TrustStore::parse(store->toJson(), u"again"_s);

    QVERIFY(again);
    QCOMPARE(again->toJson(), store->toJson());
    QVERIFY(store->toJson().contains("2026-06-01T00:00:00.000Z"));
    QVERIFY(!store->toJson().contains("notBefore"));
}

void TestTrust::addReplaces()
{
    auto store = TrustStore::parse("[" + good + "]", u"trust.json"_s);
    QVERIFY(store);
    engine::TrustedKey key = store->keys().first();
    key.name = u"new name"_s;
    const auto other = engine::SigningKey::generate();
    QVERIFY(other);

    store->add(key);
    store->add({other->publicKey(), u"other"_s, {u"approver"_s}, {}, {}, {}, {}});

    QCOMPARE(store->keys().size(), 2);
    QCOMPARE(store->keys().first().name, u"new name"_s);
    QCOMPARE(store->keys().last().name, u"other"_s);
}

void TestTrust::loadsAndSaves()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"config/trust.json"_s);
    QVERIFY(TrustStore::load(path)->keys().isEmpty()); // No file is an empty store.
    const auto store = TrustStore::parse("[" + good + "]", u"trust.json"_s);

    QVERIFY(store->save(path));
    QCOMPARE(TrustStore::load(path)->toJson(), store->toJson());

    QFile broken(path);
    QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("[") == 1);
    broken.close();
    QCOMPARE(TrustStore::load(path).error().where.file, path);
    QCOMPARE(toString(TrustStore::load(folder.path()).error().code), toString(ErrorCode::Io)); // A folder.
}

QTEST_GUILESS_MAIN(TestTrust)
#include "tst_trust.moc"
