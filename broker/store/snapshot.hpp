#pragma once

#include "broker/store/body_files.hpp"
#include "broker/store/file.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/database.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weft::store {

using sqlite::Database;
using sqlite::Statement;

/// What reading all of a store told.
struct Verdict {
    static constexpr std::size_t kFaultsMax = 100;  // that are named; all are counted

    /// A message that its broker set aside because it could not be read.
    struct SetAside {
        std::string queue{};
        std::uint64_t message = 0;
        std::uint64_t bytes = 0;  // that are kept of it
    };

    std::uint64_t queues = 0;
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;  // of their payloads
    std::uint64_t body_files = 0;
    std::uint64_t faults = 0;
    std::vector<std::string> named{};
    std::vector<SetAside> set_aside{};
};

/// A store as of one commit, whether its broker runs or not: its file is in a transaction of its
/// own, and its body files are held open, so that nothing of it goes away. While this lives, the
/// log of a running broker grows. Threading: one thread at a time.
class Snapshot {
public:
    /// Commits that may delete files while they are opened, before they count as missing.
    static constexpr int kAttempts = 100;

    /// Errors: there is no store, or one of another version.
    [[nodiscard]] static Result<Snapshot> take(const std::string& folder);

    /// Reads all of it. Errors: it can't be read at all.
    [[nodiscard]] Result<Verdict> verify();
    /// Puts a copy, all flushed, into a folder that has no store. Its database comes last and at
    /// once: a folder whose copy was cut short has none.
    [[nodiscard]] Result<void> copy_to(const std::string& folder);

private:
    struct Body {
        File file{};  // closed: it is missing
        std::uint64_t size = 0;
    };

    [[nodiscard]] Result<bool> hold_bodies();
    [[nodiscard]] Result<void> copy_body(std::uint64_t number, const std::string& to);
    [[nodiscard]] Result<void> check_file(Verdict& verdict);
    [[nodiscard]] Result<void> check_segments(Verdict& verdict);
    [[nodiscard]] Result<void> check_shares(Verdict& verdict);
    [[nodiscard]] Result<void> check_body(const BodyPlace& place, std::string& fault);

    std::string folder_;
    Database database_;
    std::map<std::uint64_t, Body> bodies_;
};

/// Puts a copy beside the running broker of `folder`, or without one, into a folder that is empty
/// or not there, and reads all of the copy.
[[nodiscard]] Result<Verdict> back_up(const std::string& folder, const std::string& to);

/// Makes a store of a copy, of which all is read first. Errors: a broker runs there, it has a store
/// already, or the copy has faults.
[[nodiscard]] Result<Verdict> restore(const std::string& copy, const std::string& folder);

}  // namespace weft::store
