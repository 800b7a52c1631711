#pragma once

#include "engine/plan/view/plan_difference.h"

#include <QJsonArray>
#include <QSet>

namespace engine {

/// Collects what differs between two plans in JSON form, for differenceOf(). Knows the members that steps,
/// lists and maps are made of; whatever else there is, is compared as a value, so nothing is passed over.
class PlanComparer
{
public:
    void compare(const QJsonObject &before, const QJsonObject &after);

    QList<PlanChange> takeChanges(); ///< Those of modules last.
    QList<MapChange> takeMaps() { return std::move(m_maps); }

private:
    using Subject = PlanChange::Subject;

    /// Where a value stands: a subject and a field below it.
    struct Place
    {
        Subject subject = Subject::Whole;
        QString path{};
        QString field{};

        Place below(const QString &name) const;
    };

    void compareMember(const QString &name, const QJsonValue &before, const QJsonValue &after);
    void compareNamed(Subject subject, const QJsonValue &before, const QJsonValue &after);
    void compareSecretNames(const QJsonValue &before, const QJsonValue &after);
    void compareSubjects(Subject subject, const QString &key, const QJsonValue &before,
                         const QJsonValue &after);

    void compareSteps(const Place &parent, const QJsonValue &before, const QJsonValue &after);
    void compareStep(const Place &step, const QJsonObject &before, const QJsonObject &after);
    void compareStepMember(const Place &step, const QString &name, const QJsonObject &before,
                           const QJsonObject &after);
    void compareTemplates(const Place &map, const QJsonValue &before, const QJsonValue &after);
    void compareItems(const Place &map, const QJsonObject &before, const QJsonObject &after);
    void compareItemSteps(const Place &map, qsizetype index, const QJsonValue &before,
                          const QJsonValue &after);
    void compareModules(const Place &step, const QJsonValue &before, const QJsonValue &after);

    void compareValues(const Place &place, const QJsonValue &before, const QJsonValue &after);
    bool compareElements(const Place &place, const QJsonArray &before, const QJsonArray &after);
    void add(PlanChange::Kind kind, const Place &place, const QJsonValue &before, const QJsonValue &after,
             const QString &predecessor = {});

    QList<PlanChange> m_changes;
    QList<PlanChange> m_modules;
    QSet<QString> m_seenModules;
    QList<MapChange> m_maps;
    QString m_map; ///< The outermost map whose items are compared now.
};

} // namespace engine
