#include "engine/local/doctor/doctor.h"

#include "engine/local/doctor/doctor_checks.h"
#include "engine/local/local_run_service.h"
#include "engine/policy/opa_query.h"
#include "engine/store/upkeep/store_glance.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>
#include <openssl/crypto.h>

using namespace Qt::StringLiterals;

namespace engine {

using State = DoctorFinding::State;

QString toString(State state)
{
    switch (state) {
    case State::Ok: return u"ok"_s;
    case State::Warning: return u"warning"_s;
    case State::Failed: return u"failed"_s;
    case State::NotChecked: return u"not checked"_s;
    }
    Q_UNREACHABLE();
}

bool DoctorReport::isGood() const
{
    return std::ranges::none_of(findings,
                                [](const DoctorFinding &finding) { return finding.state == State::Failed; });
}

QJsonObject toJson(const DoctorReport &report)
{
    QJsonArray checks;
    for (const DoctorFinding &finding : report.findings) {
        QJsonObject check{{u"check"_s, finding.check},
                          {u"state"_s, toString(finding.state)},
                          {u"message"_s, finding.message}};
        if (!finding.advice.isEmpty())
            check.insert(u"advice"_s, finding.advice);
        checks.append(check);
    }
    return {{u"good"_s, report.isGood()}, {u"checks"_s, checks}};
}

DoctorFinding fine(const QString &check, const QString &message)
{
    return {check, State::Ok, message, {}};
}

DoctorFinding doubtful(const QString &check, const QString &message, const QString &advice)
{
    return {check, State::Warning, message, advice};
}

DoctorFinding broken(const QString &check, const QString &message, const QString &advice)
{
    return {check, State::Failed, message, advice};
}

DoctorFinding unknown(const QString &check, const QString &why)
{
    return {check, State::NotChecked, why, {}};
}

static DoctorFinding checkPolicyServer(const QString &option)
{
    const QString check = u"policy-server"_s;
    const QString server = policyServerFor(option);
    if (server.isEmpty())
        return unknown(check, u"none is configured; policies of the engine opa deny"_s);
    if (const auto parsed = parsePolicyServer(server); !parsed)
        return broken(check, parsed.error().message,
                      u"give the address of an OPA server, such as http://localhost:8181"_s);
    return fine(check, u"policies of the engine opa are decided by %1, which was not asked"_s.arg(server));
}

static DoctorFinding checkVersions()
{
    const auto sqlite = sqliteVersion();
    if (!sqlite)
        return broken(u"versions"_s, sqlite.error().message, u"install the SQLite driver of Qt Sql"_s);
    return fine(u"versions"_s, u"taskrunner %1, Qt %2, SQLite %3, OpenSSL %4"_s.arg(
                                   QStringLiteral(TASKRUNNER_VERSION), QString::fromLatin1(qVersion()),
                                   *sqlite, QString::fromLatin1(OpenSSL_version(OPENSSL_VERSION_STRING))));
}

DoctorReport examine(const DoctorOptions &options, Timestamp now)
{
    const DataDir dir(dataDirFor(options.dataDir));
    const QString helper = options.execHelper.isEmpty()
                               ? QCoreApplication::applicationDirPath() + u"/taskrunner-exec"_s
                               : options.execHelper;
    DoctorReport report;
    report.findings += checkFolder(dir);
    if (QFileInfo(dir.path()).isDir())
        report.findings += checkOwner(dir) + checkStoreFile(dir, now) + checkKeys(dir);
    report.findings += checkExecHelper(helper);
    report.findings += checkPolicyServer(options.policyServer);
    report.findings += checkVersions();
    return report;
}

} // namespace engine
