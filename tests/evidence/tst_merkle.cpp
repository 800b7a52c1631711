#include "engine/base/json.h"
#include "tests/support/test_log.h"

#include <QDirIterator>
#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::merkle::TreeHead;
using test::TestLog;

namespace merkle = engine::merkle;

class TestMerkle : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void provesEveryLeaf();
    void provesEveryGrowth();
    void knowsPublishedRoot();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void publishedProofs_data();
    void publishedProofs();
};

namespace {

constexpr quint64 most = 33;

TestLog filledLog()
{
    TestLog log(u"log"_s, *engine::SigningKey::generate(), TestLog::Second);
    for (quint64 i = 0; i < most; ++i)
        log.append("leaf " + QByteArray::number(i));
    return log;
}

QString messageOf(const engine::Result<> &result)
{
    return result ? u"good"_s : result.error().message;
}

QByteArray bytesOf(const QJsonValue &value)
{
    return QByteArray::fromBase64(value.toString().toLatin1());
}

} // namespace

void TestMerkle::provesEveryLeaf()
{
    const TestLog log = filledLog();
    for (quint64 size = 1; size <= most; ++size) {
        const TreeHead tree{size, log.root(size)};
        for (quint64 i = 0; i < size; ++i) {
            const QByteArray leaf = merkle::leafHash("leaf " + QByteArray::number(i));
            const QList<QByteArray> proof = log.inclusion(i, size);
            QCOMPARE(messageOf(merkle::checkInclusion(i, leaf, proof, tree)), u"good"_s);
            for (quint64 other = 0; other <= size; ++other)
                QCOMPARE(bool(merkle::checkInclusion(other, leaf, proof, tree)), other == i);
            for (qsizetype hash = 0; hash < proof.size(); ++hash) {
                auto changed = proof;
                changed[hash][0] = char(changed.at(hash).at(0) ^ 1);
                QCOMPARE(messageOf(merkle::checkInclusion(i, leaf, changed, tree)),
                         u"the proof leads to another root"_s);
            }
        }
    }
}

void TestMerkle::provesEveryGrowth()
{
    const TestLog log = filledLog();
    for (quint64 later = 1; later <= most; ++later) {
        for (quint64 earlier = 1; earlier <= later; ++earlier) {
            const TreeHead from{earlier, log.root(earlier)};
            const TreeHead to{later, log.root(later)};
            const QList<QByteArray> proof = log.consistency(earlier, later);
            QCOMPARE(messageOf(merkle::checkConsistency(from, to, proof)), u"good"_s);
            for (qsizetype hash = 0; hash < proof.size(); ++hash) {
                auto changed = proof;
                changed[hash][31] = char(changed.at(hash).at(31) ^ 0x80);
                QVERIFY(!merkle::checkConsistency(from, to, changed));
            }
            auto other = from;
            other.root[0] = char(other.root.at(0) ^ 1);
            QVERIFY(!merkle::checkConsistency(other, to, proof));
        }
    }
}

void TestMerkle::knowsPublishedRoot()
{
    // The tree of seven leaves in RFC 6962 section 2.1.3 with the leaves of the reference implementation.
    TestLog log(u"log"_s, *engine::SigningKey::generate(), TestLog::Second);
    for (const char *leaf :
         {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
        log.append(QByteArray::fromHex(leaf));
    QCOMPARE(merkle::leafHash({}).toHex(),
             QByteArray("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
    QCOMPARE(log.root(8).toHex(),
             QByteArray("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"));
}

void TestMerkle::saysWhatIsWrong_data()
{
    QTest::addColumn<QString>("found");
    QTest::addColumn<QString>("message");
    const TestLog log = filledLog();
    const TreeHead five{5, log.root(5)};
    const TreeHead eight{8, log.root(8)};
    const QByteArray leaf = merkle::leafHash("leaf 2");
    const QList<QByteArray> proof = log.inclusion(2, 5);
    const QList<QByteArray> growth = log.consistency(5, 8);
    const auto row = [](const char *name, const engine::Result<> &result, const QString &message) {
        QTest::newRow(name) << messageOf(result) << message;
    };

    row("index", merkle::checkInclusion(5, leaf, proof, five), u"the leaf 5 is not in a tree of 5 leaves"_s);
    row("empty tree", merkle::checkInclusion(0, leaf, {}, {0, five.root}),
        u"the leaf 0 is not in a tree of 0 leaves"_s);
    row("leaf's length", merkle::checkInclusion(2, leaf.left(31), proof, five),
        u"the leaf's hash has 31 bytes, not 32"_s);
    row("root's length", merkle::checkInclusion(2, leaf, proof, {5, "x"}), u"the root has 1 bytes, not 32"_s);
    row("hash's length", merkle::checkInclusion(2, leaf, {proof.at(0), "", proof.at(2)}, five),
        u"hash 1 of the proof has 0 bytes, not 32"_s);
    row("too long", merkle::checkInclusion(2, leaf, proof + proof, five),
        u"the proof is longer than the tree is high"_s);
    row("too short", merkle::checkInclusion(2, leaf, proof.first(2), five),
        u"the proof is shorter than the tree is high"_s);
    row("other leaf", merkle::checkInclusion(2, merkle::leafHash("x"), proof, five),
        u"the proof leads to another root"_s);
    row("from nothing", merkle::checkConsistency({0, five.root}, eight, {}),
        u"nothing can be said of an empty tree"_s);
    row("shrunk", merkle::checkConsistency(eight, five, growth),
        u"a tree of 8 leaves does not become one of 5"_s);
    row("same, with a proof", merkle::checkConsistency(five, five, growth),
        u"the proof is longer than the tree is high"_s);
    row("forked", merkle::checkConsistency(five, {5, eight.root}, {}),
        u"two trees of 5 leaves have different roots"_s);
    row("no proof", merkle::checkConsistency(five, eight, {}),
        u"the proof is shorter than the tree is high"_s);
    row("rewritten", merkle::checkConsistency({5, eight.root}, eight, growth),
        u"the proof leads to another earlier root"_s);
    row("another future", merkle::checkConsistency(five, {8, five.root}, growth),
        u"the proof leads to another later root"_s);
}

void TestMerkle::saysWhatIsWrong()
{
    QFETCH(QString, found);
    QFETCH(QString, message);
    QCOMPARE(found, message);
}

void TestMerkle::publishedProofs_data()
{
    const QString folder = QStringLiteral(SOURCE_DIR "/../shared/vectors/merkle");
    if (!QFile::exists(folder))
        QSKIP("the published Merkle proofs are not on this machine");
    QTest::addColumn<QJsonObject>("one");
    QDirIterator files(folder, {u"*.json"_s}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto json = engine::parseJsonObject(file.readAll());
        QVERIFY(json);
        QTest::newRow(qPrintable(file.fileName().mid(folder.size() + 1))) << *json;
    }
}

void TestMerkle::publishedProofs()
{
    QFETCH(QJsonObject, one);
    QList<QByteArray> proof;
    for (const QJsonValue hash : one[u"proof"_s].toArray())
        proof += bytesOf(hash);
    // One below 0 stands there as 2^64-1, which JSON's numbers do not hold exactly.
    const auto number = [&](const QString &name) { return quint64(one[name].toInteger(-1)); };

    const auto result = one.contains(u"size1"_s)
                            ? merkle::checkConsistency({number(u"size1"_s), bytesOf(one[u"root1"_s])},
                                                       {number(u"size2"_s), bytesOf(one[u"root2"_s])}, proof)
                            : merkle::checkInclusion(number(u"leafIdx"_s), bytesOf(one[u"leafHash"_s]), proof,
                                                     {number(u"treeSize"_s), bytesOf(one[u"root"_s])});

    // Of those that count as good, ours refuses what stands on no 32-byte hash or on an empty tree.
    const bool isOurs =
        !one.contains(u"size1"_s) || (number(u"size1"_s) >= 1 && bytesOf(one[u"root1"_s]).size() == 32);
    const bool isRootOurs = one.contains(u"size1"_s) || bytesOf(one[u"root"_s]).size() == 32;
    QCOMPARE(bool(result), !one[u"wantErr"_s].toBool() && isOurs && isRootOurs);
}

QTEST_GUILESS_MAIN(TestMerkle)
#include "tst_merkle.moc"
