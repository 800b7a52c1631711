#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"

using namespace Qt::StringLiterals;

namespace engine {

bool isUnsigned(const Bundle &bundle)
{
    return !bundle.contents.has(layout::sumsSignature) && !bundle.contents.has(layout::attestation)
           && bundle.manifest && !bundle.manifest->files.contains(layout::attestation);
}

Finding checkContainer(const Bundle &bundle)
{
    if (!bundle.end.problem.isEmpty())
        return failed(bundle.end.headline, bundle.end.problem);
    return passed(u"%1 files"_s.arg(bundle.end.files));
}

Finding checkListing(const Bundle &bundle)
{
    if (!bundle.manifest)
        return failed(bundle.manifest.error());
    const auto &listed = bundle.manifest->files;
    for (const auto &[path, digest] : bundle.contents.files()) {
        if (!layout::isAboveManifest(path) && !listed.contains(path)
            && !layout::isAddition(path, digest.sizeBytes))
            return failed(Headline::Tampered, u"\"%1\" is not listed in the manifest"_s.arg(path));
    }
    for (const auto &[path, file] : listed) {
        if (layout::isAboveManifest(path) || layout::isAddition(path, file.digest.sizeBytes))
            return failed(Headline::Tampered,
                          u"the manifest lists \"%1\", which is made after it"_s.arg(path));
        if (!bundle.contents.has(path))
            return failed(Headline::Incomplete, u"\"%1\" is missing"_s.arg(path));
    }
    for (const QString &path :
         {layout::sums, layout::sumsSignature, layout::provenance, layout::sigstoreProvenance}) {
        if (!bundle.contents.has(path) && !isUnsigned(bundle))
            return failed(Headline::Incomplete, u"\"%1\" is missing"_s.arg(path));
    }
    return passed();
}

Finding checkDigests(const Bundle &bundle)
{
    if (!bundle.sums)
        return failed(bundle.sums.error());
    for (const auto &[path, actual] : bundle.contents.files()) {
        const auto sum = bundle.sums->find(path);
        if (sum != bundle.sums->end() && sum->second != actual.sha256)
            return failed(Headline::Tampered, u"\"%1\" was changed: its SHA-256 is %2, not %3"_s.arg(
                                                  path, actual.sha256, sum->second));
    }
    if (!bundle.manifest)
        return failed(bundle.manifest.error());
    std::map<QString, QString> listed;
    for (const QString &path : {layout::manifest, layout::provenance, layout::sigstoreProvenance}) {
        const auto file = bundle.contents.files().find(path);
        const auto sum = bundle.sums->find(path); // That it is missing is for the listing to say.
        if (file != bundle.contents.files().end())
            listed.emplace(path, file->second.sha256);
        else if (sum != bundle.sums->end())
            listed.insert(*sum);
    }
    for (const auto &[path, file] : bundle.manifest->files) {
        const auto actual = bundle.contents.files().find(path);
        if (actual != bundle.contents.files().end() && actual->second != file.digest)
            return failed(Headline::Tampered, u"\"%1\" is not the file that the manifest lists"_s.arg(path));
        listed.emplace(path, file.digest.sha256);
    }
    if (listed != *bundle.sums)
        return failed(Headline::Tampered,
                      u"%1 and %2 do not list the same files"_s.arg(layout::sums, layout::manifest));
    return passed();
}

} // namespace engine
