#pragma once

class QAbstractItemView;
class QLabel;
class QString;
class QWidget;

namespace ui {

/// Lays a page out: its title above a view, or above what is shown instead while the view's model is empty.
void layOutListPage(QWidget *page, const QString &title, QAbstractItemView *view, QWidget *whenEmpty);

/// The large first line of a page: our own words.
QLabel *pageTitle(const QString &text, QWidget *parent);

/// The heading of a section of a page: our own words.
QLabel *sectionTitle(const QString &text, QWidget *parent);

/// Text in the colour that stands back; plain, wrapped.
QLabel *quietLabel(const QString &text, QWidget *parent);

/// The margins of pages and the gaps between their sections, from the font.
int pageMargin(const QWidget *page);

} // namespace ui
