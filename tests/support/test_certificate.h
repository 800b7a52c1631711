#pragma once

#include <QSslCertificate>
#include <QSslKey>

/// A key and a certificate that it signed itself, made anew: who trusts it trusts it as an authority, too.
struct TestCertificate
{
    QSslCertificate certificate{};
    QSslKey key{};

    /// names: as in subjectAltName, "DNS:localhost,IP:127.0.0.1".
    static TestCertificate make(const QByteArray &names);
};
