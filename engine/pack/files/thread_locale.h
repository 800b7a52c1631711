#pragma once

#include <QtGlobal>

#include <clocale>

namespace engine {

/// The locale of this thread while the object lives, whatever the program's is: libarchive reads and writes
/// names as the locale has them.
class ThreadLocale
{
public:
    explicit ThreadLocale(const char *name)
        : m_locale(::newlocale(LC_ALL_MASK, name, locale_t{}))
        , m_before(m_locale ? ::uselocale(m_locale) : locale_t{})
    {
    }
    ~ThreadLocale()
    {
        if (!m_locale)
            return;
        ::uselocale(m_before);
        ::freelocale(m_locale);
    }
    Q_DISABLE_COPY_MOVE(ThreadLocale)

private:
    const locale_t m_locale;
    const locale_t m_before;
};

} // namespace engine
