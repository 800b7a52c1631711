#pragma once

#include "tests/plan/random.h"
#include "tests/plan/random_pack.h"

#include <functional>

/// What a change of what a pack says must change.
enum class ChangeOf {
    Nothing, ///< The pack has no such thing.
    Digest,  ///< Of the pack, and by it the plan.
    Plan,    ///< The plan even without the digest of the pack.
};

struct PackChange
{
    const char *name;
    std::function<ChangeOf(RandomPack &pack, Random &random)> apply;
};

/// One for each thing that a pack can say. What they set is never in a random pack, so each is a change.
const QList<PackChange> &packChanges();
