#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QMap>
#include <QStringList>

class Random;

/// A step that others may name, with the outputs of type array that it has.
struct KnownStep
{
    QString id{};
    QStringList lists{};
    bool isRun = false; ///< It may have artifacts.
};

/// What expressions may name.
struct KnownNames
{
    QMap<QString, QStringList> inputs{}; ///< Those with a value, by type.
    QStringList secrets{};
    QStringList approvals{};
    QStringList policies{};
    QMap<QString, bool> modules{}; ///< Name to whether it declares the inputs x and n.
    QList<KnownStep> steps{};      ///< At the top of the pack.
};

/// Values that a reader or writer could get wrong.
class RandomValues
{
public:
    explicit RandomValues(Random &random)
        : m_random(random)
    {
    }

    QString text();       ///< Without "{{".
    QString filledText(); ///< text() that is not blank.
    QString duration();
    QJsonObject retries();
    QJsonValue ofType(const QString &type); ///< An array is not empty and holds no fractions.
    QJsonValue any(int depth);
    /// Text with an expression in it; steps: those that it may name.
    QString templateOf(const KnownNames &known, const QList<KnownStep> &steps);
    QString condition(const KnownNames &known, const QList<KnownStep> &steps);

private:
    QString reference(const KnownNames &known, const QList<KnownStep> &steps);

    Random &m_random;
};

/// Steps of all kinds, nested up to 4 levels.
class RandomSteps
{
public:
    RandomSteps(Random &random, RandomValues &values, const KnownNames &known)
        : m_random(random)
        , m_values(values)
        , m_known(known)
    {
    }

    /// @param visible  steps that came before, outside
    /// @param made     the steps of the list, for those that come after it; may be nullptr
    QJsonArray list(int depth, bool sideBySide, QList<KnownStep> visible, QList<KnownStep> *made);
    QJsonArray finally();

private:
    QJsonObject step(int depth, const QList<KnownStep> &visible, KnownStep &made);
    QJsonObject step(int depth, const QList<KnownStep> &visible);
    void putRun(QJsonObject &step, const QList<KnownStep> &visible, KnownStep &made);
    void putParallel(QJsonObject &step, int depth, const QList<KnownStep> &visible);
    void putMap(QJsonObject &step, int depth, const QList<KnownStep> &visible);
    void putGate(QJsonObject &step, const QList<KnownStep> &visible);
    void putSpread(QJsonObject &json);
    QJsonObject with(const QString &uses, const QList<KnownStep> &visible);
    QJsonObject exec(const QList<KnownStep> &visible);
    QJsonObject http(const QList<KnownStep> &visible);
    QJsonObject ingest();
    void putProcess(QJsonObject &run, const QString &uses, const QList<KnownStep> &visible, KnownStep &made);
    QString argument(const QList<KnownStep> &visible);

    Random &m_random;
    RandomValues &m_values;
    const KnownNames &m_known;
    int m_count = 0;
    bool m_inMap = false;
};
