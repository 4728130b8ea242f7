#include "common/io/log.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/common_modules.hpp"
#include "common/io/log_line.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <syslog.h>

#include <chrono>
#include <deque>
#include <map>
#include <mutex>

namespace weft::io {

namespace {

using Sink = std::shared_ptr<spdlog::sinks::sink>;

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::trace:
            return spdlog::level::trace;
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
        case Level::notice:  // spdlog has none; only syslog looks at it
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
        case Level::critical:
            return spdlog::level::critical;
    }
    return spdlog::level::info;
}

Sink open_sink(const std::string& output) {
    Sink sink;
    if (output == "stderr") {
        sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else if (output == "stdout") {
        sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
    } else if (output == "syslog") {
        sink = std::make_shared<spdlog::sinks::syslog_sink_mt>("weft", LOG_PID, LOG_DAEMON, false);
    } else {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(output);
    }
    sink->set_pattern("%v");
    return sink;
}

constexpr LevelSet kLevelsDefault = 0b1111100;  // info+

}  // namespace

struct Log::State {
    /// What a module does, DEFAULT's settings filled in.
    struct Effective {
        bool timestamp = true;
        bool source = false;
        Sink sink;
    };

    mutable std::mutex mutex;  // guards all below
    std::array<Settings, kModulesMax> settings;
    std::array<Effective, kModulesMax> effective;
    std::map<std::string, Sink> sinks;  // by output
    std::deque<LogRecord> recent;
    Format format = Format::text;
};

Log::Log() : state_{std::make_unique<State>()} {
    set_modules(kCommonModules);
    state_->sinks["stderr"] = open_sink("stderr");
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

void Log::write(Module module, Level level, std::string text, const char* file, int line) {
    counts_[index(module)][static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
    LogRecord record{names_[index(module)], level, std::move(text), file, line, 0};
    make_one_line(record.text, kTextMax);
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    record.epoch_seconds = std::chrono::duration<double>(since_epoch).count();

    State::Effective how;
    Format format = Format::text;
    {
        const std::lock_guard lock{state_->mutex};
        how = state_->effective[index(module)];
        format = state_->format;
        state_->recent.push_back(record);
        if (state_->recent.size() > kRecordsKept) {
            state_->recent.pop_front();
        }
    }
    const std::string rendered =
        format == Format::json ? json_line(record) : text_line(record, how.timestamp, how.source);
    how.sink->log(spdlog::details::log_msg{{}, spdlog_level(level), rendered});
    how.sink->flush();
}

Result<void> Log::set(Module module, const Settings& settings, bool reset) {
    const std::lock_guard lock{state_->mutex};
    if (settings.output && !state_->sinks.contains(*settings.output)) {
        try {
            state_->sinks[*settings.output] = open_sink(*settings.output);
        } catch (const spdlog::spdlog_ex& error) {
            state_->sinks.erase(*settings.output);
            return fail(kInvalidField,
                        "log output " + *settings.output + " can't be opened: " + error.what());
        }
    }
    Settings& kept = state_->settings[index(module)];
    if (reset && module != Module::default_) {
        kept = settings;
    } else {
        kept.levels = settings.levels ? settings.levels : kept.levels;
        kept.timestamp = settings.timestamp ? settings.timestamp : kept.timestamp;
        kept.source = settings.source ? settings.source : kept.source;
        kept.output = settings.output ? settings.output : kept.output;
    }
    const Settings& fallback = state_->settings[index(Module::default_)];
    for (std::size_t i = 0; i < kModulesMax; ++i) {
        const Settings& own = state_->settings[i];
        enabled_[i].store(own.levels.value_or(*fallback.levels), std::memory_order_relaxed);
        state_->effective[i] = {own.timestamp.value_or(*fallback.timestamp),
                                own.source.value_or(*fallback.source),
                                state_->sinks.at(own.output.value_or(*fallback.output))};
    }
    return {};
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

std::vector<LogRecord> Log::recent(std::size_t limit) const {
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
