#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/pack/inputs.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestInputs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void binds_data();
    void binds();
    void refuses_data();
    void refuses();
    void bindsFiles();
    void refusesFiles();
    void collectsProblems();
    void readsText_data();
    void readsText();
    void refusesText_data();
    void refusesText();
};

static InputSpec specOf(InputType type)
{
    InputSpec spec;
    spec.name = u"a"_s;
    spec.type = type;
    return spec;
}

static QJsonValue json(const QByteArray &text)
{
    const auto value = parseJson(text);
    return value ? *value : QJsonValue(QJsonValue::Undefined);
}

void TestInputs::binds_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("given");

    const auto row = [](const char *name, InputType type, const char *given) {
        QTest::newRow(name) << int(type) << QByteArray(given);
    };
    row("string", InputType::String, R"("x")");
    row("empty string", InputType::String, R"("")");
    row("integer", InputType::Integer, "-5");
    row("largest integer", InputType::Integer, "9007199254740991");
    row("number", InputType::Number, "0.5");
    row("whole number", InputType::Number, "5");
    row("boolean", InputType::Boolean, "false");
    row("array", InputType::Array, R"([1,"x",null])");
    row("object", InputType::Object, R"({"x":{"y":1}})");
}

void TestInputs::binds()
{
    QFETCH(int, type);
    QFETCH(QByteArray, given);
    InputSpec spec = specOf(InputType(type));
    const QByteArray expected = R"({"a":)" + given + "}";

    const auto bound = bindInputs({spec}, {{u"a"_s, json(given)}});
    QVERIFY2(bound, qPrintable(bound ? QString() : bound.error().toString()));
    QCOMPARE(canonicalJsonOf(bound->values), expected);
    QVERIFY(bound->files.isEmpty());

    spec.defaultValue = json(given);
    const auto byDefault = bindInputs({spec}, {});
    QVERIFY(byDefault);
    QCOMPARE(*byDefault, *bound);
    // What is given wins over the default, what is neither given nor required is absent.
    spec.defaultValue = QJsonValue(u"other"_s);
    QCOMPARE(bindInputs({spec}, {{u"a"_s, json(given)}})->values, bound->values);
    QVERIFY(bindInputs({specOf(InputType(type))}, {})->values.isEmpty());
}

void TestInputs::refuses_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, InputType type, const char *given, const char16_t *error) {
        QTest::newRow(name) << int(type) << QByteArray(given) << QString::fromUtf16(error);
    };
    row("string", InputType::String, "5", u"/a: expected a string, found the number 5");
    row("null", InputType::String, "null", u"/a: expected a string, found null");
    row("integer", InputType::Integer, R"("5")", u"/a: expected an integer, found the text \"5\"");
    row("fraction", InputType::Integer, "1.5", u"/a: expected an integer, found the number 1.5");
    row("large integer", InputType::Integer, "9007199254740992",
        u"/a: expected an integer, found the number 9007199254740992");
    row("number", InputType::Number, "[]", u"/a: expected a number, found an array");
    row("boolean", InputType::Boolean, "0", u"/a: expected a boolean, found the number 0");
    row("array", InputType::Array, "{}", u"/a: expected an array, found an object");
    row("object", InputType::Object, "true", u"/a: expected an object, found the boolean true");
    row("file", InputType::File, "1", u"/a: expected the path of a file, found the number 1");
    row("long text", InputType::Boolean, R"("0123456789012345678901234567890123456789012345")",
        u"/a: expected a boolean, found the text \"0123456789012345678901234567890123456...\"");
}

void TestInputs::refuses()
{
    QFETCH(int, type);
    QFETCH(QByteArray, given);
    QFETCH(QString, error);

    const auto bound = bindInputs({specOf(InputType(type))}, {{u"a"_s, json(given)}});

    QVERIFY(!bound);
    QCOMPARE(bound.error().toString(), error);
}

void TestInputs::bindsFiles()
{
    const QTemporaryDir folder;
    const QString path = folder.path() + u"/b.bin"_s;
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("abc") == 3);
    file.close();

    const auto bound = bindInputs({specOf(InputType::File)}, {{u"a"_s, path}});

    QVERIFY2(bound, qPrintable(bound ? QString() : bound.error().toString()));
    const QJsonObject expected{{u"name"_s, u"b.bin"_s},
                               {u"sha256"_s, sha256Hex("abc")},
                               {u"size"_s, 3},
                               {u"path"_s, u"inputs/a/b.bin"_s}};
    QCOMPARE(bound->values.value(u"a"_s).toObject(), expected);
    QCOMPARE(bound->files, (QMap<QString, QString>{{u"a"_s, path}}));
}

void TestInputs::refusesFiles()
{
    const QList<InputSpec> specs{specOf(InputType::File)};

    QCOMPARE(bindInputs(specs, {{u"a"_s, u"/no/such"_s}}).error().toString(),
             u"/a: there is no file \"/no/such\""_s);
    QCOMPARE(bindInputs(specs, {{u"a"_s, u""_s}}).error().toString(), u"/a: there is no file \"\""_s);
    QCOMPARE(bindInputs(specs, {{u"a"_s, u"/"_s}}).error().toString(), u"/a: \"/\" is not a regular file"_s);
    QCOMPARE(bindInputs(specs, {{u"a"_s, u"/dev/null"_s}}).error().toString(),
             u"/a: \"/dev/null\" is not a regular file"_s);
}

void TestInputs::collectsProblems()
{
    InputSpec target = specOf(InputType::String);
    target.name = u"target"_s;
    target.required = true;
    InputSpec hosts = specOf(InputType::Array);
    hosts.name = u"hosts"_s;
    hosts.schema = json(R"({"minItems": 3, "items": {"pattern": "^[a-z]+$"}})").toObject();

    const auto bound =
        bindInputs({target, hosts}, json(R"({"hosts": ["ok", "N"], "tarqet": "x", "zzz": 1})").toObject());

    QVERIFY(!bound);
    QVERIFY(bound.error().code == ErrorCode::InvalidInput);
    QCOMPARE(bound.error().toString(),
             u"5 errors\n"
             "/target: input \"target\" is required\n"
             "/hosts/1: expected text that matches the pattern ^[a-z]+$, found the text \"N\"\n"
             "/hosts: expected at least 3 items, found an array\n"
             "/tarqet: unknown input \"tarqet\"; did you mean \"target\"?\n"
             "/zzz: unknown input \"zzz\""_s);
    QCOMPARE(bindInputs({}, {{u"x"_s, 1}}).error().toString(),
             u"/x: unknown input \"x\"; the pack declares no inputs"_s);
}

void TestInputs::readsText_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QByteArray>("value");

    const auto row = [](const char *name, InputType type, const char16_t *text, const char *value) {
        QTest::newRow(name) << int(type) << QString::fromUtf16(text) << QByteArray(value);
    };
    row("string", InputType::String, u" true ", R"(" true ")");
    row("empty string", InputType::String, u"", R"("")");
    row("integer", InputType::Integer, u"-12", "-12");
    row("largest integer", InputType::Integer, u"9007199254740991", "9007199254740991");
    row("number", InputType::Number, u"1.5e3", "1500");
    row("true", InputType::Boolean, u"true", "true");
    row("false", InputType::Boolean, u"false", "false");
    row("array", InputType::Array, u"[1, \"\u00fc\"]", "[1,\"\xc3\xbc\"]");
    row("object", InputType::Object, u" {\"a\": null}\n", R"({"a":null})");
    row("file", InputType::File, u"a b.txt", R"("a b.txt")");
}

void TestInputs::readsText()
{
    QFETCH(int, type);
    QFETCH(QString, text);
    QFETCH(QByteArray, value);

    const auto read = inputFromText(specOf(InputType(type)), text);

    QVERIFY2(read, qPrintable(read ? QString() : read.error().toString()));
    QCOMPARE(canonicalJsonOf(*read), value);
}

void TestInputs::refusesText_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, InputType type, const char16_t *text, const char16_t *error) {
        QTest::newRow(name) << int(type) << QString::fromUtf16(text) << QString::fromUtf16(error);
    };
    row("word for an integer", InputType::Integer, u"five", u"/a: expected an integer, found \"five\"");
    row("nothing for an integer", InputType::Integer, u"", u"/a: expected an integer, found \"\"");
    row("fraction", InputType::Integer, u"1.5", u"/a: expected an integer, found \"1.5\"");
    row("fraction of zero", InputType::Integer, u"5.0", u"/a: expected an integer, found \"5.0\"");
    row("exponent", InputType::Integer, u"1e3", u"/a: expected an integer, found \"1e3\"");
    row("leading zero", InputType::Integer, u"007", u"/a: expected an integer, found \"007\"");
    row("plus", InputType::Integer, u"+5", u"/a: expected an integer, found \"+5\"");
    row("hexadecimal", InputType::Integer, u"0x10", u"/a: expected an integer, found \"0x10\"");
    row("large integer", InputType::Integer, u"9007199254740992",
        u"/a: expected an integer, found \"9007199254740992\"");
    row("comma", InputType::Number, u"1,5", u"/a: expected a number, found \"1,5\"");
    row("not a number", InputType::Number, u"nan", u"/a: expected a number, found \"nan\"");
    row("large number", InputType::Number, u"1e999", u"/a: expected a number, found \"1e999\"");
    row("yes", InputType::Boolean, u"yes", u"/a: expected true or false, found \"yes\"");
    row("capital", InputType::Boolean, u"True", u"/a: expected true or false, found \"True\"");
    row("one", InputType::Boolean, u"1", u"/a: expected true or false, found \"1\"");
    row("list of words", InputType::Array, u"a,b",
        u"/a: expected an array as JSON: expected a value, found \"a\" at line 1, column 1");
    row("object for an array", InputType::Array, u"{}", u"/a: expected an array as JSON, found an object");
    row("open object", InputType::Object, u"{\"a\": 1",
        u"/a: expected an object as JSON: expected \",\" or \"}\", found the end of the text at line 1, "
        u"column 8");
    row("same name twice", InputType::Object, u"{\"a\": 1,\n \"a\": 2}",
        u"/a: expected an object as JSON: name \"a\" stands twice in one object at line 2, column 2");
    row("no file", InputType::File, u"", u"/a: expected the path of a file, found empty text");
    row("long text", InputType::Number, u"0123456789012345678901234567890123456789012345",
        u"/a: expected a number, found \"0123456789012345678901234567890123456...\"");
}

void TestInputs::refusesText()
{
    QFETCH(int, type);
    QFETCH(QString, text);
    QFETCH(QString, error);

    const auto read = inputFromText(specOf(InputType(type)), text);

    QVERIFY(!read);
    QCOMPARE(read.error().toString(), error);
}

QTEST_GUILESS_MAIN(TestInputs)
#include "tst_inputs.moc"
