#pragma once

#include "engine/pack/pack.h"

#include <QTest>

/// Rows for tests of manifests that must be refused: part of a manifest, with the rest of a good one around
/// it.
namespace rows {

inline const QByteArray top = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n";
inline const QByteArray steps = "  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]\n";

inline void columns()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("error");
}

inline void whole(const char *name, const QByteArray &yaml, const char16_t *error)
{
    QTest::newRow(name) << yaml << QString::fromUtf16(error);
}

/// The value of metadata, in line 3.
inline void metadata(const char *name, const QByteArray &yaml, const char16_t *error)
{
    whole(name, top + "metadata: " + yaml + "\nspec:\n" + steps, error);
}

/// The members of spec, from line 5.
inline void spec(const char *name, const QByteArray &yaml, const char16_t *error)
{
    whole(name, top + "metadata: { name: p, version: 1.0.0 }\nspec:\n" + yaml, error);
}

/// The members of spec, from line 5, without the steps.
inline void before(const char *name, const QByteArray &yaml, const char16_t *error)
{
    spec(name, yaml + steps, error);
}

/// What one run step does, in line 8.
inline void run(const char *name, const QByteArray &yaml, const char16_t *error)
{
    spec(name,
         "  inputs: [{ name: target, type: string }, { name: package, type: file }]\n"
         "  steps:\n    - id: a\n      run: { "
             + yaml + " }\n",
         error);
}

/// To be called by the test of each row.
inline void checkRefused()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, error);

    const auto manifest = engine::parseManifest(yaml, QStringLiteral("p.yaml"));

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), error);
}

} // namespace rows
