#include "common/daemon/catalogue.hpp"
#include "common/daemon/setting_attributes.hpp"
#include "router/config/router_keys.hpp"
#include "router/mgmt/catalogue_tables.hpp"

namespace weft::router_mgmt {
namespace {

using mgmt::Attribute;
using mgmt::Kind;
using mgmt::reading;

std::vector<Attribute> allocator_readings() {
    return {
        reading("typeName", Kind::string, "What the pool keeps."),
        reading("typeSize", Kind::integer, "Bytes of one piece."),
        reading("transferBatchSize", Kind::integer,
                "Pieces that move between a loop and the shared store at once."),
        reading("localFreeListMax", Kind::integer, "Free pieces that a loop keeps."),
        reading("globalFreeListMax", Kind::integer, "Free pieces that the shared store keeps."),
        reading("totalAllocFromHeap", Kind::integer, "Pieces taken from the heap so far."),
        reading("totalFreeToHeap", Kind::integer, "Pieces given back to the heap so far."),
        reading("heldByThreads", Kind::integer, "Pieces that loops hold, in use or free."),
        reading("batchesRebalancedToThreads", Kind::integer,
                "Batches moved from the shared store to loops."),
        reading("batchesRebalancedToGlobal", Kind::integer,
                "Batches moved from loops to the shared store."),
        reading("inUse", Kind::integer, "Pieces in use now."),
    };
}

}  // namespace

void add_process_types(mgmt::Catalogue& catalogue) {
    catalogue.add(daemon::entity_type(*router_config::router_table().find("log")),
                  "configurationEntity");
    catalogue.add(daemon::log_stats_type(), "operationalEntity");
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
