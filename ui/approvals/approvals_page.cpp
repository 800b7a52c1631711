#include "ui/approvals/approvals_page.h"

#include "ui/approvals/gates_model.h"
#include "ui/common/empty_state.h"
#include "ui/common/page_parts.h"
#include "ui/common/table.h"
#include "ui/runs/run_feed.h"

#include <QTableView>

namespace ui {

using namespace Qt::StringLiterals;

ApprovalsPage::ApprovalsPage(RunFeed *feed, QWidget *parent)
    : QWidget(parent)
{
    auto *table = makeTable(feed->gates(), u"approvalsTable"_s, tr("Gates that wait for approval"), this);
    connect(table, &QTableView::activated, this, [this, feed](const QModelIndex &index) {
        const engine::GateRequest &gate = feed->gates()->gateAt(index.row());
        Q_EMIT gateRequested(gate.run, gate.path);
    });
    auto *empty =
        new EmptyState(tr("Nothing waits for approval"),
                       tr("When a run on this machine reaches an approval gate, it is listed here."));
    layOutListPage(this, tr("Approvals"), table, empty);
    setFocusProxy(table);
}

} // namespace ui
