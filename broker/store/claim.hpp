#pragma once

#include "broker/store/epoch_file.hpp"
#include "broker/store/gate.hpp"
#include "broker/tenure/tenure.hpp"
#include "common/base/conditions.hpp"
#include "common/base/result.hpp"
#include "common/sqlite/folder_lock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weft::store {

/// The condition of the error of who is fenced: another has the store, or may have it.
inline constexpr std::string_view kFenced = kResourceLocked;

/// A broker's claim on a store's folder: a tenure, with the files and locks that it goes by.
///
/// | file    | is                                                                        |
/// |---------|---------------------------------------------------------------------------|
/// | `lock`  | locked by who has the store, as long as its process lives                 |
/// | `epoch` | who that is, and that it is at work                                       |
/// | `gate`  | locked, shared, by who writes; alone, by who takes the store from another |
///
/// Who writes looks into `epoch` behind the gate, and who writes another name there has shut it: so
/// nothing is ever written by who was deposed, whenever it stood still.
/// Threading: one thread at a time.
class Claim {
public:
    struct Options {
        std::string folder;
        std::string broker{};            // what the mesh calls it
        Duration lease{};                // 0: the lock alone
        std::function<Instant()> now{};  // empty: the machine's, which goes on while it sleeps
        std::function<bool(const tenure::Holder&)> end_process{};  // empty: as own_process.hpp
    };

    /// For another thread: it may write while that broker has the store, too.
    class Deputy {
    public:
        Deputy() = default;
        /// Errors: kFenced; of the files.
        [[nodiscard]] Result<Gate::Pass> enter();

    private:
        friend class Claim;
        Deputy(Gate gate, EpochFile file, tenure::Record record);

        Gate gate_;
        std::optional<EpochFile> file_;
        tenure::Record record_;
    };

    /// A standby's, which has nothing yet.
    explicit Claim(Options options);
    /// At once, or an error that says who has the store.
    [[nodiscard]] static Result<std::unique_ptr<Claim>> take(Options options);
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    /// Says in the file that it went, if it had the store.
    ~Claim();

    // --- standby
    /// Looks, and takes the store if that is to be had: true. It is to be asked again and again.
    /// Errors: of the files; it may be asked again all the same.
    [[nodiscard]] Result<bool> seek();
    /// Who has the store, since when, and what is waited for; as of the last `seek`.
    const std::string& why_not() const { return why_not_; }

    // --- active
    /// Before anything is written, and as long as that takes. Errors: kFenced; of the files.
    [[nodiscard]] Result<Gate::Pass> enter();
    /// Behind the gate: right before a flush. Errors: the same.
    [[nodiscard]] Result<void> confirm();
    /// Behind the gate, where it was since the store was its: renews the lease once that is due,
    /// and is never late. Errors: the same.
    [[nodiscard]] Result<void> keep();
    [[nodiscard]] Result<Deputy> deputy() const;

    const tenure::Tenure& tenure() const { return tenure_; }

private:
    enum class How : std::uint8_t { with_lock, from_another };

    Result<bool> begin(const std::optional<tenure::Record>& before, How how);
    Result<void> obey(tenure::Tenure::Verdict verdict);
    void be_told_why(const tenure::Record* record, std::string_view what);

    Options options_;
    EpochFile file_;
    tenure::Tenure tenure_;
    sqlite::FolderLock lock_;
    Gate gate_;
    std::string why_not_;
};

}  // namespace weft::store
