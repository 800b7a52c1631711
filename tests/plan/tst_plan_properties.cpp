#include "engine/plan/simulation.h"
#include "tests/plan/pack_change.h"
#include "tests/plan/yaml_form.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <numeric>
#include <sys/stat.h>

using namespace Qt::StringLiterals;
using engine::Plan;

/// What holds of the plan of any pack, tried on packs that only a seed decides. A row is named after its
/// seed: tst_plan_properties 'saysTheSameInAnyForm:17' tries one again.
class TestPlanProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysTheSameInAnyForm_data() { seeds(); }
    void saysTheSameInAnyForm();
    void changesWithEverything_data();
    void changesWithEverything();
    void everyChangeIsTried();
    void packsUseTheWholeLanguage();

private:
    static void seeds();

    QHash<quint32, Plan> m_plans; ///< Of saysTheSameInAnyForm(), by seed.
};

static constexpr quint32 seedCount = 240;

void TestPlanProperties::seeds()
{
    QTest::addColumn<quint32>("seed");
    for (quint32 seed = 1; seed <= seedCount; ++seed)
        QTest::addRow("%u", seed) << seed;
}

static void writeFile(const QString &path, const PackedFile &file, Random &random)
{
    QFile out(path);
    if (!QDir().mkpath(QFileInfo(path).path()) || !out.open(QIODevice::WriteOnly)
        || out.write(file.bytes) != file.bytes.size())
        qFatal("cannot write %s", qPrintable(path));
    const auto time = QDateTime::fromSecsSinceEpoch(random.between(1, 2'000'000'000));
    out.setFileTime(time, QFileDevice::FileModificationTime);
    out.close();
    // Who else may read and execute it takes no part.
    const mode_t mode = random.chance(50) ? 0600 : 0644;
    ::chmod(QFile::encodeName(path).constData(), file.executable ? mode | 0100 : mode);
}

/// Writes the pack in the form that the seed decides.
static void writePack(const QString &root, const RandomPack &pack, quint32 form)
{
    Random random(form);
    QMap<QString, PackedFile> files = pack.files;
    files[u"pack.yaml"_s] = {YamlForm(form + 1).write(pack.manifest), false};
    for (auto module = pack.modules.begin(); module != pack.modules.end(); ++module)
        files[u"modules/%1/module.yaml"_s.arg(module.key())] = {YamlForm(form + 2).write(*module), false};
    QStringList paths = files.keys();
    random.shuffle(paths);
    for (const QString &path : std::as_const(paths))
        writeFile(root + u'/' + path, files.value(path), random);
    QDir().mkpath(root + u"/empty"_s);
}

/// In memory where there is such a folder: thousands of small files are slow on a disk.
static QString folderName()
{
    const QString memory = u"/dev/shm"_s;
    return (QFileInfo(memory).isWritable() ? memory : QDir::tempPath()) + u"/tst_plan_properties-XXXXXX"_s;
}

/// The plan of a pack, written in a form of its own and read from there.
static engine::Result<Plan> planOf(const RandomPack &pack, quint32 form)
{
    const QTemporaryDir folder(folderName());
    const QString root = folder.filePath(form % 2 == 0 ? u"pack"_s : u"another \u00e9/folder"_s);
    writePack(root, pack, form);
    const auto read = engine::readPack(root);
    if (!read)
        return read.error();
    Random random(form);
    QJsonObject inputs = pack.inputs;
    for (auto input = pack.fileInputs.begin(); input != pack.fileInputs.end(); ++input) {
        const QString path = folder.filePath(u"given/%1.bin"_s.arg(input.key()));
        writeFile(path, {*input, false}, random);
        inputs[input.key()] = path;
    }
    const auto bound = engine::bindInputs(read->manifest.inputs, inputs);
    if (!bound)
        return bound.error();
    return engine::makePlan(*read, *bound);
}

static QByteArray messageOf(const engine::Result<Plan> &plan)
{
    return plan ? QByteArray() : plan.error().toString().toUtf8();
}

void TestPlanProperties::saysTheSameInAnyForm()
{
    QFETCH(quint32, seed);
    const RandomPack pack = randomPack(seed);

    const auto one = planOf(pack, seed * 2);
    QVERIFY2(one, messageOf(one));
    const auto other = planOf(pack, seed * 2 + 1);
    QVERIFY2(other, messageOf(other));

    QCOMPARE(other->canonical(), one->canonical());
    QCOMPARE(other->hash(), one->hash());
    QCOMPARE(*other, *one);
    QCOMPARE(engine::simulate(*other).toText(), engine::simulate(*one).toText());
    QCOMPARE(engine::simulate(*other).toJson(), engine::simulate(*one).toJson());

    const auto read = Plan::parse(one->canonical());
    QVERIFY2(read, messageOf(read));
    QCOMPARE(*read, *one);
    QCOMPARE(read->canonical(), one->canonical());
    QCOMPARE(engine::simulate(*read).toText(), engine::simulate(*one).toText());
    m_plans.insert(seed, *one);
}

static QJsonObject withoutDigest(const Plan &plan)
{
    QJsonObject json = plan.toJson();
    QJsonObject pack = json[u"pack"_s].toObject();
    pack.remove(u"digest"_s);
    json[u"pack"_s] = pack;
    return json;
}

/// For each seed the change that the packs before it tried least, of those that its pack allows.
static QList<qsizetype> chosenChanges()
{
    const QList<PackChange> &changes = packChanges();
    QList<int> tries(changes.size(), 0);
    QList<qsizetype> order(changes.size());
    std::iota(order.begin(), order.end(), 0);
    QList<qsizetype> chosen;
    for (quint32 seed = 1; seed <= seedCount; ++seed) {
        const RandomPack pack = randomPack(seed);
        std::stable_sort(order.begin(), order.end(),
                         [&tries](auto a, auto b) { return tries[a] < tries[b]; });
        chosen += *std::find_if(order.begin(), order.end(), [&](qsizetype i) {
            RandomPack changed = pack;
            Random random(seed);
            return changes[i].apply(changed, random) != ChangeOf::Nothing;
        });
        ++tries[chosen.constLast()];
    }
    return chosen;
}

void TestPlanProperties::changesWithEverything_data()
{
    QTest::addColumn<quint32>("seed");
    QTest::addColumn<qsizetype>("change");
    const QList<qsizetype> chosen = chosenChanges();
    for (quint32 seed = 1; seed <= seedCount; ++seed)
        QTest::addRow("%u", seed) << seed << chosen.at(seed - 1);
}

void TestPlanProperties::changesWithEverything()
{
    QFETCH(quint32, seed);
    QFETCH(qsizetype, change);
    const RandomPack pack = randomPack(seed);
    const char *name = packChanges().at(change).name;
    RandomPack changed = pack;
    Random random(seed);
    const ChangeOf what = packChanges().at(change).apply(changed, random);

    const auto known = m_plans.constFind(seed);
    const auto before = known != m_plans.cend() ? engine::Result<Plan>(*known) : planOf(pack, seed);
    QVERIFY2(before, messageOf(before));
    const auto after = planOf(changed, seed + 1);
    QVERIFY2(after, name + (": " + messageOf(after)));

    QVERIFY2(after->hash() != before->hash(), name);
    QVERIFY2((withoutDigest(*after) != withoutDigest(*before)) == (what == ChangeOf::Plan), name);
}

void TestPlanProperties::everyChangeIsTried()
{
    const QList<qsizetype> chosen = chosenChanges();
    for (qsizetype i = 0; i < packChanges().size(); ++i)
        QVERIFY2(chosen.contains(i), packChanges().at(i).name);
}

// NOLINTNEXTLINE(misc-no-recursion): over values that the tests made
static void collectNames(const QJsonValue &value, QSet<QString> &names)
{
    const QJsonObject object = value.toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        names += member.key();
        if (member->isString())
            names += member.key() + u'=' + member->toString();
        collectNames(*member, names);
    }
    const QJsonArray array = value.toArray();
    for (const QJsonValue item : array)
        collectNames(item, names);
}

void TestPlanProperties::packsUseTheWholeLanguage()
{
    QSet<QString> names;
    for (quint32 seed = 1; seed <= seedCount; ++seed)
        collectNames(randomPack(seed).manifest, names);

    const QString wanted =
        u"apiVersion kind metadata name version description tags maintainers email license spec inputs "
        "type=string type=integer type=number type=boolean type=array type=object type=file required default "
        "schema secrets allowShort approvals approvers allowSelfApproval expiresAfter requireReason title "
        "reasonTemplate policies engine=rules engine=opa rules deny message path sandbox mode=open "
        "mode=sealed egress host port onViolation=record defaults timeout retries maxAttempts backoff factor "
        "maxBackoff maxDuration onExitCodes steps finally outputs value file when continueOnError run "
        "uses=builtin:exec uses=builtin:script uses=builtin:http uses=builtin:validate uses=bundle.ingest "
        "uses=./modules/module-1 with env secret artifacts grace idempotent allowUnixSockets parallel "
        "maxParallel failurePolicy=stop-scheduling failurePolicy=cancel-running failurePolicy=continue map "
        "items step gate approval policy input failAction=halt failAction=continue"_s;
    for (const QString &name : wanted.split(u' '))
        QVERIFY2(names.contains(name), qPrintable(name));
}

QTEST_GUILESS_MAIN(TestPlanProperties)
#include "tst_plan_properties.moc"
