// LIBS: engine_run
#include "engine/run/line_splitter.h"

/// However a stream is cut into reads, its lines are the same; none holds a line end, and each line feed ends
/// one. The first byte of the input says how long the reads are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using namespace engine;
    if (size == 0)
        return 0;
    const qsizetype chunk = 1 + data[0];
    // Repeated, so that lines over the limit are within reach of short inputs.
    const QByteArray once(reinterpret_cast<const char *>(data + 1), qsizetype(size - 1));
    const QByteArray bytes =
        data[0] % 8 == 0 ? once.repeated(2'000).first(qMin<qsizetype>(once.size() * 2'000, 200'000)) : once;

    LineSplitter whole;
    const QList<SplitLine> expected = whole.add(bytes) + whole.finish();
    LineSplitter splitter;
    QList<SplitLine> lines;
    for (qsizetype at = 0; at < bytes.size(); at += chunk)
        lines += splitter.add(bytes.mid(at, chunk));
    lines += splitter.finish();
    if (lines != expected)
        __builtin_trap();

    qsizetype ended = 0;
    for (const SplitLine &line : std::as_const(lines)) {
        ended += line.continues ? 0 : 1;
        if (line.text.contains(u'\n') || line.text.contains(u'\r') || line.text.contains(QChar(u'\0')))
            __builtin_trap();
    }
    const qsizetype unended = bytes.isEmpty() || bytes.endsWith('\n') ? 0 : 1;
    if (ended != bytes.count('\n') + unended)
        __builtin_trap();
    return 0;
}
