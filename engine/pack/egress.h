#pragma once

#include "engine/pack/manifest.h"

namespace engine {

/// The one form of a host that rules and requests are compared in: lower case, no trailing dot, A-labels for
/// names outside ASCII (IDNA, RFC 5890), IP literals in their shortest form without brackets (RFC 5952).
/// A rule may begin with "*." and then stands for every name below, never for the name itself.
///
/// Fails with InvalidInput that names the host.
Result<QString> normalHost(const QString &host);

QString toString(const EgressRule &rule); ///< "api.example.org:443", "[::1]:443".

/// Whether a rule of the list allows the place. host in any form; a host that has none is not allowed.
bool isAllowed(const QList<EgressRule> &rules, const QString &host, int port);

/// Whether the places that a run may reach are those of its list alone: it is sealed, or it has a list. The
/// engine's own requests hold to it, too: those of builtin:http and those to the policy server.
bool hasEgressList(const SandboxSpec &sandbox);

} // namespace engine
