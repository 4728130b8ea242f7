#include "broker/node/intake.hpp"

#include "broker/config/log_modules.hpp"
#include "broker/node/producer_link.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"

namespace weft::broker {

std::string words_of(const store::Store& store) {
    const store::DiskUse& use = store.space().use();
    std::string facts = ": the file system has " + std::to_string(use.free) +
                        " bytes free, the reserve keeps " + std::to_string(use.reserve) + ", " +
                        std::to_string(store.space().free(0)) +
                        " more can be taken (/store/minFreeBytes, reserveBytes, maxBytes)";
    switch (store.room()) {
        case store::Room::plenty:
            return "the store has room" + facts;
        case store::Room::low:
            return "the store has little room, producers get no credit" + facts;
        case store::Room::none:
            return "the store is full, messages are rejected" + facts;
    }
    return facts;
}

void Intake::watch(const store::Store& store) {
    store_ = &store;
    if (!takes_credit()) {
        on_room();
    }
}

Result<void> Intake::admit(std::size_t bytes) {
    if (store_->takes(bytes)) {
        return {};
    }
    ++rejected_;
    return fail(kResourceLimitExceeded,
                "the broker's store has no room for this message: make room on its disk, receive "
                "from its queues, or raise /store/maxBytes");
}

void Intake::on_room() {
    const auto level = takes_credit() ? io::Level::notice : io::Level::warning;
    WEFT_LOG(broker_config::kQueueModule, level, words_of(*store_));
    for (ProducerLink* const producer : producers_) {
        producer->grant();
    }
}

}  // namespace weft::broker
