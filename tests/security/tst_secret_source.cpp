#include "engine/security/secret_source.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestSecretSource : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses_data();
    void parses();
    void refuses_data();
    void refuses();
    void looksForVariables();
    void looksForFiles();
    void asksNobody();
    void binds_data();
    void binds();
};

void TestSecretSource::parses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<SecretSource>("source");

    QTest::newRow("variable") << u"env:API_TOKEN"_s
                              << SecretSource{SecretSource::Environment, u"API_TOKEN"_s};
    QTest::newRow("file") << u"file:/run/a:b"_s << SecretSource{SecretSource::File, u"/run/a:b"_s};
    QTest::newRow("keyring") << u"keyring:build token"_s
                             << SecretSource{SecretSource::Keyring, u"build token"_s};
    QTest::newRow("prompt") << u"prompt"_s << SecretSource{SecretSource::Prompt, {}};
}

void TestSecretSource::parses()
{
    QFETCH(QString, text);
    QFETCH(SecretSource, source);

    const auto parsed = SecretSource::parse(text);
    QVERIFY(parsed);
    QCOMPARE(*parsed, source);
    QCOMPARE(parsed->toString(), text);
}

void TestSecretSource::refuses_data()
{
    QTest::addColumn<QString>("text");

    for (const char *text :
         {"", "env:", "env:A-B", "env:1A", "file:", "keyring:", "prompt:x", "ENV:A", "hunter2"})
        QTest::newRow(text) << QString::fromLatin1(text);
    QTest::newRow("NUL in a path") << u"file:a\0b"_s;
}

void TestSecretSource::refuses()
{
    QFETCH(QString, text);

    const auto parsed = SecretSource::parse(text);
    QVERIFY(!parsed);
    QCOMPARE(parsed.error().toString(),
             u"not a source of a secret; expected env:NAME, file:PATH, keyring:NAME or prompt"_s);
}

void TestSecretSource::looksForVariables()
{
    const SecretSource source{SecretSource::Environment, u"TST_SECRET_SOURCE"_s};
    qunsetenv("TST_SECRET_SOURCE");
    QCOMPARE(lookFor(source), (SecretFinding{SecretState::Missing, u"env:TST_SECRET_SOURCE is not set"_s}));
    qputenv("TST_SECRET_SOURCE", "value");
    QCOMPARE(lookFor(source), (SecretFinding{SecretState::Found, u"env:TST_SECRET_SOURCE"_s}));
    qunsetenv("TST_SECRET_SOURCE");
}

void TestSecretSource::looksForFiles()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"token"_s);
    const SecretSource source{SecretSource::File, path};
    const auto finding = [&source] { return lookFor(source); };
    const QString text = u"file:"_s + path;
    QCOMPARE(finding(), (SecretFinding{SecretState::Missing, text + u" does not exist"_s}));

    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup));
    QCOMPARE(finding(), (SecretFinding{SecretState::Missing,
                                       text + u" can be reached by others; its mode must be 0600"_s}));
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
    QCOMPARE(finding(), (SecretFinding{SecretState::Found, text}));

    const SecretSource folder{SecretSource::File, dir.path()};
    QCOMPARE(lookFor(folder),
             (SecretFinding{SecretState::Missing, u"file:%1 is not a regular file"_s.arg(dir.path())}));
}

void TestSecretSource::asksNobody()
{
    QCOMPARE(lookFor({SecretSource::Prompt, {}}), (SecretFinding{SecretState::AskedAtStart, u"prompt"_s}));
    QCOMPARE(lookFor({SecretSource::Keyring, u"x"_s}),
             (SecretFinding{SecretState::AskedAtStart, u"keyring:x"_s}));
}

void TestSecretSource::binds_data()
{
    QTest::addColumn<QStringList>("given");
    QTest::addColumn<QString>("result");

    QTest::newRow("none") << QStringList{} << QString();
    QTest::newRow("two") << QStringList{u"token=env:A"_s, u"pin=file:a=b"_s} << u"pin=file:a=b token=env:A"_s;
    QTest::newRow("unknown") << QStringList{u"tokn=env:A"_s}
                             << u"unknown secret \"tokn\"; did you mean \"token\"?"_s;
    QTest::newRow("twice") << QStringList{u"pin=prompt"_s, u"pin=prompt"_s}
                           << u"secret \"pin\" is given twice"_s;
    QTest::newRow("the secret itself") << QStringList{u"pin=4711"_s}
                                       << u"secret \"pin\": not a source of a secret; expected env:NAME, "
                                          "file:PATH, keyring:NAME or prompt"_s;
}

void TestSecretSource::binds()
{
    QFETCH(QStringList, given);
    QFETCH(QString, result);

    const auto bound = bindSecrets({{u"token"_s}, {u"pin"_s}}, given);
    if (!bound) {
        QCOMPARE(bound.error().toString(), result);
        return;
    }
    QStringList found;
    for (auto it = bound->begin(); it != bound->end(); ++it)
        found += it.key() + u'=' + it->toString();
    QCOMPARE(found.join(u' '), result);
}

QTEST_GUILESS_MAIN(TestSecretSource)
#include "tst_secret_source.moc"
