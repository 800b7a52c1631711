#include "engine/plan/view/graph_writer.h"

#include "engine/plan/view/printable_text.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Keeps the indentation of what is written.
class IndentedWriter : public GraphWriter
{
protected:
    void line(const QString &text) { m_text += QString(m_depth * 2, u' ') + text + u'\n'; }
    void indent() { ++m_depth; }
    void outdent() { --m_depth; }
    QString take() { return std::move(m_text); }

private:
    QString m_text;
    int m_depth = 0;
};

class DotWriter : public IndentedWriter
{
public:
    void begin(const QString &title) override
    {
        line(u"digraph plan {"_s);
        indent();
        line(u"label=%1;"_s.arg(quoted({title})));
        line(u"rankdir=LR;"_s);
        line(u"node [shape=box, style=rounded, fontname=\"sans-serif\"];"_s);
    }
    void node(const QString &id, const QStringList &lines, Shape shape, Look look) override
    {
        if (shape == Shape::Joint)
            return line(u"%1 [shape=point];"_s.arg(id));
        QString more;
        if (shape == Shape::Approval)
            more = u", shape=hexagon"_s;
        else if (shape == Shape::Policy)
            more = u", shape=diamond"_s;
        else if (shape == Shape::Map)
            more = u", shape=box3d"_s;
        line(u"%1 [label=%2%3%4];"_s.arg(id, quoted(lines), more, styleOf(look)));
    }
    void beginBox(const QString &id, const QString &title, Look look) override
    {
        line(u"subgraph cluster_%1 {"_s.arg(id));
        indent();
        line(u"label=%1;"_s.arg(quoted({title})));
        line(look == Look::Skipped ? u"style=\"rounded,dashed\";"_s : u"style=rounded;"_s);
    }
    void endBox() override
    {
        outdent();
        line(u"}"_s);
    }
    void edge(const QString &from, const QString &to) override { line(u"%1 -> %2;"_s.arg(from, to)); }
    QString end() override
    {
        outdent();
        line(u"}"_s);
        return take();
    }

private:
    static QString quoted(const QStringList &lines)
    {
        QStringList safe;
        for (const QString &text : lines)
            safe += printableLine(text)
                        .replace(u'\\', u"\\\\"_s)
                        .replace(u'"', u"\\\""_s)
                        .replace(u'&', u"&amp;"_s);
        return u'"' + safe.join(u"\\n"_s) + u'"';
    }
    static QString styleOf(Look look)
    {
        switch (look) {
        case Look::Plain: return {};
        case Look::Skipped: return u", style=\"rounded,dashed\", fontcolor=\"#5f6b76\""_s;
        case Look::Waits: return u", style=\"rounded,filled\", fillcolor=\"#ffc233\""_s;
        case Look::Denied:
            return u", style=\"rounded,filled\", fillcolor=\"#5b2a86\", fontcolor=\"#ffffff\""_s;
        case Look::Open: return u", style=\"rounded,dotted\""_s;
        }
        Q_UNREACHABLE();
    }
};

class MermaidWriter : public IndentedWriter
{
public:
    void begin(const QString &title) override
    {
        line(u"---"_s);
        line(u"title: %1"_s.arg(quoted({title})));
        line(u"---"_s);
        line(u"flowchart LR"_s);
        indent();
        line(u"classDef skipped stroke-dasharray:5 5,color:#5f6b76"_s);
        line(u"classDef waits fill:#ffc233,color:#2b1d00"_s);
        line(u"classDef denied fill:#5b2a86,color:#ffffff"_s);
        line(u"classDef open stroke-dasharray:2 2"_s);
    }
    void node(const QString &id, const QStringList &lines, Shape shape, Look look) override
    {
        const QString label = quoted(lines);
        const QString name = classOf(look).isEmpty() ? QString() : u":::"_s + classOf(look);
        switch (shape) {
        case Shape::Run: return line(id + u'(' + label + u')' + name);
        case Shape::Map: return line(id + u"[["_s + label + u"]]"_s + name);
        case Shape::Approval: return line(id + u"{{"_s + label + u"}}"_s + name);
        case Shape::Policy: return line(id + u'{' + label + u'}' + name);
        case Shape::Joint: return line(id + u"(( ))"_s);
        }
    }
    void beginBox(const QString &id, const QString &title, Look) override
    {
        line(u"subgraph %1 [%2]"_s.arg(id, quoted({title})));
        indent();
    }
    void endBox() override
    {
        outdent();
        line(u"end"_s);
    }
    void edge(const QString &from, const QString &to) override { line(u"%1 --> %2"_s.arg(from, to)); }
    QString end() override { return take(); }

private:
    static QString classOf(Look look)
    {
        switch (look) {
        case Look::Plain: return {};
        case Look::Skipped: return u"skipped"_s;
        case Look::Waits: return u"waits"_s;
        case Look::Denied: return u"denied"_s;
        case Look::Open: return u"open"_s;
        }
        Q_UNREACHABLE();
    }
    /// Inside quotes Mermaid still reads HTML and its own entities ("#quot;"), so what could be either is an
    /// entity.
    static QString quoted(const QStringList &lines)
    {
        QStringList safe;
        for (const QString &text : lines) {
            QString out;
            for (const QChar letter : printableLine(text)) {
                const bool isPlain =
                    letter.isLetterOrNumber() || QStringView(u" -_.,:;/()+=%!?*'[]@").contains(letter);
                out += isPlain ? QString(letter) : u"#%1;"_s.arg(letter.unicode());
            }
            safe += out;
        }
        return u'"' + safe.join(u"<br/>"_s) + u'"';
    }
};

} // namespace

std::unique_ptr<GraphWriter> GraphWriter::make(GraphFormat format)
{
    if (format == GraphFormat::Dot)
        return std::make_unique<DotWriter>();
    return std::make_unique<MermaidWriter>();
}

} // namespace engine
