#include "engine/base/digest.h"
#include "tests/support/taskrunner_program.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// The evidence of every sample pack, verified by the program, by hand as VERIFY.txt says, and by a tool that
/// others made.
class TestCliEvidence : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();

    void isGood_data() { samples(); }
    void isGood();
    void isVerifiedByHand_data() { samples(); }
    void isVerifiedByHand();
    void isVerifiedBySigstore_data() { samples(); }
    void isVerifiedBySigstore();
    void cancelledRunsHaveEvidence();
    void reports_data();
    void reports();
    void demands();

private:
    static void samples();
    Outcome run(const QStringList &arguments, const QString &who = u"olga"_s) const
    {
        return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s), u"--as"_s, who} + arguments,
                                    m_dir.path());
    }
    /// Runs a sample to its end and writes its bundle.
    void runSample(const QString &name, const QStringList &inputs, const QStringList &approvers);
    QString unpack(const QString &bundle) const;
    QString bundle(const QString &sample) const { return file(sample + u".evidence.tar"_s); }
    QString file(const QString &name) const { return m_dir.filePath(name); }

    QTemporaryDir m_dir;
};

namespace {

/// Runs a program in a folder; its output, after "failed with N: " when its exit code is not 0.
QString outputOf(const QString &program, const QStringList &arguments, const QString &folder,
                 int *exitCode = nullptr)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    if (!process.waitForFinished(60'000))
        return u"%1 does not end"_s.arg(program);
    if (exitCode)
        *exitCode = process.exitCode();
    const QString output = QString::fromUtf8(process.readAll());
    return process.exitCode() == 0 ? output : u"failed with %1: %2"_s.arg(process.exitCode()).arg(output);
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

void TestCliEvidence::samples()
{
    QTest::addColumn<QString>("sample");
    for (const char *name : {"inventory-audit", "fleet-restart", "release-promotion"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestCliEvidence::runSample(const QString &name, const QStringList &inputs, const QStringList &approvers)
{
    QStringList arguments{u"run"_s, QStringLiteral(SOURCE_DIR "/resources/packs/") + name};
    for (const QString &input : inputs)
        arguments += {u"--input"_s, input};
    Outcome outcome = run(arguments);
    for (const QString &approver : approvers) {
        QVERIFY2(outcome.exitCode == 3, qPrintable(outcome.output + outcome.errors));
        outcome = run({u"approve"_s, u"last"_s, u"--reason"_s, u"Looked at it."_s}, approver);
    }
    QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.output + outcome.errors));
    const Outcome written = run({u"evidence"_s, u"last"_s, u"-o"_s, bundle(name)});
    QVERIFY2(written.exitCode == 0, qPrintable(written.errors));
}

void TestCliEvidence::initTestCase()
{
    const QByteArray program = "#!/bin/sh\nVERSION=1.2.0\necho hello\n";
    QFile package(file(u"hello-1.2.0.sh"_s));
    QVERIFY(package.open(QIODevice::WriteOnly) && package.write(program) == program.size());
    package.close();
    runSample(u"inventory-audit"_s, {}, {u"anna"_s});
    runSample(u"fleet-restart"_s, {}, {});
    runSample(u"release-promotion"_s,
              {u"package="_s + package.fileName(), u"checksum="_s + engine::sha256Hex(program)},
              {u"anna"_s, u"ben"_s});
}

void TestCliEvidence::isGood()
{
    QFETCH(QString, sample);
    const Outcome verified = run({u"verify"_s, bundle(sample)});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output + verified.errors));
    QVERIFY2(verified.output.startsWith(u"GOOD  "_s), qPrintable(verified.output));
}

QString TestCliEvidence::unpack(const QString &bundle) const
{
    const QTemporaryDir folder;
    const QString path = file(u"unpacked-"_s + QFileInfo(folder.path()).fileName());
    QDir().mkpath(path);
    const QString said = outputOf(u"tar"_s, {u"-xf"_s, bundle}, path);
    if (!said.isEmpty())
        qFatal("tar: %s", qPrintable(said));
    return path;
}

void TestCliEvidence::isVerifiedByHand()
{
    QFETCH(QString, sample);
    const QString folder = unpack(bundle(sample));
    int commands = 0;
    for (const QByteArray &line : contentOf(folder + u"/VERIFY.txt"_s).split('\n')) {
        if (!line.startsWith("    ") || line.startsWith("     "))
            continue; // A command has exactly four spaces before it.
        ++commands;
        int exitCode = -1;
        const QString said = outputOf(u"sh"_s, {u"-c"_s, QString::fromUtf8(line)}, folder, &exitCode);
        QVERIFY2(exitCode == 0, qPrintable(QString::fromUtf8(line) + u": "_s + said));
    }
    QCOMPARE(commands, 5);
}

void TestCliEvidence::isVerifiedBySigstore()
{
    QFETCH(QString, sample);
    if (QStandardPaths::findExecutable(u"node"_s).isEmpty())
        QSKIP("node is not installed");
    const QString folder = unpack(bundle(sample));
    const QByteArray json = contentOf(folder + u"/attestations/provenance.sigstore.json"_s);
    const QString keyId =
        QJsonDocument::fromJson(json)[u"verificationMaterial"_s][u"publicKey"_s][u"hint"_s].toString();
    const auto verify = [&](const QString &file, int *exitCode) {
        return outputOf(u"node"_s,
                        {QStringLiteral(SOURCE_DIR "/tests/e2e/sigstore_verify.js"), file,
                         folder + u"/keys/%1.pem"_s.arg(keyId)},
                        folder, exitCode);
    };
    int exitCode = -1;
    const QString said = verify(folder + u"/attestations/provenance.sigstore.json"_s, &exitCode);
    if (exitCode == 77)
        QSKIP("the npm package @sigstore/verify is not installed: set NODE_PATH to where it is");
    QCOMPARE(said, u"verified\n"_s);

    QJsonObject changed = QJsonDocument::fromJson(json).object();
    QJsonObject envelope = changed[u"dsseEnvelope"_s].toObject();
    const QByteArray payload = QByteArray::fromBase64(envelope[u"payload"_s].toString().toLatin1());
    envelope[u"payload"_s] =
        QString::fromLatin1(QByteArray(payload).replace("slsa.dev", "slsa.dew").toBase64());
    changed[u"dsseEnvelope"_s] = envelope;
    QFile forged(folder + u"/forged.json"_s);
    QVERIFY(forged.open(QIODevice::WriteOnly) && forged.write(QJsonDocument(changed).toJson()) > 0);
    forged.close();
    QCOMPARE(verify(forged.fileName(), &exitCode),
             u"failed with 1: refused: signature verification failed\n"_s);
}

void TestCliEvidence::cancelledRunsHaveEvidence()
{
    const QString pack = QStringLiteral(SOURCE_DIR "/resources/packs/inventory-audit");
    QCOMPARE(run({u"run"_s, pack}).exitCode, 3);
    QVERIFY(run({u"cancel"_s, u"last"_s}).exitCode <= 1);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, bundle(u"cancelled"_s)}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, bundle(u"cancelled"_s), u"--json"_s});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output));
    QCOMPARE(verified.json()[u"claims"_s][u"outcome"_s].toString(), u"cancelled"_s);
}

void TestCliEvidence::reports_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QString>("start");
    QTest::newRow("text") << QStringList() << u"GOOD  "_s;
    QTest::newRow("JSON") << QStringList{u"--format"_s, u"json"_s} << u"{\"bundle\":\""_s;
    QTest::newRow("HTML") << QStringList{u"--format"_s, u"html"_s} << u"<!DOCTYPE html>\n"_s;
}

void TestCliEvidence::reports()
{
    QFETCH(QStringList, options);
    QFETCH(QString, start);
    const QStringList verify = QStringList{u"verify"_s, bundle(u"inventory-audit"_s)} + options;
    const Outcome printed = run(verify);
    QCOMPARE(printed.exitCode, 0);
    QVERIFY2(printed.output.startsWith(start), qPrintable(printed.output));
    const Outcome written = run(verify + QStringList{u"-o"_s, file(u"report"_s)});
    QCOMPARE(written.exitCode, 0);
    QCOMPARE(written.output,
             u"GOOD  %1\nWrote the report to %2\n"_s.arg(bundle(u"inventory-audit"_s), file(u"report"_s)));
    QVERIFY(contentOf(file(u"report"_s)).startsWith(start.toUtf8()));

    QCOMPARE(run({u"verify"_s, u"--json"_s, u"--format"_s, u"html"_s, bundle(u"fleet-restart"_s)})
                 .json()[u"error"_s][u"message"_s]
                 .toString(),
             u"--json and --format html exclude each other"_s);
}

void TestCliEvidence::demands()
{
    const auto verify = [this](const QByteArray &policy) {
        QFile json(file(u"policy.json"_s));
        if (json.open(QIODevice::WriteOnly))
            json.write(R"({"schema": "stellaops.verification-policy/v1", )" + policy + '}');
        json.close();
        return run({u"verify"_s, bundle(u"release-promotion"_s), u"--policy"_s, json.fileName()});
    };
    const Outcome met = verify(R"("outcomes": ["succeeded"], "maximumAge": "PT1H",
        "approvals": [{"role": "approver", "people": 2}])");
    QVERIFY2(met.exitCode == 0, qPrintable(met.output + met.errors));
    QVERIFY2(
        met.output.contains(u"  [passed ] so many with the role \"approver\" have approved: anna, ben\n"_s),
        qPrintable(met.output));
    const Outcome missed = verify(R"("anchors": {"transparencyLogs": 1})");
    QCOMPARE(missed.exitCode, 1);
    QVERIFY2(missed.output.startsWith(u"UNTRUSTED-FOR-PURPOSE  "_s), qPrintable(missed.output));
    QVERIFY2(missed.output.contains(u"  [failed ] so many transparency logs have it: 0 of 1\n"_s),
             qPrintable(missed.output));
    const Outcome wrong = verify(R"("sealed": true)");
    QCOMPARE(wrong.exitCode, 2);
    QVERIFY2(wrong.errors.contains(u"policy.json: /sealed: unknown member \"sealed\""_s),
             qPrintable(wrong.errors));
    QCOMPARE(run({u"verify"_s, bundle(u"fleet-restart"_s), u"--policy"_s, u"/none.json"_s}).exitCode, 2);
}

QTEST_GUILESS_MAIN(TestCliEvidence)
#include "tst_cli_evidence.moc"
