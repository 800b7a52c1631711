#include "engine/link/endpoint.h"
#include "engine/local/doctor/doctor_checks.h"
#include "engine/local/key_ring.h"

#include <QDirIterator>
#include <QFileInfo>
#include <QStorageInfo>

using namespace Qt::StringLiterals;

/// The checks of the data directory and of the small files in it.
namespace engine {

namespace {

const QString folderCheck = u"data-directory"_s;

constexpr auto ofOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther
                          | QFile::WriteOther | QFile::ExeOther;

QString mode(QFile::Permissions permissions)
{
    const auto flags = uint(permissions.toInt());
    const uint bits = ((flags & 0x7000U) >> 6U) | ((flags & 0x70U) >> 1U) | (flags & 0x7U);
    return u"0%1"_s.arg(bits, 3, 8, QLatin1Char('0'));
}

DoctorFinding checkSpace(const DataDir &dir)
{
    const QString check = u"free-space"_s;
    const QStorageInfo storage(dir.path());
    if (!storage.isValid())
        return unknown(check, u"the file system of \"%1\" does not say"_s.arg(dir.path()));
    const qint64 mebibytes = storage.bytesAvailable() / (1024 * 1024);
    const QString message = u"%1 MiB are free for \"%2\""_s.arg(mebibytes).arg(dir.path());
    const QString advice = u"make room; taskrunner store prune removes old runs"_s;
    if (mebibytes < 64)
        return broken(check, message, advice);
    return mebibytes < 1024 ? doubtful(check, message, advice) : fine(check, message);
}

DoctorFinding checkLink(const DataDir &dir, const std::optional<DataDirOwner> &owner)
{
    const QString check = u"link"_s;
    const bool isOwned = owner && owner->isAlive();
    const bool isThere = QFileInfo::exists(dir.path() + u"/link"_s);
    if (owner && owner->isElsewhere())
        return unknown(check, u"the owner runs on another machine"_s);
    if (!isThere && !isOwned)
        return fine(check, u"nobody listens for commands of others, as nobody owns the data directory"_s);
    if (!isThere)
        return doubtful(check, u"the owner does not listen, so other commands cannot reach it"_s,
                        u"end process %1 before other commands are used"_s.arg(owner->pid));
    const auto connected = connectTo(dir.path());
    if (!connected && connected.error().code == ErrorCode::Disconnected)
        return doubtful(check,
                        u"the socket \"%1/link\" was left by a process that has ended"_s.arg(dir.path()),
                        u"nothing: the next command that runs something replaces it"_s);
    if (!connected)
        return broken(check, connected.error().message, u"look at who may use \"%1/link\""_s.arg(dir.path()));
    const auto peer = peerOf(connected->fd());
    return peer ? fine(check, u"process %1 listens for commands of others"_s.arg(peer->processId))
                : unknown(check, peer.error().message);
}

} // namespace

DoctorFindings checkFolder(const DataDir &dir)
{
    const QFileInfo folder(dir.path());
    if (!folder.exists())
        return {unknown(
            folderCheck,
            u"\"%1\" does not exist yet; the first command that runs something makes it"_s.arg(dir.path()))};
    if (!folder.isDir())
        return {broken(folderCheck, u"\"%1\" is not a folder"_s.arg(dir.path()),
                       u"move it away, or choose another place with --data-dir"_s)};
    if (folder.ownerId() != uint(ownUserId()))
        return {broken(
            folderCheck,
            u"\"%1\" belongs to user %2, not to %3"_s.arg(dir.path()).arg(folder.ownerId()).arg(ownUserId()),
            u"choose another place with --data-dir, or work as that user"_s)};
    if (!folder.isWritable())
        return {broken(folderCheck, u"\"%1\" cannot be written to"_s.arg(dir.path()),
                       u"chmod 700 \"%1\", or look how its file system is mounted"_s.arg(dir.path()))};
    DoctorFindings findings;
    const QFile::Permissions permissions = folder.permissions();
    if (permissions & ofOthers)
        findings += doubtful(
            folderCheck, u"others may look into \"%1\": its mode is %2"_s.arg(dir.path(), mode(permissions)),
            u"chmod 700 \"%1\""_s.arg(dir.path()));
    else
        findings +=
            fine(folderCheck, u"\"%1\" is for its owner only, and can be written to"_s.arg(dir.path()));
    return findings + DoctorFindings{checkSpace(dir)};
}

bool isInUse(const DataDir &dir)
{
    const auto owner = dir.owner();
    return owner && (owner->isAlive() || owner->isElsewhere());
}

DoctorFindings checkOwner(const DataDir &dir)
{
    const QString check = u"lock"_s;
    const auto owner = dir.owner();
    const DoctorFinding link = checkLink(dir, owner);
    if (!owner)
        return {fine(check, u"nobody owns the data directory"_s), link};
    const QString who = u"%1, process %2 on %3"_s.arg(owner->program).arg(owner->pid).arg(owner->host);
    if (owner->isElsewhere())
        return {doubtful(check, u"the data directory is owned by %1"_s.arg(who),
                         u"give commands for it there; this is another machine"_s),
                link};
    if (!owner->isAlive())
        return {doubtful(check, u"the lock was left by %1, which has ended"_s.arg(who),
                         u"nothing: the next command that runs something replaces it"_s),
                link};
    return {fine(check, u"the data directory is owned by %1"_s.arg(who)), link};
}

static DoctorFinding checkKeyFiles(const DataDir &dir)
{
    const QString check = u"key-files"_s;
    int count = 0;
    QDirIterator walk(dir.keysFolder(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QFileInfo file(walk.next());
        if (file.permissions() & ofOthers)
            return broken(
                check,
                u"others may read \"%1\": its mode is %2"_s.arg(file.filePath(), mode(file.permissions())),
                u"chmod 600 \"%1\"; make a new key if others can have read it"_s.arg(file.filePath()));
        ++count;
    }
    if (count == 0)
        return unknown(check, u"there is no key yet"_s);
    return fine(check, count == 1 ? u"the only key can be read by its owner only"_s
                                  : u"%1 keys can be read by their owner only"_s.arg(count));
}

DoctorFindings checkKeys(const DataDir &dir)
{
    const QString keyCheck = u"engine-key"_s;
    const QString trustCheck = u"trust"_s;
    const QString keyFile = dir.keysFolder() + u"/engine.pem"_s;
    DoctorFindings findings{checkKeyFiles(dir)};
    if (!QFileInfo::exists(keyFile)) {
        findings += unknown(keyCheck, u"the engine has no key yet; its first start makes one"_s);
    } else if (const auto key = SigningKey::load(keyFile)) {
        findings += fine(keyCheck, u"the engine signs with the key %1"_s.arg(key->publicKey().keyId()));
    } else {
        findings += broken(keyCheck, key.error().message,
                           u"put the right key back; without it no engine starts here"_s);
    }
    if (!QFileInfo::exists(dir.trustFile())) {
        findings += unknown(trustCheck, u"no key is trusted yet"_s);
    } else if (const auto trust = KeyRing(dir).trust()) {
        findings += fine(trustCheck, u"\"%1\" can be read"_s.arg(dir.trustFile()));
    } else {
        findings += broken(trustCheck, trust.error().toString(), u"put the right trust.json back"_s);
    }
    return findings;
}

} // namespace engine
