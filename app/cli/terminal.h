#pragma once

#include "app/cli/exit_code.h"
#include "engine/base/result.h"
#include "engine/record/gate_record.h"

#include <QFuture>
#include <QJsonObject>

namespace cli {

/// Text of a pack, log or bundle as it may go to a terminal: control, bidirectional and other invisible
/// characters become visible tokens such as <U+001B>; tabs stay, line feeds stay where keepLines is set.
QString printable(const QString &text, bool keepLines = false);

void out(const QString &text);         ///< Standard output, with a line feed.
void err(const QString &text);         ///< Standard error, with a line feed.
void outJson(const QJsonObject &json); ///< One line of canonical JSON, for machines.
void outBytes(const QByteArray &bytes);
/// To a file, or to standard output where path is empty. A file is there whole or not at all; a pipe or
/// device is written to, never replaced. Fails with Io.
engine::Result<> writeOutput(const QByteArray &bytes, const QString &path);
bool isTerminal(int fd);
/// Asks on standard error, and reads a line of standard input: whether it is "yes" and nothing else.
bool askForYes(const QString &question);

/// Prints an error and what belongs to it: each cause, with its source line and a caret on a terminal.
/// With json: {"error": ...} on standard output.
ExitCode fail(const engine::Error &error, bool json);

/// "succeeded", in the state's colour where standard output is a terminal (and NO_COLOR is not set).
QString coloured(engine::RunState state);
QString coloured(engine::StepState state);

/// Waits for a future of a service; the command line has nothing else to do meanwhile.
template<class T>
engine::Result<T> await(QFuture<engine::Result<T>> future)
{
    future.waitForFinished();
    if (future.isCanceled() || future.resultCount() == 0)
        return engine::Error{engine::ErrorCode::Cancelled, QStringLiteral("the engine stopped"), {}, {}};
    return future.result();
}

/// Columns padded to the widest cell; the first row is the heading.
QString table(const QList<QStringList> &rows);

} // namespace cli
