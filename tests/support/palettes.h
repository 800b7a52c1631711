#pragma once

#include <QPalette>

/// A light and a dark palette that do not depend on the machine's theme.
inline QPalette paletteOf(QRgb window, QRgb base, QRgb text, QRgb highlight)
{
    QPalette palette{QColor(window)}; // Derives the shades for frames and buttons.
    palette.setColor(QPalette::Base, QColor(base));
    palette.setColor(QPalette::AlternateBase, QColor(window));
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
        palette.setColor(role, QColor(text));
    palette.setColor(QPalette::Highlight, QColor(highlight));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, QColor(0x80, 0x80, 0x80));
    return palette;
}

inline QPalette lightPalette()
{
    return paletteOf(0xFFEFEFEF, 0xFFFFFFFF, 0xFF000000, 0xFF308CC6);
}

inline QPalette darkPalette()
{
    return paletteOf(0xFF2B2D31, 0xFF1E1F22, 0xFFE6E8EB, 0xFF2F6FB5);
}
