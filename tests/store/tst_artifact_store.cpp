#include "engine/store/artifact_store.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

using namespace Qt::StringLiterals;
using namespace engine;

class TestArtifactStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void contentNamesTheFile_data();
    void contentNamesTheFile();
    void sameContentIsKeptOnce();
    void damagedCopyIsReplaced();
    void sizeLimit_data();
    void sizeLimit();
    void refusesWhatIsNoRegularFile_data();
    void refusesWhatIsNoRegularFile();
    void fullDiskLeavesNothing();
    void twoAtOnce();

private:
    QString source(const QByteArray &bytes) const;
    QStringList files() const; ///< Under the data directory.
    QString dataDir() const { return m_folder->filePath(u"data"_s); }
    QString named(const QString &name) const { return QDir(m_folder->path()).filePath(name); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestArtifactStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

QString TestArtifactStore::source(const QByteArray &bytes) const
{
    QFile file(named(u"source"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write the source");
    return file.fileName();
}

QStringList TestArtifactStore::files() const
{
    QStringList found;
    QDirIterator files(dataDir(), QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (files.hasNext())
        found += QDir(dataDir()).relativeFilePath(files.next());
    return found;
}

static QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : "cannot open "_ba + path.toUtf8();
}

void TestArtifactStore::contentNamesTheFile_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sha256");
    // The first two from FIPS 180-4's examples.
    QTest::newRow("abc") << "abc"_ba << u"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_s;
    QTest::newRow("empty") << QByteArray("")
                           << u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s;
    const QByteArray large = "0123456789abcde\n"_ba.repeated(65536) + "x"; // Larger than one read.
    QTest::newRow("large") << large << sha256Hex(large);
}

void TestArtifactStore::contentNamesTheFile()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sha256);
    const ArtifactStore store(dataDir());

    const auto stored = store.add(source(bytes));

    QVERIFY2(stored, stored ? "" : qPrintable(stored.error().message));
    QCOMPARE(stored->path, u"artifacts/sha256/%1/%2"_s.arg(sha256.first(2), sha256.sliced(2)));
    QCOMPARE(stored->digest, (FileDigest{sha256, bytes.size()}));
    QCOMPARE(store.absolutePath(stored->path), dataDir() + u'/' + stored->path);
    QCOMPARE(contentOf(store.absolutePath(stored->path)), bytes);
    QCOMPARE(files(), QStringList{stored->path});
    struct stat status
    {
    };
    QCOMPARE(::stat(QFile::encodeName(store.absolutePath(stored->path)).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, 0444U);
    QCOMPARE(*store.addBytes(bytes), *stored);
}

void TestArtifactStore::sameContentIsKeptOnce()
{
    const ArtifactStore store(dataDir());
    const auto first = store.add(source("same"_ba));
    const auto second = store.add(source("same"_ba));
    const auto other = store.add(source("other"_ba));
    QCOMPARE(*first, *second);
    QVERIFY(first->path != other->path);
    QCOMPARE(files().size(), 2);
}

void TestArtifactStore::damagedCopyIsReplaced()
{
    const ArtifactStore store(dataDir());
    const auto stored = store.addBytes("right"_ba);
    QFile copy(store.absolutePath(stored->path));
    QVERIFY(copy.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    QVERIFY(copy.open(QIODevice::WriteOnly) && copy.write("wrong") == 5);
    copy.close();

    QCOMPARE(*store.addBytes("right"_ba), *stored);

    QCOMPARE(contentOf(store.absolutePath(stored->path)), "right"_ba);
    QCOMPARE(files().size(), 1);
}

void TestArtifactStore::sizeLimit_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("fits");
    QTest::newRow("smaller") << 999 << true;
    QTest::newRow("just fits") << 1000 << true;
    QTest::newRow("one too many") << 1001 << false;
}

void TestArtifactStore::sizeLimit()
{
    QFETCH(int, size);
    QFETCH(bool, fits);
    const QString file = source(QByteArray(size, 'x'));

    const auto stored = ArtifactStore(dataDir()).add(file, 1000);

    QCOMPARE(bool(stored), fits);
    if (!fits) {
        QCOMPARE(stored.error(), invalid(u"\"%1\" is larger than 1000 bytes"_s.arg(file)));
        QVERIFY(files().isEmpty());
    }
}

void TestArtifactStore::refusesWhatIsNoRegularFile_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("message");
    const QString link = u"\"%1\" is a link; links are not followed"_s;
    const QString irregular = u"\"%1\" is not a regular file"_s;
    QTest::newRow("link to a file") << u"link"_s << u"invalid-input"_s << link;
    QTest::newRow("broken link") << u"broken"_s << u"invalid-input"_s << link;
    QTest::newRow("link to a folder") << u"folder-link"_s << u"invalid-input"_s << link;
    QTest::newRow("folder") << u"folder"_s << u"invalid-input"_s << irregular;
    QTest::newRow("pipe that nobody writes to") << u"pipe"_s << u"invalid-input"_s << irregular;
    QTest::newRow("device") << u"/dev/zero"_s << u"invalid-input"_s << irregular;
    QTest::newRow("missing") << u"missing"_s << u"not-found"_s << u"there is no file \"%1\""_s;
}

void TestArtifactStore::refusesWhatIsNoRegularFile()
{
    QFETCH(QString, name);
    QFETCH(QString, code);
    QFETCH(QString, message);
    const QString target = source("secret"_ba);
    QVERIFY(QDir(m_folder->path()).mkdir(u"folder"_s));
    QVERIFY(QFile::link(target, named(u"link"_s)));
    QVERIFY(QFile::link(named(u"nothing"_s), named(u"broken"_s)));
    QVERIFY(QFile::link(named(u"folder"_s), named(u"folder-link"_s)));
    QCOMPARE(::mkfifo(QFile::encodeName(named(u"pipe"_s)).constData(), 0600), 0);
    const QString file = named(name);

    const auto stored = ArtifactStore(dataDir()).add(file);

    QVERIFY(!stored);
    QCOMPARE(toString(stored.error().code), code);
    QCOMPARE(stored.error().message, message.arg(file));
    QVERIFY(files().isEmpty());
}

void TestArtifactStore::fullDiskLeavesNothing()
{
    const QString file = source(QByteArray(1 << 20, 'x'));
    // A limit on file size fails a write like a full disk does, and needs no disk of its own.
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{1 << 19, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto stored = ArtifactStore(dataDir()).add(file);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);

    QVERIFY(!stored);
    QCOMPARE(stored.error(),
             (Error{ErrorCode::Io, u"cannot store \"%1\": File too large"_s.arg(file), {}, {}}));
    QVERIFY(files().isEmpty());
    QVERIFY(ArtifactStore(dataDir()).add(file));
}

void TestArtifactStore::twoAtOnce()
{
    const QByteArray bytes(3'000'000, 'y');
    const QString file = source(bytes);
    const auto addOften = [&] {
        for (int i = 0; i < 20; ++i) {
            const auto stored = ArtifactStore(dataDir()).add(file);
            if (!stored || contentOf(ArtifactStore(dataDir()).absolutePath(stored->path)) != bytes)
                return false;
        }
        return true;
    };
    bool other = false;
    std::thread thread([&] { other = addOften(); });
    const bool own = addOften();
    thread.join();
    QVERIFY(own);
    QVERIFY(other);
    QCOMPARE(files().size(), 1);
}

QTEST_GUILESS_MAIN(TestArtifactStore)
#include "tst_artifact_store.moc"
