#include "engine/net/egress_check.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace engine {

/// Addresses that do not lead into the public network (RFC 6890 and its successors).
static bool isLocal(const QHostAddress &address)
{
    static const auto nets = [] {
        QList<QPair<QHostAddress, int>> list;
        for (const auto text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                                "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "::/127",
                                "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"})
            list += QHostAddress::parseSubnet(QString::fromLatin1(text));
        return list;
    }();
    return std::any_of(nets.begin(), nets.end(), [&](const auto &net) { return address.isInSubnet(net); });
}

/// An IPv4 address that is written as an IPv6 one is that IPv4 address.
static QHostAddress plain(const QHostAddress &address)
{
    bool isIPv4 = false;
    const quint32 number = address.toIPv4Address(&isIPv4);
    return isIPv4 ? QHostAddress(number) : address;
}

Egress egressOf(const SandboxSpec &sandbox)
{
    return hasEgressList(sandbox) ? Egress(sandbox.egress) : std::nullopt;
}

bool mayReach(const Egress &egress, const QString &host, int port)
{
    return !egress || isAllowed(*egress, host, port);
}

bool mayConnect(const Egress &egress, const QString &host, const QHostAddress &address, int port)
{
    if (!egress)
        return true;
    if (!mayReach(egress, host, port))
        return false;
    const QHostAddress target = plain(address);
    if (!isLocal(target) || (host == "localhost"_L1 && target.isLoopback()))
        return true;
    return isAllowed(*egress, target.toString(), port);
}

} // namespace engine
