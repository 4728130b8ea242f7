#include "router/mgmt/entity_logs.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/status.hpp"
#include "router/mgmt/entity_rows.hpp"

#include <array>

namespace weft::router {
namespace {

using io::Level;
using io::Log;
using io::Module;
using mgmt::Attributes;
using mgmt::Row;

constexpr std::string_view kLog = "log/";

constexpr std::array<std::string_view, io::kLevels> kCounts{
    "traceCount",   "debugCount", "infoCount",    "noticeCount",
    "warningCount", "errorCount", "criticalCount"};

/// The modules, by position.
struct Modules {
    static std::size_t size() { return io::kModules; }
    Module operator[](std::size_t i) const { return static_cast<Module>(i); }
};

/// Null stands for "as DEFAULT has it".
template <class Setting>
wire::Value value_of(const std::optional<Setting>& setting) {
    return setting ? wire::Value{*setting} : wire::Value{};
}

Row log_row(Module module) {
    const Log::Settings settings = io::log().settings(module);
    return {.identity = std::string{kLog}.append(name_of(module)),
            .name = {},
            .attributes = {{"module", name_of(module)},
                           {"enable", io::levels_text(settings.levels)},
                           {"includeTimestamp", value_of(settings.timestamp)},
                           {"includeSource", value_of(settings.source)},
                           {"outputFile", value_of(settings.output)}}};
}

Row stats_row(Module module) {
    Row row{.identity = std::string{"logStats/"}.append(name_of(module)),
            .name = std::string{name_of(module)},
            .attributes = {}};
    for (std::size_t level = 0; level < io::kLevels; ++level) {
        row.attributes.set(kCounts[level], io::log().count(module, static_cast<Level>(level)));
    }
    return row;
}

/// Without the folder, which is that of whoever built the program.
std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

template <class Setting>
void apply(const Attributes& changes, std::string_view name, std::optional<Setting>& setting) {
    const wire::Value* change = changes.find(name);
    if (change == nullptr) {
        return;
    }
    const auto* value = change->as<Setting>();
    setting = value == nullptr ? std::nullopt : std::optional{*value};
}

}  // namespace

std::size_t LogSource::size() const {
    return Modules::size();
}

void LogSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(Modules{}, offset, count, visit, log_row);
}

Result<Row> LogSource::update(const std::string& identity, Attributes changes) {
    const auto module = io::module_named(std::string_view{identity}.substr(kLog.size()));
    if (!module) {
        return fail(kNotFound, "There is no such log module");
    }
    Log::Settings settings = io::log().settings(*module);
    std::optional<std::string> levels = io::levels_text(settings.levels);
    apply(changes, "enable", levels);
    WEFT_TRY(settings.levels, io::parse_levels(levels.value_or("default")));
    apply(changes, "includeTimestamp", settings.timestamp);
    apply(changes, "includeSource", settings.source);
    apply(changes, "outputFile", settings.output);
    if (auto set = io::log().set(*module, settings, /*reset=*/true); !set) {
        return tl::unexpected(std::move(set).error());
    }
    return log_row(*module);
}

std::size_t LogStatsSource::size() const {
    return Modules::size();
}

void LogStatsSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(Modules{}, offset, count, visit, stats_row);
}

std::vector<mgmt::LogLine> recent_lines(std::size_t count) {
    std::vector<mgmt::LogLine> lines;
    for (io::LogRecord& record : io::log().recent(count)) {
        lines.push_back({.module = std::string{name_of(record.module)},
                         .level = std::string{name_of(record.level)},
                         .text = std::move(record.text),
                         .file = std::string{file_name(record.file)},
                         .line = record.line,
                         .seconds = static_cast<std::int64_t>(record.epoch_seconds)});
    }
    return lines;
}

}  // namespace weft::router
