#include "tools/weft/why/queue.hpp"

#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace weft::tools {
namespace {

struct Way {
    const char* counter;
    const char* words;
};
/// How messages leave a queue that no consumer processed.
constexpr std::array kWays{Way{"deadRejected", "rejected"},
                           Way{"deadFailed", "failed too often"},
                           Way{"deadExpired", "expired"},
                           Way{"deadUndeliverable", "undeliverable"},
                           Way{"overflowed", "refused while it was full"},
                           Way{"dropped", "dropped while it was full"},
                           Way{"purged", "purged"},
                           Way{"moved", "moved"}};

std::string amount(const Entity& queue, const char* attribute, const std::string& noun) {
    const std::int64_t number = number_of(queue, attribute);
    return with_commas(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string limit(const Entity& queue, const char* attribute) {
    const std::int64_t number = number_of(queue, attribute);
    return std::string{attribute} + " " + (number == 0 ? "any" : with_commas(number));
}

std::string called(const Entity& queue) {
    const std::string broker = text_of(queue, "broker");
    return "Queue " + text_of(queue, "name") + (broker.empty() ? "" : " at broker " + broker);
}

std::string oldest_line(const Entity& oldest, std::int64_t now) {
    if (oldest.is_null()) {
        return "Oldest: there is none";
    }
    const std::string id = "Oldest: message " + text_of(oldest, "id");
    if (!is_set(oldest, "arrived")) {
        return id + ", from before the broker was started";
    }
    const std::int64_t seconds =
        std::max<std::int64_t>(now - number_of(oldest, "arrived"), 0) / 1000;
    return id + ", about " + days_time(seconds) + " old (days:hours:minutes:seconds)";
}

bool blocks(const Entity& queue) {
    return is_set(queue, "full") && text_of(queue, "overflow") == "block";
}

}  // namespace

std::vector<std::string> queue_lines(const Entity& queue, const Entity& oldest, std::int64_t now) {
    std::vector<std::string> lines{
        called(queue) + ": " + amount(queue, "messages", "message") + ", " +
            byte_size(number_of(queue, "bytes")) + "; " + amount(queue, "consumers", "consumer") +
            ", " + amount(queue, "producers", "producer"),
        oldest_line(oldest, now),
        "Locks: consumers have " + amount(queue, "unsettled", "message") +
            " that they did not settle",
        "Limits: " + limit(queue, "maxMessages") + ", " + limit(queue, "maxBytes") + ", overflow " +
            text_of(queue, "overflow") +
            (is_set(queue, "full") ? "; it is full" : "; it is not full") +
            (number_of(queue, "blockedProducers") > 0
                 ? ", and " + amount(queue, "blockedProducers", "producer") + " wait for room"
                 : "")};
    std::string gone;
    for (const Way& way : kWays) {
        if (number_of(queue, way.counter) > 0) {
            gone += (gone.empty() ? "" : ", ") + with_commas(number_of(queue, way.counter)) + " " +
                    way.words;
        }
    }
    if (!gone.empty()) {
        lines.push_back("Left it unprocessed: " + gone + "; dead ones are in " +
                        text_of(queue, "deadLetter"));
    }
    return lines;
}

Verdict judge_queue(const Entity& queue) {
    const std::string name = text_of(queue, "name");
    const std::int64_t messages = number_of(queue, "messages");
    const std::int64_t unsettled = number_of(queue, "unsettled");
    if (is_set(queue, "full") && text_of(queue, "overflow") != "drop-oldest" &&
        text_of(queue, "overflow") != "dead-letter") {
        const std::string what = blocks(queue) ? "producers get no credit until there is room"
                                               : "what is sent is rejected until there is room";
        return {.text = called(queue) + " is full: " + what,
                .remedy = number_of(queue, "consumers") == 0
                              ? "nobody receives from it: start a consumer, or raise its limits"
                              : "its consumers are slower than its producers: start more of them, "
                                "or raise its limits"};
    }
    if (messages > 0 && number_of(queue, "consumers") == 0) {
        return {.flows = true,
                .text = called(queue) + " takes messages and keeps them: nobody receives from it",
                .remedy = "start a consumer of " + name};
    }
    if (messages > 0 && unsettled == messages) {
        return {.flows = true,
                .text = called(queue) + " has nothing left to give: consumers have all of its " +
                        "messages, and did not settle them",
                .remedy = "look at the consumers: what they have comes back when they detach"};
    }
    return {.flows = true,
            .text = called(queue) + " takes messages and gives them to " +
                    amount(queue, "consumers", "consumer"),
            .remedy = "none needed"};
}

}  // namespace weft::tools
