#pragma once

#include "engine/pack/egress.h"

#include <QHostAddress>

#include <optional>

namespace engine {

/// What the engine's own requests may reach: the places of a list, or any when there is none.
using Egress = std::optional<QList<EgressRule>>;

/// The list of a run when it holds for the engine's requests, see hasEgressList().
Egress egressOf(const SandboxSpec &sandbox);

/// Whether a request may go to this host and port. host as normalHost() gives it.
bool mayReach(const Egress &egress, const QString &host, int port);

/// Whether what the host's name stands for may be connected to. A name on the list does not open the machine
/// and the networks around it to whoever answers for that name: loopback, private and link-local addresses
/// are reached only when they are listed themselves, loopback also by the listed name "localhost".
bool mayConnect(const Egress &egress, const QString &host, const QHostAddress &address, int port);

} // namespace engine
