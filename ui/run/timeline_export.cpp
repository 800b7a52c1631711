#include "ui/run/timeline_export.h"

#include "engine/base/run_on.h"
#include "engine/base/when_done.h"

#include <QSaveFile>

namespace ui {

using namespace Qt::StringLiterals;
using engine::Result;
using engine::RunEvent;
using engine::RunView;
using engine::TimelineFormat;

TimelineFormat timelineFormatOf(const QString &path)
{
    if (path.endsWith(u".jsonl"_s, Qt::CaseInsensitive))
        return TimelineFormat::JsonLines;
    return path.endsWith(u".txt"_s, Qt::CaseInsensitive) ? TimelineFormat::Text : TimelineFormat::Chrome;
}

static Result<> write(const QString &path, const QByteArray &bytes)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit())
        return {};
    return engine::Error{
        engine::ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
}

void exportTimeline(engine::RunService &service, const engine::RunId &run, const QString &path,
                    QObject *context, std::function<void(const Result<> &)> done)
{
    const auto take = [path, context, done](const RunView &view, const QList<RunEvent> &events) {
        const auto now = engine::SystemClock().now();
        // A large run takes its time; the window does not wait for it.
        engine::whenDone(engine::runOn(*QThreadPool::globalInstance(),
                                       [path, view, events, now] {
                                           return write(path, engine::timelineIn(timelineFormatOf(path), view,
                                                                                 events, now));
                                       }),
                         context, done);
    };
    engine::whenDone(service.run(run), context,
                     [&service, run, context, done, take](const Result<RunView> &view) {
                         if (!view)
                             return done(view.error());
                         engine::whenDone(service.events(run, 0), context,
                                          [view = *view, done, take](const Result<QList<RunEvent>> &events) {
                                              events ? take(view, *events) : done(events.error());
                                          });
                     });
}

} // namespace ui
