#include "ui/evidence/headline_text.h"

#include <QCoreApplication>

namespace ui {

using engine::CheckResult;
using engine::Headline;

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(ui::Evidence)

public:
    static QString title(Headline headline)
    {
        switch (headline) {
        case Headline::Tampered: return tr("This bundle was tampered with");
        case Headline::Incomplete: return tr("Parts of this bundle are missing");
        case Headline::NotCheckable: return tr("This bundle could not be checked");
        case Headline::RevokedKey: return tr("The key that signed this bundle was revoked");
        case Headline::UnknownKey: return tr("This bundle is signed with a key you do not know");
        case Headline::UntrustedForPurpose: return tr("The signing key is not trusted for evidence");
        case Headline::ExpiredKey: return tr("The signing key was not valid at the time");
        case Headline::Unsigned: return tr("This bundle is not signed");
        case Headline::Good: return tr("This bundle is genuine and complete");
        }
        return {};
    }

    static QString advice(Headline headline)
    {
        switch (headline) {
        case Headline::Tampered:
            return tr("Its content is not what was signed. Do not rely on anything in it; keep the file and "
                      "find out "
                      "where it was changed.");
        case Headline::Incomplete:
            return tr("What is there was not shown to be changed, but something that belongs to it is not "
                      "there. Ask "
                      "for the whole bundle.");
        case Headline::NotCheckable:
            return tr("It is not in a form that this version can check, so nothing is known about it, good "
                      "or bad.");
        case Headline::RevokedKey:
            return tr("The signature fits the content, but the key's owner withdrew the key: somebody else "
                      "may have "
                      "signed.");
        case Headline::UnknownKey:
            return tr("The signature fits the content, but nothing says whose key it is. If you know the "
                      "signer, compare "
                      "the key's fingerprint with them and add it to your trust file.");
        case Headline::UntrustedForPurpose:
            return tr(
                "The key is known to you, but your trust file does not let it sign the evidence of runs.");
        case Headline::ExpiredKey:
            return tr(
                "The signature fits the content, but it was made outside the time for which your trust file "
                "trusts the key.");
        case Headline::Unsigned:
            return tr(
                "The content agrees with itself, but nobody vouches for it: anyone could have made it.");
        case Headline::Good:
            return tr("It is signed with a key that you trust, and no check found anything wrong.");
        }
        return {};
    }

    static QString of(CheckResult result)
    {
        switch (result) {
        case CheckResult::Passed: return tr("Passed");
        case CheckResult::Failed: return tr("Failed");
        case CheckResult::NotRun: return tr("Not run");
        }
        return {};
    }
};

} // namespace

QString headlineTitle(Headline headline)
{
    return Words::title(headline);
}

QString headlineAdvice(Headline headline)
{
    return Words::advice(headline);
}

QString checkResultWord(CheckResult result)
{
    return Words::of(result);
}

} // namespace ui
