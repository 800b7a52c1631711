#include "engine/base/json.h"
#include "engine/policy/opa_answer.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// What an answer of OPA means. Only one kind of answer allows.
class TestOpaAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void asks();
    void reads_data();
    void reads();
    void holdsItsLimits_data();
    void holdsItsLimits();
};

/// "id: message", one a line; "allowed" when there is none.
static QString textOf(const QList<PolicyDenial> &denials)
{
    QStringList lines;
    for (const PolicyDenial &denial : denials)
        lines += u"%1: %2"_s.arg(denial.id, denial.message);
    return lines.isEmpty() ? u"allowed"_s : lines.join(u'\n');
}

void TestOpaAnswer::asks()
{
    const QByteArray question = opaQuestion({{u"b"_s, 1}, {u"a"_s, u"\u00fc"_s}},
                                            R"({"schema":"stellaops.plan/v1"})", {{u"id"_s, u"run_1"_s}});
    QCOMPARE(question,
             "{\"input\":{\"input\":{\"a\":\"\xc3\xbc\",\"b\":1},\"plan\":{\"schema\":\"stellaops.plan/v1\"},"
             "\"run\":{\"id\":\"run_1\"}}}");
    QCOMPARE(canonicalJsonOf(*parseJson(question)), question);
}

void TestOpaAnswer::reads_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("expected");

    const auto row = [](const char *name, const QByteArray &body, const QString &expected, int status = 200) {
        QTest::newRow(name) << status << body << expected;
    };
    const auto result = [&row](const char *name, const QByteArray &value, const QString &expected) {
        row(name, R"({"result":)" + value + "}", expected);
    };
    result("allowed", R"({"allow":true,"denials":[]})", u"allowed"_s);
    row("allowed, with more beside it",
        R"({"decision_id":"x","result":{"allow":true,"denials":[],"more":1}})", u"allowed"_s);
    result("denied",
           R"({"allow":false,"denials":[{"id":"a","message":"No."},{"id":"b","message":"","more":1}]})",
           u"a: No.\nb: "_s);
    result("denied although it allows", R"({"allow":true,"denials":[{"id":"a","message":"No."}]})",
           u"a: No."_s);
    const QString bare = u"not-allowed: the policy does not allow it and gives no reason"_s;
    result("denied without a reason", R"({"allow":false,"denials":[]})", bare);
    result("denied without denials", R"({"allow":false})", bare);

    row("undefined", "{}", u"undefined: the policy server has no value for p/allow"_s);
    row("undefined, with more beside it", R"({"decision_id":"x"})",
        u"undefined: the policy server has no value for p/allow"_s);
    const QString shape =
        u"wrong-answer: the policy server's answer is no object of \"allow\" and \"denials\""_s;
    for (const char *value : {"true", "false", "null", "1", "\"true\"", "[]", "[true]"})
        result(value, value, shape);
    const QString allow =
        u"wrong-answer: the policy server's answer has no \"allow\" that is true or false"_s;
    for (const char *value : {R"({})", R"({"denials":[]})", R"({"allow":"true","denials":[]})",
                              R"({"allow":1,"denials":[]})", R"({"allow":null,"denials":[]})",
                              R"({"allow":[true],"denials":[]})", R"({"Allow":true,"denials":[]})"})
        result(value, value, allow);
    result("no denials", R"({"allow":true})",
           u"wrong-answer: the policy server's answer allows, but has no \"denials\""_s);
    const QString array = u"wrong-answer: the policy server's answer has \"denials\" that are no array"_s;
    for (const char *value : {R"({"allow":true,"denials":null})", R"({"allow":true,"denials":{}})",
                              R"({"allow":false,"denials":"no"})", R"({"allow":true,"denials":false})"})
        result(value, value, array);
    const QString denial =
        u"wrong-answer: the policy server's answer has a denial 1 that is not {\"id\", \"message\"}"_s;
    for (const char *value :
         {"null", "\"no\"", "{}", R"({"id":"b"})", R"({"message":"b"})", R"({"id":"","message":""})",
          R"({"id":1,"message":"b"})", R"({"id":"b","message":null})"})
        result(value, R"({"allow":false,"denials":[{"id":"a","message":"No."},)" + QByteArray(value) + "]}",
               denial);

    row("nothing", "",
        u"wrong-answer: the policy server's answer cannot be read: 1:1: expected a value, found the end of the text"_s);
    row("a page", "<html>",
        u"wrong-answer: the policy server's answer cannot be read: 1:1: expected a value, found \"<\""_s);
    row("two values", R"({"result":{"allow":true,"denials":[]}}{})",
        u"wrong-answer: the policy server's answer cannot be read: 1:39: expected the end of the text, found \"{\""_s);
    row("the same name twice", R"({"result":{"allow":false,"allow":true,"denials":[]}})",
        u"wrong-answer: the policy server's answer cannot be read: 1:26: name \"allow\" stands twice in one object"_s);

    const QByteArray allowed = R"({"result":{"allow":true,"denials":[]}})";
    row("500", allowed, u"error-status: the policy server answers with status 500 Some Words"_s, 500);
    row("201", allowed, u"error-status: the policy server answers with status 201 Some Words"_s, 201);
    row("302", allowed, u"error-status: the policy server answers with status 302 Some Words"_s, 302);
    row("OPA's own words", R"({"code":"internal_error","message":"eval_conflict_error"})",
        u"error-status: the policy server answers with status 500 Some Words: eval_conflict_error"_s, 500);
    row("400", "no JSON", u"error-status: the policy server answers with status 400 Some Words"_s, 400);
}

void TestOpaAnswer::reads()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);

    QTEST(textOf(readOpaAnswer(u"p/allow"_s, {status, u"Some Words"_s, {}, body})), "expected");
}

void TestOpaAnswer::holdsItsLimits_data()
{
    QTest::addColumn<QByteArray>("denials");
    QTest::addColumn<QString>("problem"); // Empty: just within.

    const QByteArray one = R"({"id":"a","message":"b"})";
    const auto many = [&one](int count) { return QByteArrayList(count, one).join(','); };
    const auto sized = [](int id, int message) {
        return R"({"id":")" + QByteArray(id, 'x') + R"(","message":")" + QByteArray(message, 'y') + R"("})";
    };
    QTest::newRow("100 denials") << many(100) << QString();
    QTest::newRow("101 denials") << many(101) << u"has 101 denials; at most 100 are read"_s;
    QTest::newRow("long") << sized(200, 4000) << QString();
    QTest::newRow("id too long") << sized(201, 1) << u"has a denial 0 of more than 200 characters"_s;
    QTest::newRow("message too long") << sized(1, 4001) << u"has a denial 0 of more than 4000 characters"_s;
}

void TestOpaAnswer::holdsItsLimits()
{
    QFETCH(QByteArray, denials);
    QFETCH(QString, problem);

    const QList<PolicyDenial> read =
        readOpaAnswer(u"p"_s, {200, {}, {}, R"({"result":{"allow":false,"denials":[)" + denials + "]}}"});

    QVERIFY(!read.isEmpty());
    if (problem.isEmpty())
        QVERIFY(read.first().id != u"wrong-answer"_s);
    else
        QCOMPARE(textOf(read), u"wrong-answer: the policy server's answer "_s + problem);
}

QTEST_GUILESS_MAIN(TestOpaAnswer)
#include "tst_opa_answer.moc"
