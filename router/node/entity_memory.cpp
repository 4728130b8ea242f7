#include "router/node/entity_memory.hpp"

#include "router/node/entity_rows.hpp"
#include "router/node/router.hpp"

#include <tuple>

namespace weft::router {

std::array<MemoryUse, 4> memory_use(Router& router) {
    const Core& core = router.core();
    const std::size_t addresses = core.addresses().size();
    const std::size_t connections = router.connections().size();
    const DeliveryPool& deliveries = core.deliveries();
    return {MemoryUse{"address", sizeof(Address), addresses, addresses},
            MemoryUse{"connection", sizeof(AmqpConnection), connections, connections},
            MemoryUse{"delivery", sizeof(Delivery), deliveries.allocated(), deliveries.in_use()},
            MemoryUse{"link", sizeof(Link), core.link_count(), core.link_count()}};
}

std::size_t AllocatorSource::size() const {
    return std::tuple_size_v<decltype(memory_use(router_))>;
}

void AllocatorSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    const std::uint64_t none = 0;
    show_page(memory_use(router_), offset, count, visit, [&](const MemoryUse& use) {
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

}  // namespace weft::router
