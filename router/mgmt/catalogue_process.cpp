#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router {
namespace {

using mgmt::Attribute;
using mgmt::AttributeType;
using mgmt::Kind;
using mgmt::once_called;
using mgmt::one_of;
using mgmt::reading;
using mgmt::required;
using mgmt::setting;
using mgmt::updatable;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

AttributeType log_module() {
    return one_of({"ROUTER", "ROUTER_CORE", "ROUTER_HELLO", "ROUTER_LS", "ROUTER_MA", "MESSAGE",
                   "SERVER", "AGENT", "AUTHSERVICE", "CONTAINER", "ERROR", "POLICY", "HTTP",
                   "CONN_MGR", "PYTHON", "PROTOCOL", "DEFAULT"});
}

std::vector<Attribute> log_attributes() {
    const auto changed = [](std::string_view name, AttributeType type,
                            std::string_view description) {
        return updatable(reading(name, std::move(type), description));
    };
    return {
        {.name = "module",
         .type = log_module(),
         .description = "Part of the program whose lines are meant; DEFAULT is all others.",
         .required = true},
        changed("enable", kString,
                "Levels that are logged, such as info+ or error,critical; none, or default."),
        once_called("timestamp", changed("includeTimestamp", Kind::boolean,
                                         "Whether lines start with the time.")),
        once_called("source", changed("includeSource", Kind::boolean,
                                      "Whether lines name the place in the program.")),
        once_called("output", changed("outputFile", kString, "File, or stderr, stdout or syslog.")),
    };
}

std::vector<Attribute> log_statistics() {
    return {
        reading("traceCount", kInteger, "Lines of level trace."),
        reading("debugCount", kInteger, "Lines of level debug."),
        reading("infoCount", kInteger, "Lines of level info."),
        reading("noticeCount", kInteger, "Lines of level notice."),
        reading("warningCount", kInteger, "Lines of level warning."),
        reading("errorCount", kInteger, "Lines of level error."),
        reading("criticalCount", kInteger, "Lines of level critical."),
    };
}

std::vector<Attribute> allocator_attributes() {
    return {
        reading("typeName", kString, "What the pool keeps."),
        reading("typeSize", kInteger, "Bytes of one piece."),
        reading("transferBatchSize", kInteger,
                "Pieces that move between a loop and the shared store at once."),
        reading("localFreeListMax", kInteger, "Free pieces that a loop keeps."),
        reading("globalFreeListMax", kInteger, "Free pieces that the shared store keeps."),
        reading("totalAllocFromHeap", kInteger, "Pieces taken from the heap so far."),
        reading("totalFreeToHeap", kInteger, "Pieces given back to the heap so far."),
        reading("heldByThreads", kInteger, "Pieces that loops hold, in use or free."),
        reading("batchesRebalancedToThreads", kInteger,
                "Batches moved from the shared store to loops."),
        reading("batchesRebalancedToGlobal", kInteger,
                "Batches moved from loops to the shared store."),
    };
}

std::vector<Attribute> console_attributes() {
    return {
        setting("listener", kString, "Listener that the console was to use."),
        setting("wsport", kInteger, "Port for WebSocket.", std::int64_t{5673}),
        required(setting("proxy", kString, "Program that was run.")),
        required(setting("home", kString, "Directory of the console's files.")),
        setting("args", kString, "Arguments of the program."),
    };
}

}  // namespace

void add_process_types(mgmt::Catalogue& catalogue) {
    catalogue.add({.short_name = "log",
                   .description = "What one part of the program logs, and where to.",
                   .operations = {"UPDATE"},
                   .attributes = log_attributes()},
                  "configurationEntity");
    catalogue.add({.short_name = "logStats",
                   .description = "How much one part of the program has logged.",
                   .attributes = log_statistics()},
                  "operationalEntity");
    catalogue.add({.short_name = "allocator",
                   .description = "A pool of memory.",
                   .attributes = allocator_attributes()},
                  "operationalEntity");
    catalogue.add(
        {.short_name = "console",
         .description =
             "Retired: running programs over management is refused; use an http listener.",
         .attributes = console_attributes(),
         .singleton = true,
         .deprecated = true,
         .forbidden = true},
        "configurationEntity");
}

}  // namespace weft::router
