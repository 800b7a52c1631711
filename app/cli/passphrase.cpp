#include "app/cli/passphrase.h"

#include "app/cli/terminal.h"
#include "engine/local/key_ring.h"
#include "engine/local/local_run_service.h"
#include "engine/security/keyring.h"
#include "engine/security/passphrase_file.h"

#include <QFile>

#include <cerrno>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Error;
using engine::ErrorCode;
using engine::maxPassphraseBytes;
using engine::minPassphraseBytes;
using engine::PassphraseQuestion;
using engine::Result;
using engine::SecretBytes;

namespace {

class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {
    }
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Descriptor)

    bool isOpen() const { return m_fd >= 0; }
    int fd() const { return m_fd; }

private:
    const int m_fd;
};

/// The next byte; nothing at the end and after an error.
std::optional<char> readByte(int fd)
{
    char byte = 0;
    ssize_t count = 0;
    do
        count = ::read(fd, &byte, 1);
    while (count < 0 && errno == EINTR);
    return count == 1 ? std::optional<char>(byte) : std::nullopt;
}

/// The terminal of this process, which shows nothing of what is typed while this lives.
class HushedTerminal
{
public:
    HushedTerminal()
        : m_terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY))
    {
        m_isReady = m_terminal.isOpen() && ::tcgetattr(m_terminal.fd(), &m_before) == 0;
        if (!m_isReady)
            return;
        termios hushed = m_before;
        hushed.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG); // Ctrl+C must not leave it hushed.
        hushed.c_cc[VMIN] = 1;
        hushed.c_cc[VTIME] = 0;
        m_isReady = ::tcsetattr(m_terminal.fd(), TCSAFLUSH, &hushed) == 0;
    }
    ~HushedTerminal()
    {
        if (m_isReady)
            ::tcsetattr(m_terminal.fd(), TCSAFLUSH, &m_before);
    }
    Q_DISABLE_COPY_MOVE(HushedTerminal)

    bool isReady() const { return m_isReady; }
    void say(const QString &text) const;
    Result<SecretBytes> readLine() const;

private:
    const Descriptor m_terminal;
    termios m_before = {};
    bool m_isReady = false;
};

void HushedTerminal::say(const QString &text) const
{
    const QByteArray bytes = text.toUtf8();
    if (::write(m_terminal.fd(), bytes.constData(), size_t(bytes.size())) < 0)
        return; // Reading will fail as well.
}

Result<SecretBytes> HushedTerminal::readLine() const
{
    constexpr char interrupt = 3;
    constexpr char endOfInput = 4;
    constexpr char backspace = 8;
    constexpr char clearLine = 21;
    constexpr char erase = 127;
    SecretBytes line(maxPassphraseBytes + 1);
    qsizetype size = 0;
    while (true) {
        const auto byte = readByte(m_terminal.fd());
        if (!byte || *byte == interrupt || *byte == endOfInput) {
            say(u"\n"_s);
            return Error{ErrorCode::Cancelled, u"no passphrase was given"_s, {}, {}};
        }
        if (*byte == '\n' || *byte == '\r')
            break;
        if (*byte == clearLine)
            size = 0;
        else if (*byte == erase || *byte == backspace)
            size = std::max<qsizetype>(0, size - 1);
        else if (size < line.size())
            line.data()[size++] = *byte;
    }
    say(u"\n"_s);
    line.truncate(size);
    return line;
}

/// "passphrase of the key \"ben\"".
QString nameOf(const PassphraseQuestion &question)
{
    const QString what = question.isPin ? u"PIN"_s : u"passphrase"_s;
    if (question.keyName == engine::engineKeyName)
        return what + u" of the engine's key"_s;
    return u"%1 of the key \"%2\""_s.arg(what, printable(question.keyName));
}

Result<SecretBytes> askForNew(const HushedTerminal &terminal, const PassphraseQuestion &question)
{
    constexpr int maxAttempts = 3;
    for (int attempt = 0; attempt < maxAttempts; ++attempt) {
        terminal.say(u"New %1: "_s.arg(nameOf(question)));
        auto first = terminal.readLine();
        if (!first)
            return first;
        if (first->size() < minPassphraseBytes || first->size() > maxPassphraseBytes) {
            terminal.say(u"It must have from %1 to %2 bytes.\n"_s.arg(QString::number(minPassphraseBytes),
                                                                      QString::number(maxPassphraseBytes)));
            continue;
        }
        terminal.say(u"Again: "_s);
        const auto second = terminal.readLine();
        if (!second)
            return second.error();
        if (*first == *second)
            return first;
        terminal.say(u"These two are not the same.\n"_s);
    }
    return engine::invalid(u"no passphrase was typed the same way twice"_s);
}

Result<SecretBytes> askAtTerminal(const PassphraseQuestion &question)
{
    const HushedTerminal terminal;
    if (!terminal.isReady())
        return Error{
            ErrorCode::PassphraseNeeded,
            u"the %1 is needed, and there is no terminal to ask at; give it with --passphrase-file"_s.arg(
                nameOf(question)),
            {},
            {}};
    if (question.isNew)
        return askForNew(terminal, question);
    if (question.attempt > 0)
        terminal.say(u"That was not it.\n"_s);
    QString prompt = nameOf(question) + u": "_s;
    prompt[0] = prompt[0].toUpper();
    terminal.say(prompt);
    return terminal.readLine();
}

engine::PassphraseSource sourceFromFile(const QString &path)
{
    return [path](const PassphraseQuestion &question) -> Result<SecretBytes> {
        if (question.attempt == 0)
            return engine::readPassphraseFile(path);
        return Error{ErrorCode::WrongPassphrase,
                     u"what the passphrase file \"%1\" says is not the %2"_s.arg(path, nameOf(question)),
                     {},
                     {}};
    };
}

} // namespace

engine::PassphraseSource passphraseSource(const Options &options)
{
    engine::PassphraseSource source =
        options.passphraseFile.isEmpty() ? askAtTerminal : sourceFromFile(options.passphraseFile);
    if (!options.passphraseKeyring)
        return source;
    return engine::keyringFirst(engine::Keyring(engine::dataDirFor(options.dataDir)), std::move(source));
}

} // namespace cli
