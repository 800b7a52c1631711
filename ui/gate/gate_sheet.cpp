#include "ui/gate/gate_sheet.h"

#include "engine/base/duration.h"
#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/gate/gate_rules.h"
#include "ui/gate/step_facts.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QHash>
#include <QLocale>
#include <QPalette>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextFrame>
#include <QTextTable>

namespace ui {

using namespace Qt::StringLiterals;
using engine::GateRequest;
using engine::OutlineNode;
using engine::StepKind;

namespace {

/// Writes a document block by block.
class SheetWriter
{
    Q_DECLARE_TR_FUNCTIONS(ui::GateSheet)

public:
    SheetWriter(QTextDocument &document, const QFont &font, const QPalette &palette)
        : m_cursor(&document)
        , m_palette(palette)
        , m_em(QFontMetricsF(font).height())
    {
        m_code.setFontFamilies({monospaceFont().family()});
        m_code.setFontFixedPitch(true);
        m_quiet.setForeground(quietText(palette));
        m_heading.setFontWeight(QFont::Bold);
        m_heading.setFontPointSize(font.pointSizeF() * 1.15);
        m_strong.setFontWeight(QFont::DemiBold);
    }

    void write(const GateSheet &sheet)
    {
        m_cursor.beginEditBlock();
        where(sheet);
        asked(sheet);
        onApprove(sheet.view);
        otherwise(sheet.view.gate);
        people(sheet);
        policies(sheet.run);
        soFar(sheet);
        digests(sheet.view);
        m_cursor.endEditBlock();
    }

private:
    using Rows = QList<std::pair<QString, QString>>;

    void block(double above, double indent = 0)
    {
        QTextBlockFormat format;
        format.setTopMargin(m_cursor.atStart() ? 0 : above * m_em);
        format.setLeftMargin(indent * m_em);
        if (m_fresh)
            m_cursor.setBlockFormat(format);
        else
            m_cursor.insertBlock(format, QTextCharFormat());
        m_fresh = false;
    }

    void heading(const QString &text)
    {
        block(1.1);
        m_cursor.insertText(text, m_heading);
    }

    void sentence(const QString &text, double indent = 0)
    {
        block(0.3, indent);
        m_cursor.insertText(text, QTextCharFormat());
    }

    void quiet(const QString &text, double indent = 0)
    {
        block(0.3, indent);
        m_cursor.insertText(text, m_quiet);
    }

    void rows(const Rows &rows)
    {
        if (rows.isEmpty())
            return;
        QTextTableFormat format;
        format.setBorder(0);
        format.setCellPadding(0);
        format.setCellSpacing(m_em * 0.15);
        format.setTopMargin(m_em * 0.2);
        format.setBottomMargin(m_em * 0.8);
        format.setColumnWidthConstraints({QTextLength(QTextLength::FixedLength, m_em * 9),
                                          QTextLength(QTextLength::PercentageLength, 100)});
        QTextTable *table = m_cursor.insertTable(int(rows.size()), 2, format);
        for (int row = 0; row < rows.size(); ++row) {
            table->cellAt(row, 0).firstCursorPosition().insertText(rows.at(row).first, m_quiet);
            table->cellAt(row, 1).firstCursorPosition().insertText(rows.at(row).second);
        }
        m_cursor.movePosition(QTextCursor::End);
        m_fresh = true;
    }

    void code(const QStringList &lines, double indent)
    {
        QTextBlockFormat format;
        format.setLeftMargin(indent * m_em);
        format.setBackground(mixed(m_palette.color(QPalette::Base), m_palette.color(QPalette::Text), 0.06));
        for (const QString &line : lines) {
            m_cursor.insertBlock(format, QTextCharFormat());
            m_cursor.insertText(line.isEmpty() ? u" "_s : line, m_code);
        }
    }

    /// The words of a pack, framed, so that they cannot be taken for ours.
    void framed(const QString &caption, const QString &text)
    {
        quiet(caption);
        QTextFrameFormat format;
        format.setBorder(1);
        format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
        format.setBorderBrush(lineColor(m_palette));
        format.setPadding(m_em * 0.5);
        format.setTopMargin(m_em * 0.3);
        format.setBottomMargin(m_em * 0.9);
        m_cursor.insertFrame(format);
        bool first = true;
        for (const QString &line : text.split(u'\n')) {
            if (!first)
                m_cursor.insertBlock();
            first = false;
            m_cursor.insertText(safeText(line), QTextCharFormat());
        }
        m_cursor.movePosition(QTextCursor::End);
        m_fresh = true;
    }

    void where(const GateSheet &sheet)
    {
        heading(tr("Where"));
        rows({{tr("Source"), safeText(sheet.source)},
              {tr("Pack"), safeText(sheet.view.packName) + u' ' + safeText(sheet.view.packVersion)},
              {tr("Run"), safeText(sheet.view.gate.run.value)},
              {tr("Gate"), safeText(sheet.view.gate.path)}});
    }

    void asked(const GateSheet &sheet)
    {
        const GateRequest &gate = sheet.view.gate;
        heading(tr("What is asked"));
        const QString title = gate.title.isEmpty() ? gate.approvalId : gate.title;
        const QString words = gate.message.isEmpty() ? title : title + u"\n\n"_s + gate.message;
        framed(tr("In the words of the pack %1:").arg(safeValue(sheet.view.packName)), words);
    }

    void onApprove(const engine::GateView &view)
    {
        heading(tr("What happens when it is approved"));
        if (view.gate.required > 1)
            sentence(tr("When %n approvals are there, these steps can start, in this order:", nullptr,
                        view.gate.required));
        else if (!view.next.isEmpty())
            sentence(tr("These steps can start, in this order:"));
        if (view.next.isEmpty())
            sentence(tr("No step follows: the run ends."));
        bool open = false;
        const int outermost = outermostDepth(view.next);
        for (const OutlineNode &node : view.next)
            open = step(node, node.depth - outermost) || open;
        if (open)
            quiet(tr("Parts in {{ }} are filled in from earlier steps when the step starts."));
    }

    static int outermostDepth(const engine::Outline &outline)
    {
        int least = outline.isEmpty() ? 0 : outline.first().depth;
        for (const OutlineNode &node : outline)
            least = std::min(least, node.depth);
        return least;
    }

    /// True when it holds an expression that is still open.
    bool step(const OutlineNode &node, int depth)
    {
        const double indent = 0.6 + depth * 1.4;
        block(0.7, indent);
        m_cursor.insertText(safeText(node.path), m_strong);
        m_cursor.insertText(u"   "_s + kindSentence(node), m_quiet);
        if (!node.name.isEmpty())
            sentence(safeText(node.name), indent);
        const QList<StepFact> facts = stepFacts(node);
        for (const StepFact &fact : facts) {
            if (!fact.isCode && fact.lines.size() == 1) {
                block(0.15, indent);
                m_cursor.insertText(fact.label + u": "_s, m_quiet);
                m_cursor.insertText(fact.lines.first(), QTextCharFormat());
                continue;
            }
            quiet(fact.label + u':', indent);
            code(fact.lines, indent);
        }
        return hasOpenExpression(facts);
    }

    static QString kindSentence(const OutlineNode &node)
    {
        if (node.skip)
            return tr("will be skipped");
        switch (node.kind) {
        case StepKind::Run: return node.isTemplate ? tr("runs once for each item") : tr("runs");
        case StepKind::Parallel: return tr("runs the following side by side");
        case StepKind::Map: return tr("runs the following for each item");
        case StepKind::Approval: return tr("then waits for the next approval");
        case StepKind::Policy: return tr("is checked by a policy");
        }
        return {};
    }

    void otherwise(const GateRequest &gate)
    {
        heading(tr("What happens otherwise"));
        sentence(tr("One rejection is enough: the gate fails, and what follows it does not run."));
        sentence(
            tr("Without a decision by %1 it counts as rejected.").arg(GateWords::dateTime(gate.expiresAt)));
        sentence(tr("Closing this window decides nothing."));
    }

    void people(const GateSheet &sheet)
    {
        const GateRequest &gate = sheet.view.gate;
        const QList<engine::Decision> decisions = decisionsAt(gate, sheet.run.decisions);
        heading(tr("Who asks and who decides"));
        rows({{tr("Asked by"), safeText(gate.requestedBy)},
              {tr("Asked at"), GateWords::dateTime(gate.requestedAt)},
              {tr("Who decides"), GateWords::approvers(gate.approvers)},
              {tr("Same person"),
               gate.allowSelfApproval ? tr("who asked may decide too") : tr("who asked may not decide")},
              {tr("Approvals"), tr("%1 of %2").arg(approvalsOf(decisions)).arg(gate.required)}});
        for (const engine::Decision &decision : decisions) {
            const engine::DecisionStatement &said = decision.statement;
            block(0.3, 0.6);
            m_cursor.insertText(safeText(said.approver), m_strong);
            const bool approved = said.verdict == engine::Verdict::Approve;
            m_cursor.insertText(u' ' + (approved ? tr("approved") : tr("rejected")) + u", "_s
                                    + GateWords::dateTime(said.decidedAt),
                                QTextCharFormat());
            if (!said.reason.isEmpty())
                quiet(u"“"_s + safeText(said.reason) + u"”"_s, 1.2);
            if (!decision.withdrawal)
                continue;
            const engine::WithdrawalStatement &back = decision.withdrawal->statement;
            sentence(tr("Taken back %1; it does not count.").arg(GateWords::dateTime(back.withdrawnAt)), 1.2);
            if (!back.reason.isEmpty())
                quiet(u"“"_s + safeText(back.reason) + u"”"_s, 1.2);
        }
    }

    void policies(const engine::RunView &run)
    {
        heading(tr("Policies"));
        if (run.policies.isEmpty())
            quiet(tr("No policy has been checked in this run."));
        for (const engine::PolicyDecision &policy : run.policies) {
            block(0.3, 0.6);
            m_cursor.insertText(safeText(policy.policyId), m_strong);
            m_cursor.insertText(u' ' + (policy.allow ? tr("allows") : tr("denies")), QTextCharFormat());
            m_cursor.insertText(u"   "_s + safeText(policy.path), m_quiet);
            for (const engine::PolicyDenial &denial : policy.denials)
                sentence(safeText(denial.id) + u": "_s + safeText(denial.message), 1.2);
        }
    }

    void soFar(const GateSheet &sheet)
    {
        heading(tr("What the run did so far"));
        quiet(tr("As of %1.").arg(GateWords::dateTime(sheet.at)));
        QHash<QString, const engine::StepRecord *> records;
        for (const engine::StepRecord &record : sheet.run.steps)
            records.insert(record.path, &record);
        for (const OutlineNode &node : sheet.run.outline) {
            const engine::StepRecord *record = records.value(node.path);
            if (!record || record->state == engine::StepState::Pending)
                continue;
            block(0.15, 0.6 + node.depth * 1.0);
            m_cursor.insertText(safeText(node.path), m_strong);
            m_cursor.insertText(u"   "_s + stateWord(record->state), QTextCharFormat());
            if (!record->reason.isEmpty())
                m_cursor.insertText(u"   "_s + safeText(record->reason), m_quiet);
        }
        for (const engine::Artifact &artifact : sheet.run.artifacts) {
            block(0.15, 0.6);
            m_cursor.insertText(safeText(artifact.name), m_strong);
            m_cursor.insertText(u"   "_s
                                    + tr("%1 from %2")
                                          .arg(QLocale::c().formattedDataSize(artifact.sizeBytes),
                                               safeValue(artifact.stepPath)),
                                QTextCharFormat());
            block(0, 1.2);
            m_cursor.insertText(u"sha256:"_s + safeText(artifact.sha256), m_code);
        }
    }

    void digests(const engine::GateView &view)
    {
        heading(tr("Digests"));
        quiet(tr("The decision is signed together with these."));
        for (const auto &[label, digest] : Rows{{tr("Plan"), view.gate.planHash},
                                                {tr("Pack"), view.packDigest},
                                                {tr("What is shown here"), engine::shownDigest(view)}}) {
            quiet(label, 0.6);
            block(0, 0.6);
            m_cursor.insertText(safeText(digest), m_code);
        }
        quiet(tr("Revision %1 of this gate.").arg(view.gate.revision), 0.6);
    }

    QTextCursor m_cursor;
    const QPalette m_palette;
    const double m_em;
    bool m_fresh = true; ///< The cursor is in an empty block: at the start, or after a table or a frame.
    QTextCharFormat m_code;
    QTextCharFormat m_quiet;
    QTextCharFormat m_heading;
    QTextCharFormat m_strong;
};

} // namespace

void writeGateSheet(QTextDocument &document, const GateSheet &sheet, const QFont &font,
                    const QPalette &palette)
{
    document.clear();
    document.setDefaultFont(font);
    document.setUndoRedoEnabled(false);
    SheetWriter(document, font, palette).write(sheet);
}

} // namespace ui
