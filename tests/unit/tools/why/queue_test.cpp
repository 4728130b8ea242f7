#include "tools/weft/why/queue.hpp"

#include <doctest/doctest.h>

namespace weft::tools {
namespace {

Entity some_queue() {
    return {{"broker", "b1"},       {"name", "orders"},  {"messages", 12},
            {"bytes", 2048},        {"consumers", 1},    {"producers", 3},
            {"unsettled", 2},       {"maxMessages", 12}, {"maxBytes", 0},
            {"overflow", "block"},  {"full", false},     {"blockedProducers", 0},
            {"deadLetter", "$dlq"}, {"deadRejected", 4}, {"purged", 1}};
}

}  // namespace

TEST_SUITE("why: queues") {
    TEST_CASE("lines say what it holds, who has it, its limits, and what left it") {
        Entity queue = some_queue();
        const Entity oldest{{"id", 7}, {"arrived", 1'000'000}};
        CHECK(queue_lines(queue, oldest, 1'000'000 + 3'723'000) ==
              std::vector<std::string>{
                  "Queue orders at broker b1: 12 messages, 2.00 KiB; 1 consumer, 3 producers",
                  "Oldest: message 7, about 000:01:02:03 old (days:hours:minutes:seconds)",
                  "Locks: consumers have 2 messages that they did not settle",
                  "Limits: maxMessages 12, maxBytes any, overflow block; it is not full",
                  "Left it unprocessed: 4 rejected, 1 purged; dead ones are in $dlq"});
        queue["full"] = true;
        queue["blockedProducers"] = 3;
        const auto lines = queue_lines(queue, {{"id", 7}, {"arrived", nullptr}}, 0);
        CHECK(lines[1] == "Oldest: message 7, from before the broker was started");
        CHECK(queue_lines(queue, nullptr, 0)[1] == "Oldest: there is none");
        CHECK(lines[3] ==
              "Limits: maxMessages 12, maxBytes any, overflow block; it is full, and 3 producers "
              "wait for room");
    }

    TEST_CASE("a full queue does not flow, and it is said who is to blame") {
        Entity queue = some_queue();
        CHECK(judge_queue(queue).flows);
        queue["full"] = true;
        CHECK_FALSE(judge_queue(queue).flows);
        CHECK(judge_queue(queue).text ==
              "Queue orders at broker b1 is full: producers get no credit until there is room");
        CHECK(judge_queue(queue).remedy.starts_with("its consumers are slower"));
        queue["consumers"] = 0;
        CHECK(judge_queue(queue).remedy.starts_with("nobody receives from it"));
        queue["overflow"] = "reject";
        CHECK(judge_queue(queue).text.ends_with("is rejected until there is room"));
        queue["overflow"] = "drop-oldest";
        CHECK(judge_queue(queue).flows);
    }

    TEST_CASE("one that is forwarded says where to, how far that is, and why not") {
        Entity queue = some_queue();
        queue["forward"] = {{"to", "central"}, {"messagesPerSecond", 500}};
        queue["forwardState"] = "backing-off";
        queue["forwardReason"] = "nobody took it";
        queue["forwarded"] = 1234;
        queue["forwardReturned"] = 3;
        const auto lines = queue_lines(queue, nullptr, 0);
        CHECK(lines[4] ==
              "Forward: to central, at most 500 a second; backing-off: nobody took it; 1,234 were "
              "accepted there, 0 a second now; 3 came back, 0 were rejected");
        CHECK(judge_queue(queue).flows);
        CHECK(judge_queue(queue).text ==
              "Queue orders at broker b1 takes messages and keeps them until central takes them; "
              "backing-off: nobody took it");
        CHECK(judge_queue(queue).remedy == "weft why central; it goes on by itself");
        queue["forwardState"] = "idle";
        queue["forwardReason"] = "";
        queue["forward"]["messagesPerSecond"] = 0.0;
        CHECK(judge_queue(queue).text ==
              "Queue orders at broker b1 takes messages and forwards them to central");
        CHECK(queue_lines(queue, nullptr, 0)[4].starts_with("Forward: to central; idle; "));
        queue["forwardState"] = "none";
        CHECK(judge_queue(queue).text.find("forward") == std::string::npos);
    }

    TEST_CASE("one that keeps what it takes says why") {
        Entity queue = some_queue();
        queue["consumers"] = 0;
        CHECK(judge_queue(queue).text.ends_with("keeps them: nobody receives from it"));
        queue["consumers"] = 1;
        queue["unsettled"] = 12;
        CHECK(judge_queue(queue).text.find("consumers have all of its messages") !=
              std::string::npos);
    }
}

}  // namespace weft::tools
