#include "engine/record/anchor.h"

#include "engine/record/names.h"

namespace engine {

static constexpr NamedValue<AnchorKind> anchorKinds[] = {
    {AnchorKind::Log, u"transparency-log"},
    {AnchorKind::Authority, u"timestamp-authority"},
};

static constexpr NamedValue<AnchorState> anchorStates[] = {
    {AnchorState::Pending, u"pending"},   {AnchorState::Anchored, u"anchored"},
    {AnchorState::Verified, u"verified"}, {AnchorState::Deferred, u"deferred"},
    {AnchorState::Failed, u"failed"},
};

QString toString(AnchorKind kind)
{
    return nameOf<AnchorKind>(kind, anchorKinds);
}

QString toString(AnchorState state)
{
    return nameOf<AnchorState>(state, anchorStates);
}

Result<AnchorKind> parseAnchorKind(const QString &text)
{
    return valueOf<AnchorKind>(text, anchorKinds, u"kind of anchor");
}

Result<AnchorState> parseAnchorState(const QString &text)
{
    return valueOf<AnchorState>(text, anchorStates, u"state of an anchor");
}

} // namespace engine
