#include "engine/local/data_dir.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::DataDir;
using engine::ErrorCode;

class TestDataDir : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void namesTheOwner();
    void isNotPutOffByOneThatLetsGo();
    void saysThatALockCannotBeRead();
};

void TestDataDir::namesTheOwner()
{
    const QTemporaryDir folder;
    auto owner = DataDir::open(folder.path());
    auto other = DataDir::open(folder.path());
    QVERIFY(owner && other);
    QVERIFY(owner->lock(0ms));
    const auto refused = other->lock(0ms);
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::InUse);
    QCOMPARE(
        refused.error().message,
        u"the data directory \"%1\" is used by tst_data_dir, process %2 on %3"_s.arg(
            folder.path(), QString::number(QCoreApplication::applicationPid()), QSysInfo::machineHostName()));
    owner->unlock();
    QVERIFY(other->lock(0ms));
}

/// One that holds the lock may let go of it between the try and the look at who holds it.
void TestDataDir::isNotPutOffByOneThatLetsGo()
{
    const QTemporaryDir folder;
    std::atomic<bool> isDone = false;
    std::thread busy([&] {
        auto dir = DataDir::open(folder.path());
        while (!isDone) {
            (void)dir->lock(0ms);
            dir->unlock();
        }
    });
    auto dir = DataDir::open(folder.path());
    QStringList wrong;
    for (int i = 0; i < 3000; ++i) {
        const auto locked = dir->lock(0ms);
        if (!locked && locked.error().code != ErrorCode::InUse)
            wrong += locked.error().message;
        dir->unlock();
    }
    isDone = true;
    busy.join();
    QCOMPARE(wrong, QStringList());
}

void TestDataDir::saysThatALockCannotBeRead()
{
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir(u"lock"_s)); // Neither a lock nor a free place for one.
    auto dir = DataDir::open(folder.path());
    const auto locked = dir->lock(0ms);
    QVERIFY(!locked);
    QVERIFY(locked.error().code == ErrorCode::Io);
    QCOMPARE(locked.error().message, u"cannot write to the data directory \"%1\""_s.arg(folder.path()));
}

QTEST_GUILESS_MAIN(TestDataDir)
#include "tst_data_dir.moc"
