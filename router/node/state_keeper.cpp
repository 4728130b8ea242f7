#include "router/node/state_keeper.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

/// Keys that wait while the disk is slow; then those go that the table has no more.
constexpr std::size_t kUnwrittenMax = 3 * settings::kSettingsMax;

void log_keeping(io::Level level, const std::string& text) {
    WEFT_LOG(router_config::LogModule::router, level, text);
}

}  // namespace

StateKeeper::StateKeeper(StateFile file, const settings::SettingTable& table, io::Loop& loop)
    : file_{std::move(file)}, table_{table}, loop_{loop}, errand_{loop} {
    if (auto written = file_.rewrite(table_.all()); !written) {
        note_failure(written.error().text);
        retry_later();
    }
}

StateKeeper::~StateKeeper() {
    errand_.wait();
    while (file_.is_sound() && !unwritten_.empty()) {
        append_some();
    }
}

Result<void> StateKeeper::keep(const settings::Setting& setting) {
    if (stage_ == Stage::placing) {
        errand_.wait();
    }
    if (!file_.is_sound()) {
        ++write_failures_;
        auto refused = fail(kInternalError, failure_);
        if (stage_ == Stage::waiting) {
            begin_draft();  // for the next one
        }
        return refused;
    }
    StateLines lines;
    lines.add(setting);
    auto kept = file_.append(lines, /*durable=*/true);
    if (kept) {
        kept_ = setting;
        step_soon();  // it may be too long now
    } else {
        note_failure(kept.error().text);
        if (stage_ == Stage::keeping) {
            retry_later();
        }
    }
    return kept;
}

void StateKeeper::keep_later(const settings::Setting& setting) {
    if (std::exchange(kept_, std::nullopt) == setting || stage_ == Stage::waiting) {
        return;  // the next draft begins with the table as it is then
    }
    if (unwritten_.size() >= kUnwrittenMax) {
        std::erase_if(unwritten_,
                      [this](const std::string& key) { return table_.find(key) == nullptr; });
    }
    unwritten_.insert(setting.key);
    step_soon();
}

void StateKeeper::forget(std::string_view key) {
    if (const auto at = unwritten_.find(key); at != unwritten_.end()) {
        unwritten_.erase(at);
    }
}

// --- turns ------------------------------------------------------------------------------------

void StateKeeper::step_soon() {
    if (!std::exchange(is_step_due_, true)) {
        step_ = loop_.after(Duration::zero(), [this] {
            is_step_due_ = false;
            step();
        });
    }
}

void StateKeeper::step() {
    if (file_.is_sound() && !unwritten_.empty()) {
        append_some();
    }
    if (stage_ == Stage::keeping && is_too_long()) {
        begin_draft();
    } else if (stage_ == Stage::drafting && !errand_.is_running()) {
        draft_some();
    }
    if (file_.is_sound() && !unwritten_.empty()) {
        step_soon();
    }
}

bool StateKeeper::is_too_long() const {
    return file_.lines() > 4 * table_.all().size() + kLinesFree;
}

void StateKeeper::append_some() {
    StateLines lines;
    auto at = unwritten_.begin();
    for (; at != unwritten_.end() && lines.text.size() < kBytesAtOnce; ++at) {
        if (const settings::Setting* setting = table_.find(*at)) {
            lines.add(*setting);
        }
    }
    if (auto written = file_.append(lines, /*durable=*/false)) {
        unwritten_.erase(unwritten_.begin(), at);
    } else {
        note_failure(written.error().text);
        if (stage_ == Stage::keeping) {
            retry_later();
        }
    }
}

void StateKeeper::begin_draft() {
    retry_.cancel();
    if (!file_.is_sound()) {
        unwritten_.clear();  // the draft gets all that the table has
    }
    drafted_.clear();
    if (auto begun = file_.begin_draft()) {
        stage_ = Stage::drafting;
        step_soon();
    } else {
        end_draft(begun);
    }
}

/// In the order of the keys; what changes behind it is appended.
void StateKeeper::draft_some() {
    StateLines lines;
    auto at = table_.all().upper_bound(drafted_);  // no key is empty
    for (; at != table_.all().end() && lines.text.size() < kBytesAtOnce; ++at) {
        lines.add(at->second);
        drafted_ = at->first;
    }
    if (auto added = file_.add(lines); !added) {
        end_draft(added);
    } else if (at == table_.all().end()) {
        stage_ = Stage::placing;
        errand_.run(file_.placing(), [this](const Result<void>& placed) { end_draft(placed); });
    } else {
        errand_.run(file_.confirming(), [this](const Result<void>& confirmed) {
            confirmed ? step_soon() : end_draft(confirmed);
        });
    }
}

void StateKeeper::end_draft(const Result<void>& placed) {
    if (!placed) {
        file_.drop_draft();
        note_failure(placed.error().text);
        retry_later();
        return;
    }
    file_.take_draft();
    stage_ = Stage::keeping;
    retry_delay_ = kRetryMin;
    if (!std::exchange(failure_, {}).empty()) {
        log_keeping(io::Level::notice, "settings of the mesh are kept again");
    }
    step_soon();
}

void StateKeeper::note_failure(const std::string& why) {
    ++write_failures_;
    if (why != std::exchange(failure_, why)) {
        log_keeping(io::Level::error, "settings of the mesh are not kept: " + why);
    }
}

void StateKeeper::retry_later() {
    stage_ = Stage::waiting;
    retry_ = loop_.after(retry_delay_, [this] {
        retry_delay_ = std::min(2 * retry_delay_, kRetryMax);
        begin_draft();
    });
}

}  // namespace weft::node
