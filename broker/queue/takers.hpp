#pragma once

#include "broker/queue/browsers.hpp"
#include "broker/queue/consumers.hpp"
#include "broker/queue/exclusive.hpp"
#include "broker/queue/joining.hpp"
#include "broker/queue/pickers.hpp"
#include "broker/queue/settings.hpp"

#include <cstdint>
#include <optional>

namespace weft::queue {

/// Who takes messages out of a queue, or looks at them, each of its kind; and who of them is alone.
/// Threading: loop-confined (its queue's).
class Takers {
public:
    explicit Takers(const Limits& limits = {}, bool exclusive = false)
        : consumers{limits.unsettled_max},
          browsers{limits.browse_messages, limits.browse_bytes},
          pickers{limits},
          exclusive_{exclusive} {}

    void attach(ConsumerId id, Joining how);
    /// A consumer or picker left.
    void leave(ConsumerId id);
    /// All want to be alone, or those that say so.
    void change(bool exclusive);

    // Of one that is there, of whatever kind:
    void set_credit(ConsumerId id, std::uint32_t credit, bool drain);
    std::uint32_t credit_of(ConsumerId id);
    void hold(ConsumerId id, bool held);
    /// Takes a message from who acquired it; nothing: it has no such one.
    std::optional<Record> give_up(ConsumerId id, MessageId message);

    /// Some consumer or picker has it, or a transaction.
    bool have(MessageId message) const { return consumers.have(message) || pickers.have(message); }
    Attached attached() const {
        return {
            .consumers = consumers.size(), .pickers = pickers.size(), .browsers = browsers.size()};
    }

    Consumers consumers;
    Browsers browsers;
    Pickers pickers;

private:
    void seat();

    Exclusive exclusive_;
};

}  // namespace weft::queue
