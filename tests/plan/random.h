#pragma once

#include <QList>

#include <random>

/// Choices that one seed decides, the same on every machine: of the standard library only the engine is, its
/// distributions are not.
class Random
{
public:
    explicit Random(quint32 seed)
        : m_engine(seed)
    {
    }

    int below(int count) { return int(m_engine() % uint(count)); } ///< 0 to count-1.
    int between(int least, int most) { return least + below(most - least + 1); }
    bool chance(int percent) { return below(100) < percent; }

    template<class Value>
    Value pick(const QList<Value> &values)
    {
        return values.at(below(int(values.size())));
    }

    template<class Value>
    void shuffle(QList<Value> &values)
    {
        for (qsizetype i = values.size() - 1; i > 0; --i)
            values.swapItemsAt(i, below(int(i) + 1));
    }

private:
    std::mt19937 m_engine;
};
