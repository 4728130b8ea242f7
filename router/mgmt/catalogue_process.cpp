#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;

constexpr auto kInteger = Kind::integer;
constexpr auto kString = Kind::string;

std::vector<Attribute> log_readings() {
    return {
        reading("traceCount", kInteger, "Lines of level trace."),
        reading("debugCount", kInteger, "Lines of level debug."),
        reading("infoCount", kInteger, "Lines of level info."),
        reading("noticeCount", kInteger, "Lines of level notice."),
        reading("warningCount", kInteger, "Lines of level warning."),
        reading("errorCount", kInteger, "Lines of level error."),
        reading("criticalCount", kInteger, "Lines of level critical."),
        reading("droppedCount", kInteger,
                "Lines that were left out: an output is too slow, or fails."),
    };
}

std::vector<Attribute> allocator_readings() {
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
        reading("inUse", kInteger, "Pieces in use now."),
    };
}

}  // namespace

void add_process_types(mgmt::Catalogue& catalogue) {
    catalogue.add(daemon::entity_type(*router_config::router_table().find("log")),
                  "configurationEntity");
    catalogue.add({.short_name = "logStats",
                   .description = "How much one part of the program has logged.",
                   .attributes = log_readings()},
                  "operationalEntity");
    catalogue.add({.short_name = "allocator",
                   .description = "A pool of memory.",
                   .attributes = allocator_readings()},
                  "operationalEntity");
    mgmt::EntityType console = daemon::entity_type(*router_config::router_table().find("consoles"));
    console.singleton = true;
    console.deprecated = true;
    console.forbidden = true;  // running programs over management is refused
    catalogue.add(std::move(console), "configurationEntity");
}

}  // namespace weft::router_mgmt
