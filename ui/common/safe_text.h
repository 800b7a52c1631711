#pragma once

#include <QLabel>
#include <QString>

namespace ui {

/// Text from a pack, a server, a log or a bundle, made fit to be seen: one line of plain text in which
/// nothing hides.
///
/// Control, format (bidirectional, zero-width), default-ignorable, private-use and unassigned characters and
/// lone surrogates become tokens such as "<U+202E>"; a run of more than 8 spaces becomes "<U+0020 x32>";
/// likewise a pile of more than 4 combining marks on one letter. Never longer than 64 Ki characters: what is
/// left out is counted.
///
/// Pure and reentrant.
QString safeText(const QString &text);

/// Like safeText(), but line feeds stay line feeds and tabs become four spaces: for blocks of text.
QString safeLines(const QString &text);

/// Like safeText(), with "&" doubled: for buttons, tabs, menus and labels with a buddy.
QString safeLabel(const QString &text);

/// Like safeText(), isolated for direction (U+2068 ... U+2069): for a value inside a sentence of ours.
QString safeValue(const QString &text);

/// A label that shows safeLines(text) and nothing else: plain text, selectable, wrapped.
QLabel *plainLabel(const QString &text, QWidget *parent = nullptr);

} // namespace ui
