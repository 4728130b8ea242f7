#include "common/daemon/log_entities.hpp"

#include "common/base/conditions.hpp"
#include "common/daemon/rows.hpp"
#include "common/io/log.hpp"

#include <array>

namespace weft::daemon {
namespace {

using io::Level;
using io::Log;
using io::NamedModule;
using mgmt::Attributes;
using mgmt::Row;

constexpr std::string_view kLog = "log/";

constexpr std::array<std::string_view, io::kLevels> kCounts{
    "traceCount",   "debugCount", "infoCount",    "noticeCount",
    "warningCount", "errorCount", "criticalCount"};

/// Null stands for "as DEFAULT has it".
template <class Setting>
wire::Value value_of(const std::optional<Setting>& setting) {
    return setting ? wire::Value{*setting} : wire::Value{};
}

wire::Value directory_of(io::Module module) {
    const std::string& directory = io::log().directory();
    return module == io::Module::default_ && !directory.empty() ? wire::Value{directory}
                                                                : wire::Value{};
}

Row log_row(const NamedModule& module) {
    const Log::Settings settings = io::log().settings(module.module);
    return {.identity = std::string{kLog}.append(module.name),
            .name = {},
            .attributes = {{"module", module.name},
                           {"enable", io::levels_text(settings.levels)},
                           {"includeTimestamp", value_of(settings.timestamp)},
                           {"includeSource", value_of(settings.source)},
                           {"outputFile", value_of(settings.output)},
                           {"directory", directory_of(module.module)}}};
}

Row stats_row(const NamedModule& module) {
    Row row{.identity = std::string{"logStats/"}.append(module.name),
            .name = std::string{module.name},
            .attributes = {}};
    for (std::size_t level = 0; level < io::kLevels; ++level) {
        row.attributes.set(kCounts[level],
                           io::log().count(module.module, static_cast<Level>(level)));
    }
    row.attributes.set("droppedCount", io::log().dropped(module.module));
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
    return io::log().modules().size();
}

void LogSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(io::log().modules(), offset, count, visit, log_row);
}

Result<Row> LogSource::update(const std::string& identity, Attributes changes) {
    const NamedModule* module =
        io::find_module(io::log().modules(), std::string_view{identity}.substr(kLog.size()));
    if (module == nullptr) {
        return fail(kNotFound, "There is no such log module");
    }
    Log::Settings settings = io::log().settings(module->module);
    std::optional<std::string> levels = io::levels_text(settings.levels);
    apply(changes, "enable", levels);
    WEFT_TRY(settings.levels, io::parse_levels(levels.value_or("default")));
    apply(changes, "includeTimestamp", settings.timestamp);
    apply(changes, "includeSource", settings.source);
    apply(changes, "outputFile", settings.output);
    if (auto set = io::log().change(module->module, settings); !set) {
        return tl::unexpected(std::move(set).error());
    }
    return log_row(*module);
}

std::size_t LogStatsSource::size() const {
    return io::log().modules().size();
}

void LogStatsSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(io::log().modules(), offset, count, visit, stats_row);
}

std::vector<mgmt::LogLine> recent_lines(std::size_t count) {
    std::vector<mgmt::LogLine> lines;
    for (const auto& record : io::log().recent(count)) {
        lines.push_back({.module = std::string{record->module},
                         .level = std::string{name_of(record->level)},
                         .text = record->text,
                         .file = std::string{file_name(record->file)},
                         .line = record->line,
                         .seconds = static_cast<std::int64_t>(record->epoch_seconds)});
    }
    return lines;
}

}  // namespace weft::daemon
