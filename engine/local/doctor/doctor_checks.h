#pragma once

#include "engine/local/data_dir.h"
#include "engine/local/doctor/doctor.h"

/// The checks that examine() puts together. Internal to this folder.
namespace engine {

using DoctorFindings = QList<DoctorFinding>;

DoctorFinding fine(const QString &check, const QString &message);
DoctorFinding doubtful(const QString &check, const QString &message, const QString &advice);
DoctorFinding broken(const QString &check, const QString &message, const QString &advice);
DoctorFinding unknown(const QString &check, const QString &why);

DoctorFindings checkFolder(const DataDir &dir);
DoctorFindings checkOwner(const DataDir &dir);
DoctorFindings checkStoreFile(const DataDir &dir,
                              Timestamp now); ///< With the clock, which it is held against.
DoctorFindings checkKeys(const DataDir &dir);
DoctorFindings checkExecHelper(const QString &helper); ///< With the parts of a sandbox.

/// Whether a process that can be writing owns the folder.
bool isInUse(const DataDir &dir);

} // namespace engine
