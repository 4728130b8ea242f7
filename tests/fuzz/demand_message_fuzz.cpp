// A message between Weft routers of what consumers want, from any bytes: what was read and is
// written, is read the same again; and the sum of what routers tell keeps to its limits.
#include "common/base/assert.hpp"
#include "router/core/far_demand.hpp"
#include "router/fardemand/demand_message.hpp"

namespace {

using namespace weft;
using namespace weft::fardemand;
using router::FarDemand;

void write_again(const DemandMessage& message) {
    WEFT_CHECK(message.entries.size() <= kEntriesMax);
    Buffer once;
    write_demand_message(once, message);
    WEFT_CHECK(is_demand_message(once));
    const auto again = read_demand_message(once);
    if (!again) {
        WEFT_CHECK(once.size() > kDemandMessageMax);
        return;
    }
    WEFT_CHECK(*again == message);
}

/// Each entry is another word, of one of a few routers.
void hear(const DemandMessage& message) {
    constexpr RouterIndex kRouters = 3;
    FarDemand far;
    RouterIndex router = 1;
    for (const DemandMessage::Entry& entry : message.entries) {
        const bool begins =
            far.tell(router, {.limit = entry.limit, .taken = entry.taken, .drain = entry.drain});
        WEFT_CHECK(!begins || far.waits());
        WEFT_CHECK(far.credit() <= kRouters * FarDemand::kWantedMax);
        far.sent();
        if (entry.limit % 3 == 0) {
            far.rest();
            WEFT_CHECK(!far.waits());
        }
        if (entry.taken % 5 == 0) {
            far.tick();
        }
        for (const FarDemand::Rest& rest : far.take_answers()) {
            WEFT_CHECK(rest.drain != 0 && rest.router >= 1 && rest.router <= kRouters);
        }
        WEFT_CHECK(far.take_answers().empty());
        router = router % kRouters + 1;
    }
    for (router = 1; router <= kRouters; ++router) {
        far.forget(router);
    }
    WEFT_CHECK(far.credit() == 0 && !far.waits() && far.take_answers().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes input(data, size);
    if (const auto message = read_demand_message(input)) {
        write_again(*message);
        hear(*message);
    }
    return 0;
}
