// LIBS: engine_net
#include "engine/net/http_response_parser.h"

/// However an answer is cut into reads, it means the same; it never holds more than the limits; after its end
/// it is whole or says why not. The first byte of the input says how long the reads are, and whether it
/// answers a HEAD.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace engine;
    if (size == 0)
        return 0;
    const qsizetype chunk = 1 + data[0] / 2;
    const bool answersHead = data[0] % 2 == 1;
    const QByteArrayView bytes(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    const HttpLimits limits{200, 8, 64};

    HttpResponseParser whole(answersHead, limits);
    whole.add(bytes);
    const bool wasDone = whole.isDone();
    whole.end();
    HttpResponseParser parser(answersHead, limits);
    for (qsizetype at = 0; at < bytes.size(); at += chunk)
        parser.add(bytes.sliced(at, std::min(chunk, bytes.size() - at)));
    if (parser.isDone() != wasDone)
        __builtin_trap();
    parser.end();
    if (!parser.isDone() || parser.problem() != whole.problem() || parser.isTooLarge() != whole.isTooLarge())
        __builtin_trap();
    if (parser.problem().isEmpty() && parser.response() != whole.response())
        __builtin_trap();

    const HttpResponse &response = parser.response();
    if (response.body.size() > limits.bodyBytes || response.fields.size() > limits.fields)
        __builtin_trap();
    if (!parser.problem().isEmpty())
        return 0;
    if (response.status < 101 || response.status > 599 || (answersHead && !response.body.isEmpty()))
        __builtin_trap();
    for (const auto &[name, value] : response.fields) {
        if (name.isEmpty() || name != name.toLower() || !isFieldValue(value))
            __builtin_trap();
    }
    return 0;
}
