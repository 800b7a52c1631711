#include "engine/base/json.h"
#include "engine/pack/json_schema.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestJsonSchema : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acceptsValues_data();
    void acceptsValues();
    void refusesValues_data();
    void refusesValues();
    void refusesSchemas_data();
    void refusesSchemas();
    void endsOnHostileText();
    void endsOnManyItems();
};

static QJsonValue json(const QByteArray &text)
{
    const auto value = parseJson(text);
    return value ? *value : QJsonValue(QJsonValue::Undefined);
}

void TestJsonSchema::acceptsValues_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");

    const auto row = [](const char *name, const char *schema, const char *value) {
        QTest::newRow(name) << QByteArray(schema) << QByteArray(value);
    };
    row("anything", "{}", "[1, null]");
    row("integer", R"({"type": "integer"})", "5");
    row("integer of 53 bits", R"({"type": "integer", "minimum": 9007199254740990})", "9007199254740991");
    row("integer written as a fraction", R"({"type": "integer"})", "5.0");
    row("number that is whole", R"({"type": "number"})", "5");
    row("several types", R"({"type": ["string", "null"]})", "null");
    row("multiple beyond 32 bits", R"({"multipleOf": 10})", "30000000000");
    row("enum", R"({"enum": [1, "a", {"b": [true]}]})", R"({"b": [true]})");
    row("const beyond 32 bits", R"({"const": 9007199254740991})", "9007199254740991");
    row("length in characters", R"({"maxLength": 2})", "\"\xc3\xbc\xf0\x9f\x98\x80\"");
    row("pattern is searched", R"({"pattern": "b+"})", R"("abc")");
    row("pattern is for text", R"({"pattern": "b"})", "5");
    row("dollar in a class", R"({"pattern": "^[$]\\$$"})", R"("$$")");
    row("date", R"({"format": "date"})", R"("2024-02-29")");
    row("date-time", R"({"format": "date-time"})", R"("2024-02-29T23:59:60.5+01:00")");
    row("ipv4", R"({"format": "ipv4"})", R"("192.168.0.255")");
    row("hostname", R"({"format": "hostname"})", R"("web-01.example.org")");
    row("unique", R"({"uniqueItems": true})", R"([1, "1", true, {"a": 1}, {"a": 2}])");
    row("not unique", R"({"uniqueItems": false})", "[1, 1]");
    row("pattern of names", R"({"propertyNames": {"pattern": "^a"}})", R"({"a1": 1})");
    row("properties",
        R"({"required": ["a"], "properties": {"a": {"type": "null"}}, "additionalProperties": false})",
        R"({"a": null})");
    row("property named like a keyword", R"({"properties": {"$ref": {"type": "string"}, "minimum": true}})",
        R"({"$ref": "x", "minimum": 1})");
    row("items by place", R"({"items": [{"type": "string"}], "additionalItems": {"type": "integer"}})",
        R"(["a", 1])");
    row("contains", R"({"contains": {"const": 2}})", "[1, 2]");
    row("reference",
        R"({"allOf": [{"$ref": "#/definitions/a~1b%20c"}], "definitions": {"a/b c": {"type": "string"}}})",
        R"("x")");
    row("reference at the root", R"({"$ref": "#/definitions/a", "definitions": {"a": {"minimum": 3}}})", "3");
    row("tree", R"({"properties": {"children": {"items": {"$ref": "#"}}}})",
        R"({"children": [{"children": []}]})");
    row("if", R"({"if": {"minimum": 5}, "then": {"multipleOf": 2}, "else": {"const": 3}})", "3");
    row("dependencies", R"({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})", R"({"a": 1, "b": 2})");
    row("annotations",
        R"({"$schema": "http://json-schema.org/draft-07/schema#", "$id": "http://example.org/a",
                           "title": "T", "description": "D", "default": 1, "examples": [1], "$comment": "c", "x-a": {}})",
        "1");
    row("always", R"({"properties": {"a": true}})", R"({"a": 1})");
}

void TestJsonSchema::acceptsValues()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QVERIFY(json(schema).isObject() && !json(value).isUndefined());

    const auto checked = checkSchema(json(schema).toObject());
    QVERIFY2(checked, qPrintable(checked ? QString() : checked.error().toString()));
    const auto fits = validateAgainst(json(schema).toObject(), json(value));
    QVERIFY2(fits, qPrintable(fits ? QString() : fits.error().toString()));
}

void TestJsonSchema::refusesValues_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *schema, const char *value, const char16_t *error) {
        QTest::newRow(name) << QByteArray(schema) << QByteArray(value) << QString::fromUtf16(error);
    };
    row("type", R"({"type": "integer"})", "1.5",
        u"the schema allows no value of this type, found the number 1.5");
    row("text is no number", R"({"type": "number"})", R"("5")",
        u"the schema allows no value of this type, found the text \"5\"");
    row("const", R"({"const": 1})", "true",
        u"expected the value that the schema gives, found the boolean true");
    row("enum", R"({"enum": ["a"]})", R"("b")",
        u"expected one of the values that the schema lists, found the text \"b\"");
    row("minimum", R"({"minimum": 100})", "99", u"expected a number of at least 100, found the number 99");
    row("maximum", R"({"maximum": 0.5})", "0.75", u"expected a number of at most 0.5, found the number 0.75");
    row("exclusive minimum", R"({"exclusiveMinimum": 0})", "0",
        u"expected a number above 0, found the number 0");
    row("exclusive maximum", R"({"exclusiveMaximum": 1.25})", "2",
        u"expected a number below 1.25, found the number 2");
    row("multiple", R"({"multipleOf": 10})", "30000000001",
        u"expected a multiple of 10, found the number 30000000001");
    row("short", R"({"minLength": 2})", R"("a")",
        u"expected text of at least 2 characters, found the text \"a\"");
    row("long", R"({"maxLength": 1})", R"("ab")",
        u"expected text of at most 1 characters, found the text \"ab\"");
    row("pattern", R"({"pattern": "^[a-z]+$"})", R"("A")",
        u"expected text that matches the pattern ^[a-z]+$, found the text \"A\"");
    row("line feed behind a pattern", R"({"pattern": "^[a-z]+$"})", R"("a\n")",
        u"expected text that matches the pattern ^[a-z]+$, found the text \"a \"");
    row("no such date", R"({"format": "date"})", R"("2023-02-29")",
        u"expected text of the format date, found the text \"2023-02-29\"");
    row("no such time", R"({"format": "date-time"})", R"("2023-02-28T24:00:00Z")",
        u"expected text of the format date-time, found the text \"2023-02-28T24:00:00Z\"");
    row("few items", R"({"minItems": 1})", "[]", u"expected at least 1 items, found an array");
    row("many items", R"({"maxItems": 1})", "[1, 2]", u"expected at most 1 items, found an array");
    row("equal items", R"({"uniqueItems": true})", "[1, 2, 1.0]",
        u"expected items that differ: 0 and 2 are equal, found an array");
    row("contains", R"({"contains": {"const": 3}})", "[1]",
        u"expected an item that fits \"contains\", found an array");
    row("missing property", R"({"required": ["a"]})", "{}", u"property \"a\" is missing");
    row("unknown property", R"({"additionalProperties": false})", R"({"a": 1})", u"unknown property \"a\"");
    row("few properties", R"({"minProperties": 2})", R"({"a": 1})",
        u"expected at least 2 properties, found an object");
    row("inside", R"({"properties": {"a/b": {"items": {"type": "string"}}}})", R"({"a/b": ["x", 1, "y", 2]})",
        u"2 errors\n"
        u"/a~1b/1: the schema allows no value of this type, found the number 1\n"
        u"/a~1b/3: the schema allows no value of this type, found the number 2");
    row("any of", R"({"items": {"anyOf": [{"type": "string"}, {"minimum": 5}]}})", R"(["a", 1])",
        u"/1: fits none of the alternatives of \"anyOf\", found the number 1");
    row("one of, none", R"({"oneOf": [{"type": "string"}, {"minimum": 5}]})", "1",
        u"fits none of the alternatives of \"oneOf\", found the number 1");
    row("one of, both", R"({"oneOf": [{"minimum": 1}, {"minimum": 2}]})", "3",
        u"fits more than one alternative of \"oneOf\", found the number 3");
    row("all of", R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", "3",
        u"expected a number of at most 2, found the number 3");
    row("not", R"({"not": {"type": "null"}})", "null", u"fits what \"not\" excludes, found null");
    row("then", R"({"if": {"minimum": 5}, "then": {"multipleOf": 2}})", "7",
        u"expected a multiple of 2, found the number 7");
    row("name of a property", R"({"propertyNames": {"maxLength": 2}})", R"({"abc": 1})",
        u"the value does not fit the schema, found an object");
    row("never", R"({"properties": {"a": false}})", R"({"a": 1})",
        u"does not fit a part of the schema, found an object");
}

void TestJsonSchema::refusesValues()
{
    QFETCH(QByteArray, schema);
    QFETCH(QByteArray, value);
    QFETCH(QString, error);
    QVERIFY(checkSchema(json(schema).toObject()));

    const auto fits = validateAgainst(json(schema).toObject(), json(value));

    QVERIFY(!fits);
    QVERIFY(fits.error().code == ErrorCode::InvalidInput);
    QCOMPARE(fits.error().toString(), error);
}

void TestJsonSchema::refusesSchemas_data()
{
    QTest::addColumn<QByteArray>("schema");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *schema, const char16_t *error) {
        QTest::newRow(name) << QByteArray(schema) << QString::fromUtf16(error);
    };
    row("unknown keyword", R"({"properties": {"a": {"maxlength": 1}}})",
        u"/properties/a/maxlength: unknown keyword \"maxlength\"; did you mean \"maxLength\"?");
    row("keyword of a later draft", R"({"$defs": {}})", u"/$defs: unknown keyword \"$defs\"");
    row("later draft", R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})",
        u"/$schema: expected the dialect http://json-schema.org/draft-07/schema#, found the text "
        u"\"https://json-schema.org/draft/2020-12...\"");
    row("pattern properties", R"({"patternProperties": {}})",
        u"/patternProperties: keyword \"patternProperties\" is not supported");
    row("unknown type", R"({"type": "int"})", u"not a JSON Schema: Unrecognised JSON type name 'int'");
    row("broken pattern", R"({"pattern": "a("})",
        u"/pattern: \"a(\" is not a regular expression: missing closing parenthesis");
    row("pattern is a number", R"({"pattern": 1})", u"/pattern: expected text, found the number 1");
    row("unknown format", R"({"format": "iban"})",
        u"/format: format \"iban\" is not supported; expected one of date, date-time, email, hostname, ipv4, "
        u"time, uuid");
    row("multiple of zero", R"({"multipleOf": 0})",
        u"/multipleOf: expected a number above 0, found the number 0");
    row("unique is a number", R"({"uniqueItems": 1})",
        u"/uniqueItems: expected true or false, found the number 1");
    row("schema is a number", R"({"items": 1})", u"/items: expected a schema, found the number 1");
    row("any of nothing", R"({"anyOf": []})", u"/anyOf: expected a list of schemas, found an array");
    row("properties are a list", R"({"properties": []})", u"/properties: expected an object, found an array");
    row("reference is a number", R"({"$ref": 1})",
        u"/$ref: expected a reference inside the schema such as #/definitions/x, found the number 1");
    row("remote reference", R"({"items": {"$ref": "http://example.org/a.json#/b"}})",
        u"/items/$ref: expected a reference inside the schema such as #/definitions/x, found the text "
        u"\"http://example.org/a.json#/b\"");
    row("reference to a file", R"({"items": {"$ref": "a.json"}})",
        u"/items/$ref: expected a reference inside the schema such as #/definitions/x, found the text "
        u"\"a.json\"");
    row("reference to nothing", R"({"items": {"$ref": "#/definitions/a"}})",
        u"/items/$ref: reference \"#/definitions/a\" names no schema");
    row("reference to no schema", R"({"items": {"$ref": "#/definitions"}, "definitions": {}})",
        u"/items/$ref: reference \"#/definitions\" names no schema");
    row("keywords beside a reference", R"({"items": {"$ref": "#", "minItems": 1}})",
        u"/items/$ref: what stands beside a reference is not checked in draft 7; use \"allOf\"");
    row("reference to itself", R"({"$ref": "#"})",
        u"/$ref: reference \"#\" leads back to itself for the same value");
    row("circle", R"({"allOf": [{"$ref": "#/definitions/a"}],
                      "definitions": {"a": {"not": {"$ref": "#/definitions/b"}}, "b": {"$ref": "#/definitions/a"}}})",
        u"/definitions/a/not/$ref: reference \"#/definitions/b\" leads back to itself for the same value");
    row("two slips", R"({"typ": "string", "items": {"format": "x", "typ": 1}})",
        u"3 errors\n"
        u"/items/format: format \"x\" is not supported; expected one of date, date-time, email, hostname, "
        u"ipv4, time, uuid\n"
        u"/items/typ: unknown keyword \"typ\"; did you mean \"type\"?\n"
        u"/typ: unknown keyword \"typ\"; did you mean \"type\"?");
    row("negative length", R"({"minLength": -1})",
        u"not a JSON Schema: Expected a non-negative integer value for 'minLength' constraint");

    QByteArray deep = "true";
    for (int i = 0; i < 65; ++i)
        deep = R"({"not":)" + deep + "}";
    QTest::newRow("deep") << deep
                          << u"%1: schemas are nested deeper than 64 levels"_s.arg(u"/not"_s.repeated(64));
    QByteArray doubling = R"({"definitions": {"x0": {})";
    for (int i = 1; i < 40; ++i) {
        const QByteArray before = R"({"$ref": "#/definitions/x)" + QByteArray::number(i - 1) + R"("})";
        doubling += R"(, "x)" + QByteArray::number(i) + R"(": {"allOf": [)" + before + "," + before + "]}";
    }
    QTest::newRow("doubling") << doubling + "}}" << u"schemas refer to each other in too many ways"_s;
}

void TestJsonSchema::refusesSchemas()
{
    QFETCH(QByteArray, schema);
    QFETCH(QString, error);
    const auto object = parseJsonObject(schema, {}, {1 << 20, 100, 10'000});
    QVERIFY(object);

    const auto checked = checkSchema(*object);

    QVERIFY(!checked);
    if (error.startsWith(u"schemas refer"_s)) // Which of the forty says so does not matter.
        QCOMPARE(checked.error().message, error);
    else
        QCOMPARE(checked.error().toString(), error);
    QVERIFY(!validateAgainst(*object, 1)); // Nothing fits a schema that is none.
}

/// The library's own regular expressions would overflow the stack on the first, and take years for the
/// second.
void TestJsonSchema::endsOnHostileText()
{
    const QString text = QString(1'000'000, u'1') + u'x';
    QVERIFY(!validateAgainst(json(R"({"format": "date"})").toObject(), text));
    QVERIFY(validateAgainst(json(R"({"pattern": "^(a|1|x)*$"})").toObject(), QString(1000, u'1')));
    QVERIFY(!validateAgainst(json(R"({"pattern": "^(1+)+$"})").toObject(), QString(60, u'1') + u'x'));
}

void TestJsonSchema::endsOnManyItems()
{
    QJsonArray items;
    for (int i = 0; i < 100'000; ++i)
        items.append(i);
    QVERIFY(validateAgainst(json(R"({"uniqueItems": true})").toObject(), items));
}

QTEST_GUILESS_MAIN(TestJsonSchema)
#include "tst_json_schema.moc"
