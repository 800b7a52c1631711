#include "engine/security/passphrase_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::readPassphraseFile;

class TestPassphraseFile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void refusesWhatOthersCanRead();
    void readsAPipe();
};

static constexpr QFile::Permissions ownerOnly = QFile::ReadOwner | QFile::WriteOwner;

static QString written(const QTemporaryDir &folder, const QByteArray &content, QFile::Permissions permissions)
{
    QFile file(folder.filePath(u"pass"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()
        || !file.setPermissions(permissions))
        qFatal("cannot write %s", qPrintable(file.fileName()));
    return file.fileName();
}

void TestPassphraseFile::reads_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("passphrase");
    QTest::newRow("a line") << QByteArray("correct horse\n") << QByteArray("correct horse");
    QTest::newRow("no line end") << QByteArray("correct horse") << QByteArray("correct horse");
    QTest::newRow("of Windows") << QByteArray("correct horse\r\n") << QByteArray("correct horse");
    QTest::newRow("spaces count") << QByteArray(" a b \n") << QByteArray(" a b ");
    QTest::newRow("any bytes") << QByteArray("\xff\0x", 3) << QByteArray("\xff\0x", 3);
    QTest::newRow("longest") << QByteArray(1024, 'x') + "\r\n" << QByteArray(1024, 'x');
}

void TestPassphraseFile::reads()
{
    QFETCH(QByteArray, content);
    QFETCH(QByteArray, passphrase);
    const QTemporaryDir folder;

    const auto read = readPassphraseFile(written(folder, content, ownerOnly));

    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QCOMPARE(read->view().toByteArray(), passphrase);
}

void TestPassphraseFile::refuses_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("error");
    QTest::newRow("nothing") << QByteArray() << u"is empty"_s;
    QTest::newRow("an empty line") << QByteArray("\n") << u"is empty"_s;
    QTest::newRow("two lines") << QByteArray("one\ntwo\n") << u"has more than one line"_s;
    QTest::newRow("an empty second line") << QByteArray("one\n\n") << u"has more than one line"_s;
    QTest::newRow("too long") << QByteArray(1025, 'x') << u"has more than 1024 bytes"_s;
    QTest::newRow("much too long") << QByteArray(5000, 'x') << u"has more than 1024 bytes"_s;
}

void TestPassphraseFile::refuses()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    const QString path = written(folder, content, ownerOnly);

    const auto read = readPassphraseFile(path);

    QVERIFY(!read);
    QCOMPARE(toString(read.error().code), toString(ErrorCode::InvalidInput));
    QCOMPARE(read.error().message, u"the passphrase file \"%1\" %2"_s.arg(path, error));
}

void TestPassphraseFile::refusesWhatOthersCanRead()
{
    const QTemporaryDir folder;
    const QString path = written(folder, "correct horse\n", ownerOnly | QFile::ReadOther);

    const auto open = readPassphraseFile(path);
    QVERIFY(!open);
    QCOMPARE(toString(open.error().code), toString(ErrorCode::Io));
    QCOMPARE(
        open.error().message,
        u"the passphrase file \"%1\" is open to others than its owner; its mode must be 0600"_s.arg(path));

    const auto missing = readPassphraseFile(path + u".no"_s);
    QVERIFY(!missing);
    QCOMPARE(missing.error().message,
             u"cannot read the passphrase file \"%1.no\": No such file or directory"_s.arg(path));
    const auto isFolder = readPassphraseFile(folder.path());
    QVERIFY(!isFolder);
    QCOMPARE(toString(isFolder.error().code), toString(ErrorCode::Io));
}

void TestPassphraseFile::readsAPipe()
{
    int ends[2] = {};
    QCOMPARE(::pipe(ends), 0);
    QCOMPARE(::write(ends[1], "correct horse\n", 14), 14);
    ::close(ends[1]);

    const auto read = readPassphraseFile(u"/dev/fd/%1"_s.arg(ends[0]));

    ::close(ends[0]);
    QVERIFY2(read, read ? "" : qPrintable(read.error().message));
    QCOMPARE(read->view().toByteArray(), "correct horse");
}

QTEST_GUILESS_MAIN(TestPassphraseFile)
#include "tst_passphrase_file.moc"
