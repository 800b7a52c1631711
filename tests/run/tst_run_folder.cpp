#include "engine/base/digest.h"
#include "engine/run/run_folder.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestRunFolder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void saysWhereThingsAre();
    void stagesInputs();
    void refusesAFileThatChanged_data();
    void refusesAFileThatChanged();
    void failsWithoutAPlace();

private:
    QString path(const QString &relative) const { return m_folder->filePath(relative); }
    void put(const QString &relative, const QByteArray &bytes) const;
    QByteArray contentOf(const QString &path) const;
    BoundInputs inputs() const; ///< A text and the files "one" and "two", as bound.

    const RunId m_run = *parseRunId(u"run_01KG0000000000000000000001"_s);
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestRunFolder::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    put(u"one.txt"_s, "first");
    put(u"two.txt"_s, "second");
}

void TestRunFolder::put(const QString &relative, const QByteArray &bytes) const
{
    QFile file(path(relative));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray TestRunFolder::contentOf(const QString &path) const
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : "<cannot be opened>"_ba;
}

BoundInputs TestRunFolder::inputs() const
{
    BoundInputs bound;
    bound.values = {{u"text"_s, u"é"_s},
                    {u"one"_s, QJsonObject{{u"name"_s, u"one.txt"_s},
                                           {u"sha256"_s, sha256Hex("first")},
                                           {u"size"_s, 5},
                                           {u"path"_s, u"inputs/one/one.txt"_s}}},
                    {u"two"_s, QJsonObject{{u"name"_s, u"two.txt"_s},
                                           {u"sha256"_s, sha256Hex("second")},
                                           {u"size"_s, 6},
                                           {u"path"_s, u"inputs/two/two.txt"_s}}}};
    bound.files = {{u"one"_s, path(u"one.txt"_s)}, {u"two"_s, path(u"two.txt"_s)}};
    return bound;
}

void TestRunFolder::saysWhereThingsAre()
{
    const RunFolder folder(u"/data"_s, m_run);
    QCOMPARE(folder.dataDir(), u"/data"_s);
    QCOMPARE(folder.workspace(), u"/data/runs/%1/workspace"_s.arg(m_run.value));
    QCOMPARE(folder.inputsFile(), u"/data/runs/%1/inputs.json"_s.arg(m_run.value));
    QCOMPARE(folder.attempt(12), u"/data/runs/%1/attempts/12"_s.arg(m_run.value));
}

void TestRunFolder::stagesInputs()
{
    const RunFolder folder(path(u"data"_s), m_run);
    const auto made = folder.create(inputs());
    QVERIFY2(made, made ? "" : qPrintable(made.error().message));
    QCOMPARE(contentOf(folder.workspace() + u"/inputs/one/one.txt"_s), "first"_ba);
    QCOMPARE(contentOf(folder.workspace() + u"/inputs/two/two.txt"_s), "second"_ba);
    const QString file = uR"({"name":"%1.txt","path":"inputs/%1/%1.txt","sha256":"%2","size":%3})"_s;
    QCOMPARE(
        QString::fromUtf8(contentOf(folder.inputsFile())),
        u"{\"one\":%1,\"text\":\"é\",\"two\":%2}"_s.arg(file.arg(u"one"_s, sha256Hex("first"), u"5"_s),
                                                        file.arg(u"two"_s, sha256Hex("second"), u"6"_s)));
    // A copy, not the file itself.
    put(u"one.txt"_s, "changed later");
    QCOMPARE(contentOf(folder.workspace() + u"/inputs/one/one.txt"_s), "first"_ba);

    const RunFolder empty(path(u"data"_s), *parseRunId(u"run_01KG0000000000000000000002"_s));
    QVERIFY(empty.create({}));
    QCOMPARE(contentOf(empty.inputsFile()), "{}"_ba);
    QVERIFY(QDir(empty.workspace()).exists() && QDir(empty.workspace()).isEmpty());
}

void TestRunFolder::refusesAFileThatChanged_data()
{
    QTest::addColumn<bool>("gone");
    QTest::newRow("changed") << false;
    QTest::newRow("gone") << true;
}

void TestRunFolder::refusesAFileThatChanged()
{
    QFETCH(bool, gone);

    const BoundInputs bound = inputs();
    const RunFolder folder(path(u"data"_s), m_run);
    if (gone)
        QVERIFY(QFile::remove(path(u"two.txt"_s)));
    else
        put(u"two.txt"_s, "Second"); // As long as before.
    const auto made = folder.create(bound);
    QVERIFY(!made);
    QCOMPARE(toString(made.error().code), toString((gone ? ErrorCode::Io : ErrorCode::Conflict)));
    QCOMPARE(made.error().message,
             gone ? u"cannot copy \"%1\": No such file or directory"_s.arg(path(u"two.txt"_s))
                  : u"file \"%1\" was changed after the run was planned"_s.arg(path(u"two.txt"_s)));
    QVERIFY(QDir(path(u"data/runs"_s)).isEmpty());
    QCOMPARE(contentOf(path(u"one.txt"_s)), "first"_ba);
}

void TestRunFolder::failsWithoutAPlace()
{
    put(u"data"_s, "a file in the way");
    const RunFolder folder(path(u"data"_s), m_run);
    const auto made = folder.create(inputs());
    QVERIFY(!made);
    QCOMPARE(toString(made.error().code), toString(ErrorCode::Io));
    QCOMPARE(made.error().message, u"cannot make \"%1\": no permission or no room"_s.arg(folder.workspace()));
    QCOMPARE(contentOf(path(u"data"_s)), "a file in the way"_ba);
}

QTEST_APPLESS_MAIN(TestRunFolder)
#include "tst_run_folder.moc"
