// How long it takes to verify an evidence bundle with one large artifact, and how much memory, next to
// sha256sum reading the same file. The verifier digests every file of the bundle and the bundle as such, and
// compares every byte of the archive with what a writer would make of its files.

#include "engine/base/digest.h"
#include "tests/bench/figures.h"
#include "tests/support/sample_run.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QProcess>

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mebibyte = 1024 * 1024;

void require(bool good, const QString &what)
{
    if (!good)
        qFatal("%s", qPrintable(what));
}

/// Bytes that no two blocks share, as a file system or compressor may notice those that do.
engine::FileDigest writeArtifact(const QString &path, qint64 mebibytes)
{
    QFile file(path);
    require(file.open(QIODevice::WriteOnly), u"cannot write the artifact"_s);
    QByteArray block(mebibyte, Qt::Uninitialized);
    quint64 state = 88172645463325252ULL;
    for (qint64 i = 0; i < mebibytes; ++i) {
        for (qsizetype at = 0; at < block.size(); at += qsizetype(sizeof state)) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            memcpy(block.data() + at, &state, sizeof state);
        }
        require(file.write(block) == block.size(), u"cannot write the artifact"_s);
    }
    file.close();
    const auto digest = engine::digestOfFile(path);
    require(bool(digest), u"cannot read the artifact"_s);
    return *digest;
}

/// The most memory that this process ever had, in MiB, by /proc/self/status.
double peakMebibytes()
{
    QFile status(u"/proc/self/status"_s);
    require(status.open(QIODevice::ReadOnly), u"there is no /proc/self/status"_s);
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmHWM:"))
            return line.mid(6).trimmed().split(' ').first().toDouble() / 1024;
    }
    return 0;
}

void forgetPeak()
{
    QFile clear(u"/proc/self/clear_refs"_s);
    if (clear.open(QIODevice::WriteOnly))
        clear.write("5");
}

/// The sample run with its last artifact made large.
QString writeLargeBundle(test::SampleRun &run, qint64 mebibytes)
{
    engine::Artifact &artifact = run.input.artifacts.last();
    const QString old = artifact.sha256;
    const auto digest = writeArtifact(run.input.dataDir + u'/' + artifact.storedPath, mebibytes);
    artifact.sha256 = digest.sha256;
    artifact.sizeBytes = digest.sizeBytes;
    for (test::SampleRun::Draft &draft : run.drafts) {
        if (draft.data[u"sha256"_s].toString() != old)
            continue;
        draft.data[u"sha256"_s] = digest.sha256;
        draft.data[u"size"_s] = digest.sizeBytes;
    }
    return run.write();
}

void measure(qint64 mebibytes)
{
    test::SampleRun run;
    const QString path = writeLargeBundle(run, mebibytes);
    bench::Series verifying{"verify", {}};
    bench::Series summing{"sha256sum", {}};
    const int rounds = 5;
    forgetPeak();
    for (int round = 0; round < rounds; ++round) {
        verifying.seconds.push_back(bench::secondsOf([&] {
            const auto report = run.verify(path);
            require(report.isGood(), report.toText());
        }));
        summing.seconds.push_back(bench::secondsOf([&] {
            QProcess sum;
            sum.setStandardOutputFile(QProcess::nullDevice());
            sum.start(u"sha256sum"_s, {path});
            require(sum.waitForFinished(-1) && sum.exitCode() == 0, u"sha256sum failed"_s);
        }));
    }
    std::printf("A bundle of %lld MiB, %d rounds; peak memory of the verifier %.0f MiB\n",
                (long long)(QFileInfo(path).size() / mebibyte), rounds, peakMebibytes());
    bench::printRates("MiB", int(mebibytes), {summing, verifying});
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const qint64 largest = arguments.size() > 1 ? arguments.at(1).toLongLong() : 1024;
    require(largest >= 16, u"usage: bench_verify [MEBIBYTES]"_s);
    for (const qint64 mebibytes : {largest / 16, largest})
        measure(mebibytes);
    return 0;
}
