#pragma once

#include "engine/plan/json_members.h"

#include <QRegularExpression>

/// Texts of one form, in requests and responses. Internal to engine/evidence/approval.
namespace engine {

/// Takes a text that must be of a form; empty after a problem.
inline QString formedText(JsonMembers &members, const QString &name, const QRegularExpression &form,
                          const QString &what)
{
    QString text = members.text(name);
    if (!members.failed() && !form.match(text).hasMatch())
        members.failAt(name, QStringLiteral("\"%1\" is not %2").arg(text, what));
    return text;
}

inline QString ulidText(JsonMembers &members, const QString &name)
{
    static const QRegularExpression form(QStringLiteral("\\A[0-7][0-9A-HJKMNP-TV-Z]{25}\\z"));
    return formedText(members, name, form, QStringLiteral("an id of 26 letters and digits"));
}

inline QString nonceText(JsonMembers &members)
{
    static const QRegularExpression form(QStringLiteral("\\A[0-9a-f]{32}\\z"));
    return formedText(members, QStringLiteral("nonce"), form, QStringLiteral("a nonce of 32 hex digits"));
}

inline QString keyIdText(JsonMembers &members, const QString &name)
{
    static const QRegularExpression form(QStringLiteral("\\A[0-9a-f]{64}\\z"));
    return formedText(members, name, form, QStringLiteral("a key id of 64 hex digits"));
}

inline QString digestText(JsonMembers &members, const QString &name)
{
    static const QRegularExpression form(QStringLiteral("\\Asha256:[0-9a-f]{64}\\z"));
    return formedText(members, name, form, QStringLiteral("\"sha256:\" and 64 hex digits"));
}

inline Timestamp timeText(JsonMembers &members, const QString &name)
{
    const QString text = members.text(name);
    if (members.failed())
        return {};
    const auto time = parseIso(text);
    if (!time)
        members.failAt(name, time.error().message);
    return time ? *time : Timestamp();
}

} // namespace engine
