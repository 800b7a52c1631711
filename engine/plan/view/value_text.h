#pragma once

#include <QJsonValue>
#include <QString>

#include <utility>

/// Values of a plan in sentences for people. Internal to engine/plan. Every result is one printable line.
namespace engine {

/// How many characters of a value a sentence shows.
inline constexpr qsizetype shownLength = 80;

QString quoted(const QString &text); ///< In double quotes.

/// "1 step", "2 steps".
QString countOf(qsizetype count, const QString &thing);

QString peopleText(qint64 count); ///< "1 person", "2 people".

/// At most limit characters of a text, then "…". A surrogate pair stays whole.
QString shortened(const QString &text, qsizetype limit = shownLength);

/// Two texts, shortened so that both show the first place where they differ.
std::pair<QString, QString> shortenedPair(const QString &before, const QString &after,
                                          qsizetype limit = shownLength);

/// A value as JSON, shortened.
QString valueText(const QJsonValue &value);

/// The same, but a string without quotes.
QString valueOrText(const QJsonValue &value);

} // namespace engine
