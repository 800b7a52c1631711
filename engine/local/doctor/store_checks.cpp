#include "engine/base/duration.h"
#include "engine/local/doctor/doctor_checks.h"
#include "engine/store/store.h"
#include "engine/store/upkeep/store_glance.h"

using namespace Qt::StringLiterals;

/// The checks of the database, and of the clock by what stands in it.
namespace engine {

namespace {

const QString storeCheck = u"store"_s;
const QString integrityCheck = u"store-integrity"_s;
const QString logCheck = u"store-log"_s;
const QString clockCheck = u"clock"_s;
const QString incidentCheck = u"incident"_s;

DoctorFinding checkSchema(const StoreGlance &glance)
{
    const QString message = u"the store has schema %1"_s.arg(glance.schemaVersion);
    if (glance.schemaVersion > Store::SchemaVersion)
        return broken(storeCheck, u"%1; this program knows up to %2"_s.arg(message).arg(Store::SchemaVersion),
                      u"use the newer version of this program"_s);
    if (glance.schemaVersion < Store::SchemaVersion)
        return fine(storeCheck,
                    u"%1; the next command that runs something brings it to %2"_s.arg(message).arg(
                        Store::SchemaVersion));
    return fine(storeCheck, message);
}

DoctorFinding checkLog(const StoreGlance &glance, bool isInUse)
{
    if (glance.logBytes == 0)
        return fine(logCheck, u"there is no write-ahead log to be taken in"_s);
    if (isInUse)
        return fine(logCheck, u"the write-ahead log has %1 bytes"_s.arg(glance.logBytes));
    return doubtful(logCheck,
                    u"a process that has ended left %1 bytes in the write-ahead log"_s.arg(glance.logBytes),
                    u"nothing: the next command that reads or runs something takes them in"_s);
}

QString whyNotWhole(bool isInUse)
{
    return isInUse ? u"a process that is using the store may be writing it"_s
                   : u"the file is only whole together with its write-ahead log"_s;
}

DoctorFinding checkIntegrity(const StoreGlance &glance, bool isInUse)
{
    if (!glance.isWhole)
        return unknown(integrityCheck, whyNotWhole(isInUse));
    if (!glance.damage.isEmpty())
        return broken(
            integrityCheck, u"the store is damaged: %1"_s.arg(glance.damage),
            u"keep a copy of the file and go on from a backup; nothing is written to it as it is"_s);
    return fine(integrityCheck, u"SQLite's quick check found nothing"_s);
}

DoctorFinding checkClock(const StoreGlance &glance, bool isInUse, Timestamp now)
{
    if (!glance.isWhole)
        return unknown(clockCheck, whyNotWhole(isInUse));
    if (!glance.newestEvent)
        return unknown(clockCheck, u"there is no stored event to hold the clock against"_s);
    if (now < *glance.newestEvent)
        return doubtful(clockCheck,
                        u"the clock says %1, which is %2 before the newest stored event"_s.arg(
                            toIso(now), toWords(*glance.newestEvent - now)),
                        u"set the clock; until then gates expire late and times in journals stand still"_s);
    return fine(clockCheck,
                u"the clock is after the newest stored event, of %1"_s.arg(toIso(*glance.newestEvent)));
}

DoctorFinding checkIncident(const StoreGlance &glance, bool isInUse)
{
    if (!glance.isWhole)
        return unknown(incidentCheck, whyNotWhole(isInUse));
    const Incident &incident = glance.incident;
    if (!incident.isOn)
        return fine(incidentCheck, u"incident mode is off"_s);
    return doubtful(incidentCheck,
                    u"incident mode is on since %1 by %2, so no step is started: %3"_s.arg(
                        toIso(incident.since), incident.by, incident.reason),
                    u"when it is over: taskrunner incident off"_s);
}

} // namespace

DoctorFindings checkStoreFile(const DataDir &dir, Timestamp now)
{
    const bool inUse = isInUse(dir);
    const auto glance = glanceAtStore(dir.storeFile(), inUse);
    if (!glance && glance.error().code == ErrorCode::NotFound)
        return {unknown(storeCheck, u"there is no store yet; the first run makes one"_s)};
    if (!glance)
        return {
            broken(storeCheck, glance.error().message,
                   u"keep a copy of the file and go on from a backup; nothing is written to it as it is"_s)};
    return {checkSchema(*glance), checkLog(*glance, inUse), checkIntegrity(*glance, inUse),
            checkClock(*glance, inUse, now), checkIncident(*glance, inUse)};
}

} // namespace engine
