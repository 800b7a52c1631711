// LIBS: engine_link
#include "engine/link/link_calls.h"
#include "engine/link/link_news.h"
#include "engine/link/link_protocol.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace engine;

static void check(bool holds)
{
    if (!holds)
        std::abort();
}

static void checkRequest(const QByteArray &line)
{
    const auto request = parseRequest(line);
    if (!request)
        return check(!request.error().message.isEmpty());
    check(request->id > 0);
    const auto written = requestLine(*request);
    check(written && !written->contains('\n') && *parseRequest(*written) == *request);
    const auto call = readLinkCall(request->call, request->args);
    check(call || !call.error().message.isEmpty());
}

static void checkMessage(const QByteArray &line)
{
    const auto message = parseMessage(line);
    if (!message)
        return check(!message.error().message.isEmpty());
    const auto news = readNews(message->signal, message->args);
    check(news || !news.error().message.isEmpty());
}

/// What is taken for a request is written as the same request, in one line; each call and signal is read or
/// refused with words.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray line(reinterpret_cast<const char *>(data), qsizetype(size));
    checkRequest(line);
    checkMessage(line);
    if (const auto hello = parseHello(line))
        check(hello->protocol != linkProtocol || *parseHello(helloLine(*hello)) == *hello);
    return 0;
}
