#pragma once

#include <QString>

/// Folder of the pack for a first try: in ../share/taskrunner/packs from this program; empty when it is not
/// there.
QString samplePack();
