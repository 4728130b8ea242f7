#include "common/daemon/log_section.hpp"

#include <string>

namespace weft::daemon {
namespace {

using config::Key;
using config::Support;
using config::Type;

constexpr std::array kKeys{
    Key{.name = "module",
        .type = Type::choice,
        .meaning = "The part of the daemon; `DEFAULT` stands for all without an entry.",
        .required = true},
    Key{.name = "enable",
        .default_value = "default",
        .meaning = "`none`, `default`, or levels joined by commas: `trace`, `debug`, `info`, "
                   "`notice`, `warning`, `error`, `critical`; `info+` is that and above.",
        .changeable = true},
    Key{.name = "includeTimestamp",
        .type = Type::boolean,
        .meaning = "Whether lines start with the time. By default as `DEFAULT`, which does.",
        .old_name = "timestamp",
        .changeable = true},
    Key{.name = "includeSource",
        .type = Type::boolean,
        .meaning = "Whether lines end with the place in the code. By default as `DEFAULT`, which "
                   "does not.",
        .old_name = "source",
        .changeable = true},
    Key{.name = "outputFile",
        .meaning = "`stderr`, `stdout`, `syslog` or a file, relative to the working directory. By "
                   "default as `DEFAULT`, which writes to `stderr`.",
        .old_name = "output",
        .changeable = true},
    Key{.name = "directory",
        .type = Type::path,
        .meaning = "With `DEFAULT`: a folder in which management may have log files written, by "
                   "setting `outputFile` to a name in it. Without it `outputFile` may only be "
                   "changed to `stderr`, `stdout`, `syslog` or a file that the configuration "
                   "names."},
    Key{.name = "name",
        .meaning = "Name of the entity.",
        .support = Support::conf_only,
        .reason = "a log entry is named by its module"},
};

/// "warn" of the command line is "warning" of the log, and all above it.
std::string and_above(const std::string& level) {
    return (level == "warn" ? "warning" : level) + "+";
}

}  // namespace

std::array<Key, 7> log_keys(std::span<const config::Choice> modules) {
    std::array<Key, 7> keys = kKeys;
    keys.front().choices = modules;
    return keys;
}

config::Section log_section(std::span<const Key> keys) {
    return {.name = "log",
            .entity = "log",
            .meaning = "What is logged, by the part of the daemon that says it.",
            .keys = keys};
}

LogConfig read_log(const config::Entity& entity,
                   std::span<const io::NamedModule> modules,
                   config::Faults& faults) {
    LogConfig log;
    if (const auto* module = io::find_module(modules, entity.text("module"))) {
        log.module = module->module;
    }
    if (const auto levels = io::parse_levels(entity.text("enable"))) {
        log.settings.levels = *levels;
    } else {
        key_error(entity, "enable", levels.error().text, faults);
    }
    if (entity.given("includeTimestamp") != nullptr) {
        log.settings.timestamp = entity.boolean("includeTimestamp");
    }
    if (entity.given("includeSource") != nullptr) {
        log.settings.source = entity.boolean("includeSource");
    }
    if (entity.given("outputFile") != nullptr) {
        log.settings.output = entity.text("outputFile");
    }
    if (entity.given("directory") != nullptr) {
        log.directory = entity.text("directory");
        if (log.module != io::Module::default_) {
            key_error(entity, "directory", "is for all modules: give it to the entry of DEFAULT",
                      faults);
        }
    }
    return log;
}

Result<void> set_up_log(const std::vector<LogConfig>& modules, const config::CommandLine& command) {
    io::Log& log = io::log();
    log.set_format(command.log_format == "json" ? io::Log::Format::json : io::Log::Format::text);
    for (const LogConfig& config : modules) {
        if (!config.directory.empty()) {
            log.set_directory(config.directory);
        }
        if (auto set = log.set(config.module, config.settings); !set) {
            return set;
        }
    }
    if (!command.log_level.empty()) {
        return log.set(io::Module::default_,
                       {.levels = *io::parse_levels(and_above(command.log_level))});
    }
    return {};
}

}  // namespace weft::daemon
