#include "router/config/sections.hpp"

namespace weft::router {

LogConfig read_log(const config::Entity& entity, config::Faults& faults) {
    LogConfig log;
    log.module = io::module_named(entity.text("module")).value_or(io::Module::default_);
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
    return log;
}

}  // namespace weft::router
