#include "tests/support/test_log.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::LogEntry;
using engine::SigningKey;
using test::TestLog;

using Change = std::function<void(LogEntry &)>;
Q_DECLARE_METATYPE(Change)

class TestLogEntry : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void accepts_data();
    void accepts();
    void readsOtherSpellings();
    void refuses_data();
    void refuses();
    void parseRefuses_data();
    void parseRefuses();

private:
    TestLog filled(TestLog::Generation generation) const
    {
        TestLog log(u"log.example"_s, m_logKey, generation);
        for (const char *leaf : {"a", "b", "c"})
            log.append(leaf);
        return log;
    }

    /// "proof: ...", "subject: ...", "log: ..." or "good".
    QString judge(const LogEntry &entry, const TestLog &log) const
    {
        if (const auto found = engine::checkInclusion(entry); !found)
            return u"proof: "_s + found.error().message;
        if (const auto found = engine::checkSubject(entry, m_envelope, m_signer.publicKey()); !found)
            return u"subject: "_s + found.error().message;
        if (const auto found = engine::checkLogSignatures(entry, log.logKey()); !found)
            return u"log: "_s + found.error().message;
        return u"good"_s;
    }

    SigningKey m_logKey = *SigningKey::generate();
    SigningKey m_signer = *SigningKey::generate();
    engine::DsseEnvelope m_envelope;
};

void TestLogEntry::init()
{
    m_envelope = *engine::signDsse(engine::packRunPayloadType, R"({"a":1})", m_signer);
}

void TestLogEntry::accepts_data()
{
    QTest::addColumn<bool>("isFirst");
    QTest::newRow("first generation") << true;
    QTest::newRow("second generation") << false;
}

void TestLogEntry::accepts()
{
    QFETCH(bool, isFirst);
    TestLog log = filled(isFirst ? TestLog::First : TestLog::Second);
    const LogEntry entry = log.add(m_envelope, m_signer.publicKey());
    log.append("later");
    const LogEntry later = log.prove(3);

    for (const LogEntry &one : {entry, later}) {
        QCOMPARE(judge(one, log), u"good"_s);
        const auto parsed = LogEntry::parse(one.toJson());
        QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().toString()));
        QCOMPARE(*parsed, one);
    }
    QCOMPARE(later.tree.size, quint64(5));
    if (isFirst)
        QCOMPARE(engine::entryTimestampPayload(entry),
                 R"({"body":")" + entry.body.toBase64() + R"(","integratedTime":1769936400,"logID":")"
                     + m_logKey.publicKey().keyId().toLatin1() + R"(","logIndex":4163434})");
}

void TestLogEntry::readsOtherSpellings()
{
    TestLog log(u"log.example"_s, m_logKey, TestLog::Second);
    const LogEntry entry = log.add(m_envelope, m_signer.publicKey());
    QByteArray json = entry.toJson();
    QVERIFY(json.contains(R"("hashes":[],)"));
    json.replace(R"("hashes":[],)", "")
        .replace(R"("logIndex":"0",)", "")
        .replace(R"("treeSize":"1")", R"("treeSize":1)");
    json.replace(R"("integratedTime":"0",)", R"("inclusionPromise":null,)");

    const auto parsed = LogEntry::parse(json);

    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().toString()));
    QCOMPARE(*parsed, entry);
}

void TestLogEntry::refuses_data()
{
    QTest::addColumn<bool>("isFirst");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("verdict");
    const auto row = [](const char *name, bool isFirst, const Change &change, const QString &verdict) {
        QTest::newRow(name) << isFirst << change << verdict;
    };
    // Of one size and shape with those that the entries have.
    const auto reprove = [this](LogEntry &entry, TestLog::Generation generation, const QByteArray &body) {
        TestLog log = filled(generation);
        const LogEntry other = log.prove(log.append(body));
        const QString kind = entry.kind;
        const QString version = entry.version;
        entry = other;
        entry.kind = kind;
        entry.version = version;
    };
    const auto ofOther = [=, this](LogEntry &entry, TestLog::Generation generation,
                                   const std::function<void(engine::DsseEnvelope &)> &bend) {
        engine::DsseEnvelope other = m_envelope;
        bend(other);
        reprove(entry, generation, test::logBody(generation, other, m_signer.publicKey()));
    };

    row(
        "another hash in the proof", false, [](LogEntry &entry) { entry.hashes[0] = QByteArray(32, 'x'); },
        u"proof: the entry is not in the log: the proof leads to another root"_s);
    row(
        "another place", false, [](LogEntry &entry) { entry.proofIndex = 2; },
        u"proof: the entry is not in the log: the proof leads to another root"_s);
    row(
        "another body", true, [](LogEntry &entry) { entry.body += ' '; },
        u"proof: the entry is not in the log: the proof leads to another root"_s);
    row(
        "another tree", true, [](LogEntry &entry) { entry.tree.size = 3; },
        u"proof: the proof is for another tree than that of the checkpoint"_s);
    row(
        "no checkpoint", true, [](LogEntry &entry) { entry.checkpoint = "log.example\n"; },
        u"proof: the checkpoint: a note is text, an empty line and signatures"_s);
    row(
        "no tree in the checkpoint", true,
        [this](LogEntry &entry) {
            auto note = filled(TestLog::First).checkpoint();
            note.text = "log\n";
            entry.checkpoint = note.toBytes();
        },
        u"proof: the checkpoint: a checkpoint has three lines or more: origin, size and root"_s);
    for (const bool isFirst : {true, false}) {
        const auto generation = isFirst ? TestLog::First : TestLog::Second;
        row(
            isFirst ? "first: another payload" : "second: another payload", isFirst,
            [=](LogEntry &entry) {
                ofOther(entry, generation, [](engine::DsseEnvelope &other) { other.payload += ' '; });
            },
            u"subject: the entry is about another payload than that of this bundle"_s);
        row(
            isFirst ? "first: another signature" : "second: another signature", isFirst,
            [=](LogEntry &entry) {
                ofOther(entry, generation,
                        [](engine::DsseEnvelope &other) { other.signatures[0].signature = "sig"; });
            },
            u"subject: the entry is about another signature than that of this bundle"_s);
        row(
            isFirst ? "first: another key" : "second: another key", isFirst,
            [=, this](LogEntry &entry) {
                reprove(entry, generation,
                        test::logBody(generation, m_envelope, SigningKey::generate()->publicKey()));
            },
            u"subject: the entry is about another signature than that of this bundle"_s);
        row(
            isFirst ? "first: not the log's key" : "second: not the log's key", isFirst,
            [=](LogEntry &entry) {
                TestLog log(u"log.example"_s, *SigningKey::generate(), generation);
                entry.checkpoint = log.note(log.origin(), entry.tree).toBytes();
            },
            u"log: the checkpoint does not name the key KEY of \"log.example\""_s);
        row(
            isFirst ? "first: signature is not of this text" : "second: signature is not of this text",
            isFirst,
            [](LogEntry &entry) {
                auto note = *engine::SignedNote::parse(entry.checkpoint);
                note.text += "more\n";
                entry.checkpoint = note.toBytes();
            },
            u"log: the checkpoint is not signed by the key of \"log.example\""_s);
    }
    row(
        "another type of payload", false,
        [=](LogEntry &entry) {
            ofOther(entry, TestLog::Second, [](engine::DsseEnvelope &other) { other.payloadType += u'x'; });
        },
        u"subject: the entry is about another payload than that of this bundle"_s);
    row(
        "kind differs", true, [](LogEntry &entry) { entry.kind = u"intoto"_s; },
        u"subject: the entry says that it is intoto 0.0.1, its body is dsse 0.0.1"_s);
    row(
        "unknown kind", true,
        [=](LogEntry &entry) {
            reprove(entry, TestLog::First, R"({"apiVersion":"0.0.9","kind":"tea"})");
            entry.kind = u"tea"_s;
            entry.version = u"0.0.9"_s;
        },
        u"subject: entries of kind \"tea\" 0.0.9 cannot be checked here"_s);
    row(
        "body is no JSON", true, [=](LogEntry &entry) { reprove(entry, TestLog::First, "tea"); },
        u"subject: the entry's body: 1:1: expected a value, found \"t\""_s);
    row(
        "origin is of another log", true,
        [this](LogEntry &entry) {
            entry.checkpoint = filled(TestLog::First).note(u"log.example.org"_s, entry.tree).toBytes();
        },
        u"log: the checkpoint of \"log.example\" is of the log \"log.example.org\""_s);
    row(
        "another time", true, [](LogEntry &entry) { ++entry.integratedTimeSeconds; },
        u"log: the entry's timestamp is not signed by the key of \"log.example\""_s);
    row(
        "another index", true, [](LogEntry &entry) { ++entry.logIndex; },
        u"log: the entry's timestamp is not signed by the key of \"log.example\""_s);
    row(
        "another log's id", true,
        [this](LogEntry &entry) {
            entry.logId[0] = char(entry.logId.at(0) ^ 1);
            filled(TestLog::First).resign(entry);
        },
        u"log: the entry's timestamp is not signed by the key of \"log.example\""_s);
}

void TestLogEntry::refuses()
{
    QFETCH(bool, isFirst);
    QFETCH(Change, change);
    QFETCH(QString, verdict);
    TestLog log = filled(isFirst ? TestLog::First : TestLog::Second);
    LogEntry entry = log.add(m_envelope, m_signer.publicKey());
    QCOMPARE(judge(entry, log), u"good"_s);

    change(entry);

    QCOMPARE(judge(entry, log).replace(m_logKey.publicKey().keyId(), u"KEY"_s), verdict);
}

void TestLogEntry::parseRefuses_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("error");
    TestLog log = filled(TestLog::First);
    const QByteArray good = log.add(*engine::signDsse(u"t"_s, "{}", m_signer), m_signer.publicKey()).toJson();
    const auto row = [&](const char *name, const QByteArray &before, const QByteArray &after,
                         const QString &error) {
        QByteArray json = good;
        QVERIFY2(json.contains(before), name);
        QTest::newRow(name) << json.replace(before, after) << error;
    };

    QTest::newRow("no object") << QByteArray("[]") << u"this must be an object"_s;
    QTest::newRow("too large") << QByteArray(256 * 1024 + 1, ' ')
                               << u"1:1: text has 262145 bytes; at most 262144 are read"_s;
    row("unknown member", R"("logIndex":"4163434")", R"("logIndx":"1")",
        u"/logIndx: unknown member \"logIndx\"; did you mean \"logIndex\"?"_s);
    row("not decimal", R"("logIndex":"4163434")", R"("logIndex":"0x1")",
        u"/logIndex: \"logIndex\" must be a decimal number below 2^63"_s);
    row("negative", R"("logIndex":"4163434")", R"("logIndex":-1)",
        u"/logIndex: \"logIndex\" must be a decimal number below 2^63"_s);
    row("leading zero", R"("logIndex":"4163434")", R"("logIndex":"01")",
        u"/logIndex: \"logIndex\" must be a decimal number below 2^63"_s);
    row("too large a number", R"("treeSize":"4")", R"("treeSize":"9223372036854775808")",
        u"/inclusionProof/treeSize: \"treeSize\" must be a decimal number below 2^63"_s);
    row("no base64", R"("hashes":[")", R"("hashes":["*)",
        u"/inclusionProof/hashes/0: this must be bytes in strict base64"_s);
    row("too many hashes", R"("hashes":[)", R"("hashes":[)" + QByteArray("\"YQ==\",").repeated(64),
        u"/inclusionProof/hashes: there are 66 hashes, at most 64 are read"_s);
    row("no checkpoint", R"("checkpoint":{)", R"("checkpoint":[],"x":{)",
        u"/inclusionProof/x: unknown member \"x\""_s);
    row("kind is empty", R"("kind":"dsse")", R"("kind":"")",
        u"/kindVersion/kind: \"kind\" must be text that is not empty"_s);
    row("promise without a signature", R"("inclusionPromise":{)", R"("inclusionPromise":{"x":1,)",
        u"/inclusionPromise/x: unknown member \"x\""_s);
}

void TestLogEntry::parseRefuses()
{
    QFETCH(QByteArray, json);
    QFETCH(QString, error);
    const auto entry = LogEntry::parse(json);
    QVERIFY(!entry);
    QCOMPARE(entry.error().toString(), error);
}

QTEST_GUILESS_MAIN(TestLogEntry)
#include "tst_log_entry.moc"
