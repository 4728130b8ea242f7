#pragma once

#include "common/base/result.hpp"
#include "common/io/guarded.hpp"
#include "common/io/line_file.hpp"
#include "common/wire/value.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// Something that somebody did to the daemon, or tried to. What is not known is empty or null.
/// Threading: not shared (a value).
struct AuditEvent {
    enum class Kind : std::uint8_t { login, change };

    Kind kind = Kind::change;
    std::string action{};      // "login", "update", "purge", …
    std::string subject{};     // "listener/clients"
    std::string user{};        // who he is, or said he was
    std::string host{};        // with or without the port
    std::string connection{};  // "[C7] of 'edge-1'"
    std::string_view via{};    // a literal: "AMQP", "HTTP", "file"
    wire::Value arguments{};
    wire::Value before{};
    wire::Value after{};
    bool done = true;
    std::string reason{};  // why not
};

/// Where its lines go, if anywhere.
struct AuditConfig {
    std::string file{};
    std::string logins_file{};  // of logins and what was refused; empty: to `file`
    io::LineFile::Limits limits{};
};

/// Who logged in, or was not let in, and who changed what: the last of it in memory, and all of it,
/// one line of JSON each, in files. Nobody waits for them: what finds no room is counted.
///
/// Changes are kept apart from logins and from what was refused, so that who tries passwords, or
/// what he may not, puts out no change.
/// Threading: any thread.
class Audit {
public:
    static constexpr std::size_t kKeptMax = 1000;                    // of each shelf
    static constexpr std::size_t kBytesMax = std::size_t{8} << 20;   // of their lines, likewise
    static constexpr std::size_t kTextMax = 512;                     // of each text
    static constexpr std::size_t kValueMax = std::size_t{16} << 10;  // of each value, as JSON
    using Time = std::chrono::system_clock::time_point;

    struct Kept {
        std::uint64_t number = 0;  // counted up
        Time at{};
        AuditEvent event{};
        std::string line{};  // without its end
    };
    using KeptPtr = std::shared_ptr<const Kept>;

    /// Errors: of a file that can't be opened.
    [[nodiscard]] Result<void> open(const AuditConfig& config);
    void add(AuditEvent event, Time now = std::chrono::system_clock::now());

    /// The last ones, in their order.
    std::vector<KeptPtr> all();
    std::size_t size();
    struct Counters {
        std::array<std::uint64_t, 2> done{};  // by kind
        std::array<std::uint64_t, 2> refused{};
        std::uint64_t dropped = 0;   // lines that were left out of a file
        std::uint64_t failures = 0;  // times that a file could not be written
    };
    Counters counters();

private:
    struct Shelf {
        std::deque<KeptPtr> kept;
        std::size_t bytes = 0;
    };
    struct Book {
        std::array<Shelf, 2> shelves;  // the others; changes that were made
        std::uint64_t last = 0;
        Counters counters;
        std::unique_ptr<io::LineFile> file;
        std::unique_ptr<io::LineFile> logins_file;

        void add(AuditEvent event, Time now);
    };

    io::Guarded<Book> book_;
};

/// The one of the process.
Audit& audit();

/// An event as a line: {"time":…,"number":…,"action":…,"subject":…,…,"outcome":"done"}.
std::string audit_line(const AuditEvent& event, std::uint64_t number, Audit::Time at);

}  // namespace weft::daemon
