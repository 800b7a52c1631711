#include "tests/support/sample_run.h"

#include <QFile>
#include <QRandomGenerator>
#include <QTest>

#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>

using namespace Qt::StringLiterals;
using engine::Headline;
using test::Member;
using test::SampleRun;

/// Every way to change a bundle without its key is noticed, and called by its name.
class TestTamper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyByteOfASmallBundle();
    void manyBytesOfALargeBundle();
    void files_data();
    void files();
};

namespace {

/// Verifies a bundle with one byte changed, again and again, on as many threads as there are processors.
class ByteSweep
{
public:
    ByteSweep(SampleRun &run, const QString &path)
        : m_run(run)
        , m_path(path)
    {
        QFile file(path);
        if (!file.open(QIODevice::ReadOnly))
            qFatal("cannot read %s", qPrintable(path));
        m_bytes = file.readAll();
    }

    qsizetype size() const { return m_bytes.size(); }

    /// Says which changes were not judged as they should be.
    QStringList sweep(const QList<qsizetype> &offsets)
    {
        const unsigned count = std::max(1U, std::thread::hardware_concurrency());
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < count; ++i)
            threads.emplace_back([this, i, &offsets] { work(u"%1.%2"_s.arg(m_path).arg(i), offsets); });
        for (std::thread &thread : threads)
            thread.join();
        return m_wrong;
    }

private:
    void work(const QString &copy, const QList<qsizetype> &offsets)
    {
        QFile file(copy);
        if (!file.open(QIODevice::ReadWrite | QIODevice::Unbuffered) || file.write(m_bytes) != m_bytes.size())
            qFatal("cannot write %s", qPrintable(copy));
        const auto put = [&file](qsizetype at, char byte) { file.seek(at) && file.write(&byte, 1) == 1; };
        for (qsizetype i = m_next++; i < offsets.size(); i = m_next++) {
            const qsizetype at = offsets.at(i);
            const char bit = char(1 << (at % 8));
            put(at, char(m_bytes.at(at) ^ bit));
            judge(at, m_run.verify(copy));
            put(at, m_bytes.at(at));
        }
    }

    /// Before its first header is read, nothing says that the file is a bundle at all. A larger size in a
    /// later header promises bytes that do not come.
    void judge(qsizetype at, const engine::VerificationReport &report)
    {
        const bool isRight =
            report.headline == Headline::Tampered || (report.headline == Headline::NotCheckable && at < 512)
            || (report.headline == Headline::Incomplete && at % 512 >= 124 && at % 512 < 136);
        if (isRight)
            return;
        const std::scoped_lock lock(m_mutex);
        m_wrong += u"byte %1: %2"_s.arg(at).arg(report.toText());
    }

    SampleRun &m_run;
    const QString m_path;
    QByteArray m_bytes;
    std::atomic<qsizetype> m_next = 0;
    std::mutex m_mutex;
    QStringList m_wrong;
};

} // namespace

void TestTamper::everyByteOfASmallBundle()
{
    SampleRun run;
    run.input.artifacts.clear();
    run.drafts.removeIf([](const SampleRun::Draft &draft) { return draft.type == u"artifact-stored"_s; });
    ByteSweep sweep(run, run.write());
    QList<qsizetype> offsets(sweep.size());
    std::iota(offsets.begin(), offsets.end(), 0);
    QVERIFY(offsets.size() > 30'000 && offsets.size() < 100'000);
    const QStringList wrong = sweep.sweep(offsets);
    QVERIFY2(wrong.isEmpty(),
             qPrintable(u"%1 of %2\n"_s.arg(wrong.size()).arg(offsets.size()) + wrong.value(0)));
}

void TestTamper::manyBytesOfALargeBundle()
{
    SampleRun run;
    ByteSweep sweep(run, run.write());
    QVERIFY(sweep.size() > 200'000);
    QRandomGenerator random(20'261'130); // The same bytes each time, so that a failure is found again.
    QList<qsizetype> offsets;
    for (int i = 0; i < 10'000; ++i)
        offsets += random.bounded(sweep.size());
    const QStringList wrong = sweep.sweep(offsets);
    QVERIFY2(wrong.isEmpty(),
             qPrintable(u"%1 of %2\n"_s.arg(wrong.size()).arg(offsets.size()) + wrong.value(0)));
}

using Change = std::function<void(QList<Member> &, qsizetype)>;
Q_DECLARE_METATYPE(Change)

void TestTamper::files_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("headline");
    QTest::newRow("deleted") << Change([](QList<Member> &members, qsizetype i) { members.removeAt(i); })
                             << u"incomplete"_s;
    QTest::newRow("doubled") << Change([](QList<Member> &members, qsizetype i) {
        members.insert(i, members.at(i));
    }) << u"tampered"_s;
    QTest::newRow("added") << Change([](QList<Member> &members, qsizetype i) {
        members.insert(i + 1, {members.at(i).path + u'0', "x"});
    }) << u"tampered"_s;
    QTest::newRow("renamed") << Change([](QList<Member> &members, qsizetype i) { members[i].path += u'0'; })
                             << u"tampered"_s;
    QTest::newRow("emptied") << Change([](QList<Member> &members, qsizetype i) { members[i].bytes.clear(); })
                             << u"tampered"_s;
    QTest::newRow("swapped with the next") << Change([](QList<Member> &members, qsizetype i) {
        std::swap(members[i].bytes, members[(i + 1) % members.size()].bytes);
    }) << u"tampered"_s;
    QTest::newRow("out of order") << Change([](QList<Member> &members, qsizetype i) {
        members.swapItemsAt(i, (i + 1) % members.size());
    }) << u"tampered"_s;
}

/// The same change to each file of a bundle in turn.
void TestTamper::files()
{
    QFETCH(Change, change);
    QFETCH(QString, headline);
    SampleRun run;
    const QList<Member> members = test::readMembers(run.write());
    const QString changed = run.folder.filePath(u"changed.tar"_s);
    for (qsizetype i = 0; i < members.size(); ++i) {
        QList<Member> copy = members;
        change(copy, i);
        test::writeMembers(changed, copy);
        const auto report = run.verify(changed);
        // Without the manifest nothing says that the new name is one too many.
        const bool isUnlisted = headline == u"tampered"_s && members.at(i).path == u"manifest.json"_s
                                && QByteArray(QTest::currentDataTag()) == "renamed";
        const QString expected = isUnlisted ? u"incomplete"_s : headline;
        QVERIFY2(toString(report.headline) == expected,
                 qPrintable(members.at(i).path + u'\n' + report.toText()));
    }
}

QTEST_GUILESS_MAIN(TestTamper)
#include "tst_tamper.moc"
