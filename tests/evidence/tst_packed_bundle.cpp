#include "engine/evidence/packed_bundle.h"
#include "tests/support/sample_run.h"

#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::Headline;
using engine::VerificationReport;
using test::SampleRun;

namespace {

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QString containerOf(const VerificationReport &report)
{
    return report.checks.first().detail;
}

} // namespace

/// packBundle(), and the verification of what it wrote.
class TestPackedBundle : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void isVerifiedLikeTheBundleInside();
    void changesInsideAreFound();
    void damage_data();
    void damage();
    void everyByteMatters();
    void growsOnlySoMuch();
    void saysWhatCannotBeWritten();

private:
    QString file(const QString &name) const { return m_run.folder.filePath(name); }

    SampleRun m_run;
    QString m_bundle;
    QString m_packed;
    QByteArray m_bytes; ///< Of the packed one.
};

void TestPackedBundle::initTestCase()
{
    m_bundle = m_run.write();
    m_packed = m_bundle + u".zst"_s;
    const auto packed = engine::packBundle(m_bundle, m_packed);
    QVERIFY2(packed, packed ? "" : qPrintable(packed.error().toString()));
    m_bytes = bytesOf(m_packed);
    QVERIFY(m_bytes.size() < bytesOf(m_bundle).size() / 2);
}

void TestPackedBundle::isVerifiedLikeTheBundleInside()
{
    const VerificationReport plain = m_run.verify(m_bundle);
    VerificationReport packed = m_run.verify(m_packed);

    QCOMPARE(toString(packed.headline), u"good"_s);
    QVERIFY(!packed.bundleSha256.isEmpty());
    QCOMPARE(packed.bundlePath, m_packed);
    packed.bundlePath = plain.bundlePath;
    QVERIFY(packed == plain); // The digest is that of the bundle inside.
}

void TestPackedBundle::changesInsideAreFound()
{
    QByteArray bytes = bytesOf(m_bundle);
    bytes[5000] = char(bytes[5000] ^ 1);
    const QString changed = file(u"changed.tar"_s);
    write(changed, bytes);
    QVERIFY(engine::packBundle(changed, changed + u".zst"_s));

    const VerificationReport plain = m_run.verify(changed);
    VerificationReport packed = m_run.verify(changed + u".zst"_s);

    QCOMPARE(toString(packed.headline), u"tampered"_s);
    packed.bundlePath = plain.bundlePath;
    QVERIFY(packed == plain);
}

void TestPackedBundle::damage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("detail");

    QTest::newRow("cut") << m_bytes.left(m_bytes.size() / 2) << u"the Zstandard data is cut off"_s;
    QTest::newRow("last byte is missing") << m_bytes.chopped(1) << u"the Zstandard data is cut off"_s;
    QTest::newRow("only the beginning") << m_bytes.left(4) << u"the Zstandard data is cut off"_s;
    QTest::newRow("garbage behind") << m_bytes + "garbage" << u"the Zstandard data is damaged"_s;
    QByteArray block = m_bytes;
    block.replace(8, 32, QByteArray(32, '\xff'));
    QTest::newRow("broken block") << block << u"the Zstandard data is damaged"_s;
}

void TestPackedBundle::damage()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, detail);
    const QString path = file(u"damaged.tar.zst"_s);
    write(path, bytes);

    const VerificationReport report = m_run.verify(path);

    QCOMPARE(containerOf(report), detail);
    QCOMPARE(toString(report.headline), u"not-checkable"_s);
    QCOMPARE(report.bundleSha256, QString());
}

/// What is changed in the compressed bytes either does not reach the bundle or is found.
void TestPackedBundle::everyByteMatters()
{
    const QString path = file(u"flipped.tar.zst"_s);
    const QString digest = m_run.verify(m_bundle).bundleSha256;
    int good = 0;
    for (qsizetype at = 0; at < m_bytes.size(); at += 1 + m_bytes.size() / 500) {
        QByteArray bytes = m_bytes;
        bytes[at] = char(bytes[at] ^ 0x10);
        write(path, bytes);
        const VerificationReport report = m_run.verify(path);
        if (report.headline != Headline::Good)
            continue;
        QCOMPARE(report.bundleSha256, digest);
        ++good;
    }
    QVERIFY(good < 5); // In the frame's header are bits that mean nothing.
}

void TestPackedBundle::growsOnlySoMuch()
{
    const QString bomb = file(u"bomb.tar"_s);
    QByteArray bytes = bytesOf(m_bundle);
    write(bomb, bytes + QByteArray(80 * 1024 * 1024, '\0'));
    QVERIFY(engine::packBundle(bomb, bomb + u".zst"_s));
    engine::VerifyOptions options;
    options.limits.maxRatio = 100;

    const auto report = engine::verifyBundle(bomb + u".zst"_s, m_run.trust, m_run.now, options);

    QVERIFY(report);
    QCOMPARE(containerOf(*report), u"the bundle grows to more than 100 times its size"_s);
    QCOMPARE(toString(report->headline), u"not-checkable"_s);
}

void TestPackedBundle::saysWhatCannotBeWritten()
{
    const auto missing = engine::packBundle(file(u"none.tar"_s), file(u"none.tar.zst"_s));
    QVERIFY(!missing);
    QCOMPARE(missing.error().message, u"there is no file \"%1\""_s.arg(file(u"none.tar"_s)));

    const QString nowhere = file(u"no/such/folder.tar.zst"_s);
    const auto refused = engine::packBundle(m_bundle, nowhere);
    QVERIFY(!refused);
    QCOMPARE(toString(refused.error().code), u"io"_s);
    QVERIFY2(refused.error().message.startsWith(u"cannot write \"%1\": "_s.arg(nowhere)),
             qPrintable(refused.error().message));

    const auto folder = engine::packBundle(m_bundle, m_run.folder.path());
    QVERIFY(!folder);
    QCOMPARE(folder.error().message,
             u"cannot write \"%1\": this is not a regular file"_s.arg(m_run.folder.path()));
}

QTEST_GUILESS_MAIN(TestPackedBundle)
#include "tst_packed_bundle.moc"
