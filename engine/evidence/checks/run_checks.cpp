#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"

#include <limits>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qint64 never = std::numeric_limits<qint64>::max();

/// For each step of finally: the number of the event after which it may start. Whatever became of the others,
/// they have ended by then.
QList<qint64> finallyMayStartAfter(const PlanIndex &plan, const JournalFacts &journal)
{
    QList<qint64> after;
    qint64 latest = 0;
    const auto wait = [&](const PlanStep &step) {
        const qint64 ended = journal.steps.value(childPath({}, step.id)).firstEnded;
        latest = ended == 0 ? never : std::max(latest, ended);
    };
    for (const PlanStep &step : plan.plan().steps())
        wait(step);
    for (const PlanStep &step : plan.plan().finally()) {
        after += latest;
        wait(step);
    }
    return after;
}

/// For each of the plan's outermost steps: the number of the event after which the next one may start.
/// Outermost steps run in order; what is inside a parallel or a map runs side by side.
QList<qint64> mayStartAfter(const PlanIndex &plan, const JournalFacts &journal)
{
    QList<qint64> after;
    qint64 latest = 0;
    for (const PlanStep &step : plan.plan().steps()) {
        after += latest;
        if (step.skip)
            continue;
        const StepFacts facts = journal.steps.value(childPath({}, step.id));
        const bool mayFail = step.continueOnError || step.failActionContinue;
        const qint64 done = mayFail ? facts.firstEnded : facts.firstPassed;
        latest = done == 0 ? never : std::max(latest, done);
    }
    return after + finallyMayStartAfter(plan, journal);
}

/// Whether what the journal says of a step is what a step of its kind can do; empty when it is.
QString wrongKind(const PlanStep &step, const StepFacts &facts)
{
    const bool ran = facts.hadAttempt || !facts.attemptEnds.isEmpty();
    if (ran && (step.kind != StepKind::Run || step.skip))
        return step.skip ? u"was to be skipped but ran"_s : u"is not a step that runs a program but did"_s;
    if (facts.wasAsked && step.kind != StepKind::Approval)
        return u"is not an approval but asked for one"_s;
    if (facts.wasJudged && step.kind != StepKind::Policy)
        return u"is not a policy gate but was decided by a policy"_s;
    if (facts.wasExpanded && (step.kind != StepKind::Map || step.expanded))
        return u"is not a map to expand but was expanded"_s;
    return {};
}

} // namespace

Finding checkPlanHash(const Bundle &bundle)
{
    if (!bundle.contents.has(layout::plan))
        return failed(Headline::Incomplete, u"%1 is missing"_s.arg(layout::plan));
    const QString actual = u"sha256:"_s + bundle.contents.files().at(layout::plan).sha256;
    struct Claim
    {
        QString whose;
        QString hash;
    };
    QList<Claim> claims;
    if (bundle.attestation)
        claims += Claim{u"attestation"_s, bundle.attestation->value(u"planHash"_s).toString()};
    if (bundle.manifest)
        claims += Claim{u"manifest"_s, bundle.manifest->run[u"planHash"_s].toString()};
    if (bundle.contents.has(layout::journal))
        claims += Claim{u"journal"_s, bundle.journal().created[u"planHash"_s].toString()};
    for (const Claim &claim : claims) {
        if (claim.hash != actual)
            return failed(Headline::Tampered, u"the hash of plan.json is %1; the %2 says %3"_s.arg(
                                                  actual, claim.whose, claim.hash));
    }
    if (!bundle.plan)
        return failed(bundle.plan.error());
    if (bundle.plan->plan().hash() != actual)
        return failed(Headline::Tampered, u"plan.json is not in its canonical form"_s);
    return passed(actual);
}

Finding checkJournal(const Bundle &bundle)
{
    if (!bundle.contents.has(layout::journal))
        return failed(Headline::Incomplete, u"%1 is missing"_s.arg(layout::journal));
    const JournalFacts &journal = bundle.journal();
    if (!journal.problem.isEmpty())
        return failed(Headline::Tampered, journal.problem);
    if (!bundle.attestation)
        return notRun(u"there is no attestation to compare it with"_s);
    const QJsonValue attested = bundle.attestation->value(u"journal"_s);
    const qint64 count = attested[u"events"_s].toInteger(-1);
    if (count != journal.count)
        return failed(Headline::Tampered,
                      u"the journal has %1 events, the attestation says %2"_s.arg(journal.count).arg(count));
    if (attested[u"lastHash"_s].toString() != journal.lastHash)
        return failed(Headline::Tampered, u"the journal ends with the hash %1, the attestation says %2"_s.arg(
                                              journal.lastHash, attested[u"lastHash"_s].toString()));
    return passed(u"%1 events"_s.arg(count));
}

Finding checkSteps(const Bundle &bundle)
{
    if (!bundle.contents.has(layout::journal) || !bundle.plan)
        return notRun(u"the journal or the plan is missing or cannot be read"_s);
    const JournalFacts &journal = bundle.journal();
    const QList<qint64> startAfter = mayStartAfter(*bundle.plan, journal);
    QStringList paths = journal.steps.keys();
    paths.sort(); // The first problem is the same one every time.
    for (const QString &path : paths) {
        const auto found = bundle.plan->find(path);
        if (!found)
            return failed(Headline::Tampered, u"the plan has no step \"%1\""_s.arg(path));
        for (const PlanIndex::Item &item : found->items) {
            if (item.index >= journal.mapCounts.value(item.mapPath))
                return failed(Headline::Tampered,
                              u"\"%1\" is an item that \"%2\" does not have"_s.arg(path, item.mapPath));
        }
        const StepFacts facts = journal.steps.value(path);
        if (const QString wrong = wrongKind(*found->step, facts); !wrong.isEmpty())
            return failed(Headline::Tampered, u"\"%1\" %2"_s.arg(path, wrong));
        if (facts.firstStarted > 0 && facts.firstStarted < startAfter.at(found->top))
            return failed(Headline::Tampered,
                          u"\"%1\" started before the steps that it follows were done"_s.arg(path));
    }
    return passed(u"%1 steps"_s.arg(paths.size()));
}

} // namespace engine
