#include "broker/queue/takers.hpp"

#include "common/base/assert.hpp"

#include <utility>

namespace weft::queue {

void Takers::attach(ConsumerId id, Joining how) {
    if (how.browses) {
        browsers.add(id, std::move(how.choose), std::move(how.keys));
        return;
    }
    if (how.choose) {
        if (!how.operates) {
            exclusive_.attach(id, how.alone);
        }
        pickers.add(id, std::move(how));
    } else {
        exclusive_.attach(id, how.alone);
        consumers.add(id);
    }
    seat();
}

void Takers::leave(ConsumerId id) {
    exclusive_.detach(id);
    seat();
}

void Takers::change(bool exclusive) {
    exclusive_.change(exclusive);
    seat();
}

/// Who may get messages, if not all.
void Takers::seat() {
    consumers.leave_to(exclusive_.alone());
    pickers.leave_to(exclusive_.alone());
}

void Takers::set_credit(ConsumerId id, std::uint32_t credit, bool drain) {
    if (browsers.has(id)) {
        browsers.set_credit(id, credit, drain);
        return;
    }
    if (Picker* picker = pickers.find(id)) {
        pickers.set_credit(*picker, credit, drain);
        return;
    }
    Consumer* consumer = consumers.find(id);
    WEFT_CHECK(consumer);
    consumers.set_credit(*consumer, credit, drain);
}

std::uint32_t Takers::credit_of(ConsumerId id) {
    if (browsers.has(id)) {
        return browsers.credit_of(id);
    }
    const Picker* const picker = pickers.find(id);
    return picker ? picker->credit : consumers.find(id)->credit;
}

void Takers::hold(ConsumerId id, bool held) {
    if (browsers.has(id)) {
        browsers.hold(id, held);
        return;
    }
    if (Picker* picker = pickers.find(id)) {
        pickers.hold(*picker, held);
        return;
    }
    Consumer* consumer = consumers.find(id);
    WEFT_CHECK(consumer);
    consumers.hold(*consumer, held);
}

std::optional<Record> Takers::give_up(ConsumerId id, MessageId message) {
    if (Picker* picker = pickers.find(id)) {
        return pickers.give_up(*picker, message);
    }
    Consumer* consumer = consumers.find(id);
    return consumer != nullptr ? consumers.give_up(*consumer, message) : std::nullopt;
}

}  // namespace weft::queue
