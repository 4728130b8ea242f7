#include "tools/weft/failure.hpp"
#include "tools/weft/queue/find.hpp"
#include "tools/weft/queue/options.hpp"

#include <doctest/doctest.h>

namespace weft::tools {
namespace {

QueueArguments parsed_queue(const std::vector<std::string>& words) {
    CommandLine line = queue_line();
    REQUIRE(line.parse(words));
    return queue_arguments(line);
}

std::string failure_of_queue(const std::vector<std::string>& words) {
    try {
        parsed_queue(words);
    } catch (const Failure& failure) {
        return failure.what();
    }
    return {};
}

std::vector<Entity> kept_addresses() {
    return Json::parse(R"([
        {"address": "orders", "brokers": ["b1"], "attachedAt": {"b1": ["A"]}},
        {"address": "ingest", "brokers": ["b1", "b2"], "attachedAt": {"b1": ["A"], "b2": []}},
        {"prefix": "x"}])")
        .get<std::vector<Entity>>();
}

}  // namespace

TEST_SUITE("weft queue") {
    TEST_CASE("a request says what its words and flags say") {
        const QueueArguments move = parsed_queue({"move", "$dlq", "orders", "--ids", "5,7-9"});
        Request request = queue_request(move, 0, 0);
        CHECK(request.operation == "MOVE");
        CHECK(request.properties == Json{{"type", "org.apache.qpid.dispatch.queue"},
                                         {"name", "$dlq"},
                                         {"to", "orders"},
                                         {"ids", "5,7-9"}});
        request = queue_request(parsed_queue({"replay", "$dlq", "--count", "9"}), 7, 3);
        CHECK(request.operation == "REPLAY");
        CHECK(request.properties == Json{{"type", "org.apache.qpid.dispatch.queue"},
                                         {"name", "$dlq"},
                                         {"from", 7},
                                         {"count", 3}});
        request = queue_request(parsed_queue({"replay", "$dlq", "--ids", "5"}), 1, 0);
        CHECK_FALSE(request.properties.contains("from"));
        request = queue_request(parsed_queue({"peek", "orders", "--from", "7"}), 7, 3);
        CHECK(request.properties["from"] == 7);
        CHECK(request.properties["count"] == 3);
        request = queue_request(parsed_queue({"delete", "orders", "--force"}), 0, 0);
        CHECK(request.properties["force"] == true);
        request = queue_request(parsed_queue({"create", "jobs", "maxMessages=5", "overflow=reject",
                                              "ttlSeconds={\"max\": 60}"}),
                                0, 0);
        CHECK(request.body ==
              Json{{"maxMessages", 5}, {"overflow", "reject"}, {"ttlSeconds", {{"max", 60}}}});
    }

    TEST_CASE("what does not fit together is refused") {
        CHECK(failure_of_queue({}).starts_with("what is to be done? peek, purge,"));
        CHECK(failure_of_queue({"eat", "orders"}).starts_with("there is no verb 'eat': "));
        CHECK(failure_of_queue({"purge"}).starts_with("weft queue purge takes one queue"));
        CHECK(failure_of_queue({"move", "a"}).starts_with("weft queue move takes two queues"));
        CHECK(
            failure_of_queue({"purge", "a", "b"}).starts_with("weft queue purge takes one queue"));
        CHECK(failure_of_queue({"replay", "a", "b"})
                  .starts_with("weft queue replay takes one queue"));
        CHECK(failure_of_queue({"replay", "a", "--from", "1"}) == "--from means nothing to replay");
        CHECK(failure_of_queue({"peek", "a", "--yes"}) == "--yes means nothing to peek");
        CHECK(failure_of_queue({"purge", "a", "--ids", "1", "--count", "2"}) ==
              "give either --ids or --count");
        CHECK(
            failure_of_queue({"purge", "a", "--count", "0"}).starts_with("--count 0 does nothing"));
        CHECK(failure_of_queue({"update", "a"}).starts_with("what is to be changed?"));
        CHECK(failure_of_queue({"create", "a", "ttlSeconds={x"}) ==
              "the value of 'ttlSeconds' is no JSON object");
    }

    TEST_CASE("bytes of a message come as text or in hexadecimal") {
        CHECK(bytes_of("abc") == "abc");
        CHECK(bytes_of(Json{{"hex", "00ff41"}}) == std::string("\0\xff"
                                                               "A",
                                                               3));
        for (const Json& wrong : {Json{7}, Json{{"hex", "0"}}, Json{{"hex", "zz"}}, Json{}}) {
            CHECK_THROWS_AS(bytes_of(wrong), Failure);
        }
    }

    TEST_CASE("the broker of a queue is the one that keeps its address, or the only one") {
        CHECK(broker_of(kept_addresses(), "orders") == "b1");
        CHECK_THROWS_WITH_AS(
            broker_of(kept_addresses(), "ingest"),
            "several brokers keep a part of 'ingest' each: name one of b1, b2 by --broker",
            Failure);
        CHECK_THROWS_WITH_AS(broker_of(kept_addresses(), "$dlq"),
                             "the router's addresses do not say which broker has '$dlq': name one "
                             "of b1, b2 by --broker",
                             Failure);
        std::vector<Entity> one = kept_addresses();
        one.erase(one.begin() + 1);
        CHECK(broker_of(one, "$dlq") == "b1");
        CHECK_THROWS_AS(broker_of({}, "orders"), Failure);
    }
}

}  // namespace weft::tools
