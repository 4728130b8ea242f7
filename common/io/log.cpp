#include "common/io/log.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/common_modules.hpp"
#include "common/io/log_line.hpp"
#include "common/io/log_writer.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace weft::io {

namespace {

constexpr LevelSet kLevelsDefault = 0b1111100;  // info+

}  // namespace

struct Log::State {
    using Lanes = std::map<std::string, std::shared_ptr<LogWriter::Lane>>;  // by output
    /// What a module does, DEFAULT's settings filled in.
    struct Effective {
        bool timestamp = true;
        bool source = false;
        std::shared_ptr<LogWriter::Lane> lane;
    };

    Result<std::unique_ptr<LogOutput>> open(const std::string& name) const;
    /// Those that `of` use: opened if they are not open already.
    Result<Lanes> lanes_of(const std::array<Settings, kModulesMax>& of);
    std::optional<std::string> permitted(const std::string& name) const;

    LogWriter writer;
    std::mutex changing;               // one change at a time; files are opened under it alone
    std::set<std::string> configured;  // outputs that `set` was told
    std::string directory;
    mutable std::mutex mutex;  // guards all below
    std::array<Settings, kModulesMax> settings;
    std::array<Effective, kModulesMax> effective;
    Lanes lanes;  // only changes read them
    std::deque<std::shared_ptr<const LogRecord>> recent;
    Format format = Format::text;
};

Log::Log() : state_{std::make_unique<State>()} {
    set_modules(kCommonModules);
    const Settings defaults{
        .levels = kLevelsDefault, .timestamp = true, .source = false, .output = "stderr"};
    (void)set(Module::default_, defaults);  // its output is open
}

Log::~Log() = default;

void Log::set_modules(std::span<const NamedModule> modules) {
    modules_.assign(modules.begin(), modules.end());
    for (const NamedModule& each : modules_) {
        WEFT_CHECK(index(each.module) < kModulesMax);
        names_[index(each.module)] = each.name;
    }
}

void Log::write(Module module, Level level, std::string text, const char* file, int line) noexcept {
    counts_[index(module)][static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
    try {
        make_one_line(text, kTextMax);
        const auto record = std::make_shared<LogRecord>(
            LogRecord{names_[index(module)], level, std::move(text), file, line, 0});
        std::shared_ptr<const LogRecord> oldest;  // freed when nobody waits for it
        const std::lock_guard lock{state_->mutex};
        const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
        record->epoch_seconds = std::chrono::duration<double>(since_epoch).count();
        const State::Effective& how = state_->effective[index(module)];
        state_->writer.queue(*how.lane,
                             {record, module, how.timestamp, how.source, state_->format});
        if (state_->recent.size() == kRecordsKept) {
            oldest = std::move(state_->recent.front());
            state_->recent.pop_front();
        }
        state_->recent.push_back(record);
    } catch (const std::exception&) {
        count_dropped(module);
    }
}

void Log::count_dropped(Module module) noexcept {
    state_->writer.count_dropped(module);
}

bool Log::flush() {
    return state_->writer.flush(kFlushMax);
}

Result<std::unique_ptr<LogOutput>> Log::State::open(const std::string& name) const {
    const bool is_free = configured.contains(name) || is_named_output(name);
    return is_free ? open_output(name)
                   : open_output_in(directory, name.substr(directory.size() + 1));
}

Result<Log::State::Lanes> Log::State::lanes_of(const std::array<Settings, kModulesMax>& of) {
    Lanes used;
    for (const Settings& each : of) {
        if (!each.output || used.contains(*each.output)) {
            continue;
        }
        if (const auto known = lanes.find(*each.output); known != lanes.end()) {
            used.insert(*known);
        } else {
            WEFT_TRY(std::unique_ptr<LogOutput> output, open(*each.output));
            used.emplace(*each.output, writer.add(std::move(output)));
        }
    }
    return used;
}

/// The output that management means by `name`; nothing if that is none of its choice.
std::optional<std::string> Log::State::permitted(const std::string& name) const {
    if (is_named_output(name) || configured.contains(name)) {
        return name;
    }
    const std::string folder = directory + "/";
    const std::string file = name.starts_with(folder) ? name.substr(folder.size()) : name;
    constexpr std::size_t kNameMax = 255;
    const bool is_plain = !file.empty() && file.size() <= kNameMax && file != "." && file != ".." &&
                          file.find('/') == std::string::npos &&
                          std::ranges::none_of(file, [](char c) { return c >= 0 && c < ' '; });
    return is_plain && !directory.empty() ? std::optional{folder + file} : std::nullopt;
}

Result<void> Log::set(Module module, const Settings& settings) {
    const std::lock_guard change{state_->changing};
    Settings own = state_->settings[index(module)];
    own.levels = settings.levels ? settings.levels : own.levels;
    own.timestamp = settings.timestamp ? settings.timestamp : own.timestamp;
    own.source = settings.source ? settings.source : own.source;
    own.output = settings.output ? settings.output : own.output;
    if (settings.output) {
        state_->configured.insert(*settings.output);
    }
    return apply(module, std::move(own));
}

Result<void> Log::change(Module module, Settings settings) {
    const std::lock_guard change{state_->changing};
    if (settings.output) {
        auto permitted = state_->permitted(*settings.output);
        if (!permitted) {
            return fail(kInvalidField,
                        "log output " + *settings.output +
                            " is refused: use stderr, stdout, syslog, a file that the "
                            "configuration names, or a name for one in " +
                            (state_->directory.empty()
                                 ? std::string{"\"directory\" of its log entry DEFAULT, which it "
                                               "does not set"}
                                 : state_->directory));
        }
        settings.output = std::move(permitted);
    }
    if (module == Module::default_) {  // others go back to its own
        const Settings& now = state_->settings[index(module)];
        settings.levels = settings.levels ? settings.levels : now.levels;
        settings.timestamp = settings.timestamp ? settings.timestamp : now.timestamp;
        settings.source = settings.source ? settings.source : now.source;
        settings.output = settings.output ? settings.output : now.output;
    }
    return apply(module, std::move(settings));
}

/// A change is under way. `own` are the module's settings, whole.
Result<void> Log::apply(Module module, Settings own) {
    std::array<Settings, kModulesMax> all = state_->settings;
    all[index(module)] = std::move(own);
    WEFT_TRY(State::Lanes lanes, state_->lanes_of(all));
    const std::lock_guard lock{state_->mutex};
    state_->settings = std::move(all);
    const Settings& fallback = state_->settings[index(Module::default_)];
    for (std::size_t i = 0; i < kModulesMax; ++i) {
        const Settings& each = state_->settings[i];
        enabled_[i].store(each.levels.value_or(*fallback.levels), std::memory_order_relaxed);
        state_->effective[i] = {each.timestamp.value_or(*fallback.timestamp),
                                each.source.value_or(*fallback.source),
                                lanes.at(each.output.value_or(*fallback.output))};
    }
    for (const auto& [output, lane] : std::exchange(state_->lanes, std::move(lanes))) {
        if (!state_->lanes.contains(output)) {
            state_->writer.retire(lane);
        }
    }
    return {};
}

void Log::set_directory(std::string directory) {
    const std::lock_guard change{state_->changing};
    state_->directory = std::move(directory);
}

const std::string& Log::directory() const {
    return state_->directory;
}

Log::Settings Log::settings(Module module) const {
    const std::lock_guard lock{state_->mutex};
    return state_->settings[index(module)];
}

void Log::set_format(Format format) {
    const std::lock_guard lock{state_->mutex};
    state_->format = format;
}

std::uint64_t Log::count(Module module, Level level) const {
    return counts_[index(module)][static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
}

std::uint64_t Log::dropped(Module module) const {
    return state_->writer.dropped(module);
}

std::uint64_t Log::failures() const {
    return state_->writer.failures();
}

std::vector<std::shared_ptr<const LogRecord>> Log::recent(std::size_t limit) const {
    const std::lock_guard lock{state_->mutex};
    const auto& all = state_->recent;
    const auto skipped = static_cast<std::ptrdiff_t>(all.size() - std::min(limit, all.size()));
    return {all.begin() + skipped, all.end()};
}

Log& log() {
    static Log the_log;
    return the_log;
}

}  // namespace weft::io
