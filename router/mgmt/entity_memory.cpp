#include "router/mgmt/entity_memory.hpp"

#include "router/mgmt/entity_rows.hpp"
#include "router/mgmt/router_totals.hpp"
#include "router/mgmt/survey.hpp"
#include "router/node/client_connection.hpp"

#include <tuple>

namespace weft::router_mgmt {

std::array<MemoryUse, 4> memory_use(const RouterTotals& totals) {
    return {
        MemoryUse{"address", sizeof(router::Address), totals.all_addresses, totals.all_addresses},
        MemoryUse{"connection", sizeof(node::ClientConnection), totals.connections,
                  totals.connections},
        MemoryUse{"delivery", sizeof(router::Delivery), totals.deliveries_allocated,
                  totals.deliveries},
        MemoryUse{"link", sizeof(router::Link), totals.all_links, totals.all_links}};
}

std::size_t AllocatorSource::size() const {
    return std::tuple_size_v<decltype(memory_use({}))>;
}

void AllocatorSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const std::uint64_t none = 0;
    daemon::show_page(memory_use(totals_of(survey_)), offset, count, visit,
                      [&](const MemoryUse& use) {
                          return mgmt::Row{.identity = "allocator/" + std::string{use.type},
                                           .name = {},
                                           .attributes = {{"typeName", use.type},
                                                          {"typeSize", use.size},
                                                          {"transferBatchSize", none},
                                                          {"localFreeListMax", none},
                                                          {"globalFreeListMax", none},
                                                          {"totalAllocFromHeap", use.allocated},
                                                          {"totalFreeToHeap", none},
                                                          {"heldByThreads", use.allocated},
                                                          {"batchesRebalancedToThreads", none},
                                                          {"batchesRebalancedToGlobal", none},
                                                          {"inUse", use.in_use}}};
                      });
}

}  // namespace weft::router_mgmt
