#pragma once

#include "tests/support/test_http_server.h"
#include "tests/support/test_log.h"

/// A transparency log over HTTP, of the generation of its TestLog: takes entries that are rightly signed,
/// grows between calls, has each entry once, and says where it is; or does what a test tells it to.
///
/// Everything is handled by the event loop of the test.
class TestLogServer : public QObject
{
    Q_OBJECT
public:
    enum class Mode {
        Works,
        Fails,     ///< 500.
        IsBusy,    ///< 429.
        IsSilent,  ///< Takes the request and never answers.
        BreaksOff, ///< Takes the entry and closes the connection.
        Refuses,   ///< 400, with words of its own.
        LeadsAway, ///< A redirect.
        TalksRubbish,
        ForgesRoot, ///< The proof leads to another root than that of the checkpoint.
        SwapsEntry, ///< The right proof of somebody else's entry.
        SwapsKey,   ///< Checkpoint and timestamp are signed by another key.
    };

    /// log outlives the server.
    explicit TestLogServer(test::TestLog &log, QObject *parent = nullptr);

    QString url() const { return http.url(QString()); }

    Mode mode = Mode::Works;
    int growth = 3; ///< Entries of others before each new one.
    TestHttpServer http{};

private:
    using Request = TestHttpServer::Request;
    using Answer = TestHttpServer::Answer;

    Answer answer(const Request &request);
    Answer create(const Request &request);
    Answer conflict(quint64 index) const;
    Answer get(const QByteArray &target) const;
    Answer tile(const QByteArray &path) const;
    QByteArray entryJson(const engine::LogEntry &entry) const;
    engine::LogEntry proofOf(quint64 index) const;
    QByteArray idOf(quint64 index) const;

    test::TestLog &m_log;
    test::TestLog m_impostor;
};
