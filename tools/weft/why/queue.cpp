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

bool is_forwarded(const Entity& queue) {
    const std::string state = text_of(queue, "forwardState");
    return !state.empty() && state != "none";
}

std::string goal_of(const Entity& queue) {
    const auto rule = queue.find("forward");
    return rule == queue.end() || !rule->is_object() ? std::string{} : text_of(*rule, "to");
}

/// "Forward: to central, 500 a second at most; backing-off: nobody took it; …"
std::string forward_line(const Entity& queue) {
    const Entity& rule = queue["forward"];
    const std::string reason = text_of(queue, "forwardReason");
    return "Forward: to " + goal_of(queue) +
           (is_set(rule, "messagesPerSecond") && rule["messagesPerSecond"] != 0
                ? ", at most " + text_of(rule, "messagesPerSecond") + " a second"
                : "") +
           "; " + text_of(queue, "forwardState") + (reason.empty() ? "" : ": " + reason) + "; " +
           with_commas(number_of(queue, "forwarded")) + " were accepted there, " +
           with_commas(number_of(queue, "forwardRate")) + " a second now; " +
           with_commas(number_of(queue, "forwardReturned")) + " came back, " +
           with_commas(number_of(queue, "forwardRejected")) + " were rejected";
}

/// Of one that nothing else is wrong with.
Verdict judge_forward(const Entity& queue) {
    const std::string state = text_of(queue, "forwardState");
    const std::string reason = text_of(queue, "forwardReason");
    const std::string to = goal_of(queue);
    const std::string why = reason.empty() ? "" : ": " + reason;
    if (state == "impossible") {
        return {.flows = true,
                .text = called(queue) + " keeps its messages, and can't forward them" + why,
                .remedy = "change forward in the entry of " + text_of(queue, "name")};
    }
    if (state == "idle" || state == "forwarding" || state == "attaching") {
        return {.flows = true,
                .text = called(queue) + " takes messages and forwards them to " + to + why,
                .remedy = "none needed"};
    }
    return {.flows = true,
            .text = called(queue) + " takes messages and keeps them until " + to + " takes them; " +
                    state + why,
            .remedy = state == "no-router"
                          ? "look at the broker's connectors: weft stat -c at the broker; it goes "
                            "on by itself"
                          : "weft why " + to + "; it goes on by itself"};
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
    if (is_forwarded(queue)) {
        lines.push_back(forward_line(queue));
    }
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
                .remedy = is_forwarded(queue) ? judge_forward(queue).text + "; or raise its limits"
                          : number_of(queue, "consumers") == 0
                              ? "nobody receives from it: start a consumer, or raise its limits"
                              : "its consumers are slower than its producers: start more of them, "
                                "or raise its limits"};
    }
    if (is_forwarded(queue)) {
        return judge_forward(queue);
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
