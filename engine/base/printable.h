#pragma once

#include <QString>

namespace engine {

/// Text of a pack, log or bundle as it may be shown in a terminal or written into a document: control,
/// bidirectional and other invisible characters become visible tokens such as <U+001B>; tabs stay, line feeds
/// stay where keepLines is set.
QString printable(const QString &text, bool keepLines = false);

} // namespace engine
