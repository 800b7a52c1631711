#pragma once

#include "engine/net/http_message.h"
#include "engine/record/gate_record.h"

namespace engine {

/// The body of a question to the OPA Data API: {"input": {"input", "plan", "run"}}, canonical.
///
/// @param input  what the gate gives
/// @param plan   the canonical plan
/// @param run    {"id", "planHash", "requestedBy", "tenant"}
QByteArray opaQuestion(const QJsonObject &input, const QByteArray &plan, const QJsonObject &run);

/// What the answer of POST /v1/data/PATH says: why it denies; nothing when it allows.
///
/// It allows when its status is 200 and its "result" is an object whose "allow" is true and whose "denials"
/// is an empty array. Its denials, {"id", "message"}, are taken over. Everything else denies and says why:
/// "undefined" (there is no result), "not-allowed" (without a reason of its own), "error-status",
/// "wrong-answer".
///
/// Pure. Limits: 100 denials, 200 characters of an id, 4000 of a message.
QList<PolicyDenial> readOpaAnswer(const QString &path, const HttpResponse &response);

} // namespace engine
