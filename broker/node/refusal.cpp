#include "broker/node/refusal.hpp"

#include "broker/node/queue_node.hpp"
#include "common/base/printable.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "common/wire/writer.hpp"

#include <string>

namespace weft::broker {

Error queue_full(std::string_view name) {
    return {kResourceLimitExceeded,
            "'" + printable(name) +
                "' is full (maxMessages or maxBytes of its entry): receive from it, or raise them"};
}

Error queue_draining(std::string_view name) {
    return {kTryAgain, "'" + printable(name) +
                           "' is being drained: this broker takes no messages for it, the other "
                           "brokers of the queue do"};
}

Error queue_unread(std::string_view name) {
    return {kTryAgain, "'" + printable(name) +
                           "' reads the fences of its keys, as after each start of the broker: "
                           "send it again"};
}

Error no_credit(const QueueNode& queue) {
    if (queue.entry().is_draining()) {
        return queue_draining(queue.name());
    }
    return queue.machine().words().awaits_fences() ? queue_unread(queue.name())
                                                   : queue_full(queue.name());
}

Refusal fenced_off(std::string_view name, const queue::Fence& fence) {
    const std::string text =
        "'" + printable(name) + "' has a younger value of this key, or its owner is another: its " +
        "fence is epoch " + std::to_string(fence.epoch) + ", owner '" + printable(fence.owner) +
        "', sequence " + std::to_string(fence.sequence) +
        "; read it, and take it over with a higher epoch (x-opt-fence)";
    Buffer info;
    wire::encode(info, wire::Map{{wire::Symbol{"epoch"}, fence.epoch},
                                 {wire::Symbol{"owner"}, fence.owner},
                                 {wire::Symbol{"sequence"}, fence.sequence}});
    return {{kPreconditionFailed, text}, std::move(info)};
}

Buffer state_of(const Refusal& refusal) {
    if (refusal.error.condition == kTryAgain) {
        return {wire::kReleased.begin(), wire::kReleased.end()};
    }
    Buffer state;
    wire::Writer out{state};
    const auto list = out.begin_described_list(static_cast<std::uint64_t>(wire::Outcome::rejected));
    wire::write_error(out, refusal.error.condition, refusal.error.text, refusal.info);
    out.end(list);
    return state;
}

}  // namespace weft::broker
