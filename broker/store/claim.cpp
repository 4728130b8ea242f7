#include "broker/store/claim.hpp"

#include "broker/store/own_process.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <utility>

namespace weft::store {
namespace {

using sqlite::FolderLock;
using tenure::Record;
using tenure::Tenure;

/// The machine's sleep is time, too.
Instant time_with_sleep() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return Instant{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

std::uint64_t since_1970() {
    using std::chrono::duration_cast;
    using std::chrono::milliseconds;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

/// "2026-07-28T09:35:59Z"
std::string day_and_time(std::uint64_t milliseconds) {
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

tl::unexpected<Error> deposed(const std::string& why) {
    return fail(kFenced, "this broker writes nothing more, for " + why);
}

}  // namespace

Claim::Claim(Options options)
    : options_{std::move(options)},
      file_{options_.folder},
      tenure_{own_process(options_.broker), options_.lease} {
    if (!options_.now) {
        options_.now = time_with_sleep;
    }
    if (!options_.end_process) {
        options_.end_process = end_process;
    }
}

Result<std::unique_ptr<Claim>> Claim::take(Options options) {
    auto claim = std::make_unique<Claim>(std::move(options));
    WEFT_TRY(bool taken, claim->seek());
    if (!taken) {  // one that stands by has the lock for a moment whenever it looks
        WEFT_TRY(taken, claim->seek());
    }
    if (!taken) {
        return fail(kResourceLocked,
                    "the store in '" + claim->options_.folder +
                        "' is in use by another broker: stop that one, or name another folder in "
                        "/store/path, or set /store/standby, and this one waits (" +
                        claim->why_not_ + ")");
    }
    return claim;
}

Claim::~Claim() {
    if (tenure_.life() != tenure::Life::active) {
        return;
    }
    const auto pass = enter();  // it may have been deposed and not know it yet
    if (pass) {
        Record record = tenure_.record();
        record.left = true;
        (void)file_.write(record, EpochFile::Flush::yes);  // else its lease is waited for
    }
}

// --- standby ---------------------------------------------------------------------------------

Result<bool> Claim::seek() {
    auto lock = FolderLock::take(options_.folder, "broker");
    if (!lock && lock.error().condition != kResourceLocked) {
        return tl::unexpected(lock.error());
    }
    WEFT_TRY(const std::optional<Record> record, file_.read());
    const Record* const other = record ? &*record : nullptr;
    switch (tenure_.look({.lock_free = lock.has_value(), .record = record}, options_.now())) {
        case Tenure::Step::wait:
            be_told_why(other, lock ? "its lease is waited for, for it is of another machine" : "");
            return false;
        case Tenure::Step::take: {
            lock_ = *std::move(lock);
            auto begun = begin(record, How::with_lock);
            if (!begun || !*begun) {  // another may try
                lock_ = {};
            }
            return begun;
        }
        case Tenure::Step::seize:
            return begin(record, How::from_another);
    }
    return false;
}

/// With the gate shut: whoever had the store is not writing, and looks before it writes again.
Result<bool> Claim::begin(const std::optional<Record>& before, How how) {
    const Record* const other = before ? &*before : nullptr;
    WEFT_TRY(gate_, Gate::open(options_.folder));
    WEFT_TRY(const std::optional<Gate::Pass> shut, gate_.shut());
    if (!shut) {
        // Nothing but its end keeps a process that stands still there from writing.
        const bool ended =
            how == How::from_another && other != nullptr && options_.end_process(other->holder);
        be_told_why(other, ended ? "it stood still in the middle of a write, and is ended"
                                 : "it stands still in the middle of a write: end that process");
        lock_ = {};
        return false;
    }
    WEFT_TRY(const std::optional<Record> now_there, file_.read());
    if (now_there != before) {
        be_told_why(now_there ? &*now_there : nullptr, "");
        lock_ = {};
        return false;
    }
    if (how == How::from_another) {
        WEFT_TRY(lock_, FolderLock::replace(options_.folder));
    }
    const Instant begun = options_.now();
    const Record record = tenure_.next(before, since_1970());
    if (auto written = file_.write(record, EpochFile::Flush::yes); !written) {
        lock_ = {};
        return tl::unexpected(written.error());
    }
    tenure_.begin(record, begun);
    return true;
}

void Claim::be_told_why(const Record* record, std::string_view what) {
    why_not_ = record == nullptr || record->left
                   ? "another process has the lock of '" + options_.folder + "'"
                   : in_words(*record) + ", has the store since " + day_and_time(record->since);
    if (!what.empty()) {
        why_not_.append("; ").append(what);
    }
}

// --- active ----------------------------------------------------------------------------------

Result<Gate::Pass> Claim::enter() {
    WEFT_TRY(Gate::Pass pass, gate_.enter());
    if (auto held = confirm(); !held) {
        return tl::unexpected(held.error());
    }
    return pass;
}

Result<void> Claim::confirm() {
    WEFT_TRY(const std::optional<Record> seen, file_.read());
    return obey(tenure_.check(seen, options_.now()));
}

Result<void> Claim::keep() {
    if (options_.lease == Duration{} || !tenure_.is_due(options_.now())) {
        return {};
    }
    WEFT_TRY(const std::optional<Record> seen, file_.read());
    return obey(tenure_.recheck(seen));
}

Result<void> Claim::obey(Tenure::Verdict verdict) {
    switch (verdict) {
        case Tenure::Verdict::held:
            return {};
        case Tenure::Verdict::due:
            return file_.write(tenure_.renewed(options_.now()), EpochFile::Flush::no);
        case Tenure::Verdict::fenced:
            return deposed(tenure_.fence());
    }
    return {};
}

// --- deputies --------------------------------------------------------------------------------

Claim::Deputy::Deputy(Gate gate, EpochFile file, Record record)
    : gate_{std::move(gate)}, file_{std::move(file)}, record_{std::move(record)} {}

Result<Claim::Deputy> Claim::deputy() const {
    WEFT_TRY(Gate gate, Gate::open(options_.folder));
    return Deputy{std::move(gate), file_, tenure_.record()};
}

Result<Gate::Pass> Claim::Deputy::enter() {
    WEFT_TRY(Gate::Pass pass, gate_.enter());
    WEFT_TRY(const std::optional<Record> seen, file_->read());
    if (!seen || seen->epoch != record_.epoch || seen->holder.id != record_.holder.id) {
        return deposed("another has the store now");
    }
    return pass;
}

}  // namespace weft::store
