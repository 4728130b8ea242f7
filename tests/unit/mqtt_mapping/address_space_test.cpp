#include "mqtt-gateway/mapping/address_space.hpp"

#include "tests/unit/mqtt_mapping/spaces.hpp"

namespace weft::mqtt_mapping {
namespace {

std::string refusal_of(const std::vector<DeclaredAddress>& addresses,
                       const std::vector<TopicMap>& maps = {},
                       AddressSpace::Options options = {}) {
    const auto space = AddressSpace::make(addresses, maps, options);
    return space ? "" : space.error().text;
}

bool mentions(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

constexpr AddressSpace::Options kDots{.separator = Separator::dot};

}  // namespace

TEST_SUITE_BEGIN("mqtt addresses");

TEST_CASE("a topic belongs to the longest address of its first levels") {
    const AddressSpace space = plant();
    CHECK(resolved(space, "telemetry") == "telemetry | ");
    CHECK(resolved(space, "telemetry/room1/temp") == "telemetry | room1/temp");
    CHECK(resolved(space, "telemetry/") == "telemetry | %00");
    CHECK(resolved(space, "a/x") == "a | x");
    CHECK(resolved(space, "a/b") == "a/b | ");
    CHECK(resolved(space, "a/b/c") == "a/b | c");
    CHECK(resolved(space, "a/bc") == "a | bc");
    CHECK(resolved(space, "devices/7/state/on") == "devices/7/state | on");
    CHECK(resolved(space, "devices//state") == "devices/%00/state | ");
}

TEST_CASE("below an open address each topic is an address") {
    const AddressSpace space = plant();
    CHECK(resolved(space, "prices") == "prices | ");
    CHECK(resolved(space, "prices/a/*") == "prices/a/%2A | ");
    CHECK(resolved(space, "jobs/1") == "jobs/1 | ");
    const AddressSpace all = space_of({{"#", AddressType::topic}});
    CHECK(resolved(all, "/TopicA") == "%00/TopicA | ");
    CHECK(resolved(all, "TopicA") == "TopicA | ");
}

TEST_CASE("no topic is an address that routers read as another one, or have for themselves") {
    for (const char* const declared : {"#", "+/#"}) {
        const AddressSpace all = space_of({{declared, AddressType::multicast}});
        for (const char* const topic :
             {"amqp:/$management", "x:/telemetry/1", "_local/$management", "_topo/0/r1/$management",
              "_edge/site-1/$management", "_weft/x", "a/b.", "_topo/0/r1/temp./x"}) {
            INFO(topic);
            CHECK(resolved(all, topic) == "topic name invalid");
            std::string out;
            CHECK_FALSE(all.append_reply_to(out, topic));
        }
        CHECK(resolved(all, "_topo/0/r1/temp.aB3") == "_topo/0/r1/temp.aB3 | ");
        CHECK(resolved(all, "amqp:/_edge/site-1/temp.aB3") == "amqp:/_edge/site-1/temp.aB3 | ");
        CHECK(resolved(all, "a.b/c:/d") == "a.b/c:/d | ");
    }
    const AddressSpace below = space_of({{"cmd/+", AddressType::anycast}});
    CHECK(resolved(below, "cmd/dev-7.") == "topic name invalid");
    CHECK(resolved(below, "cmd/dev-7") == "cmd/dev-7 | ");
}

TEST_CASE("queues and anycast addresses have no topics below them") {
    const AddressSpace space = plant();
    CHECK(resolved(space, "orders") == "orders | ");
    CHECK(resolved(space, "orders/1") == "topic name invalid");
    CHECK(resolved(space, "rpc/time") == "rpc/time | ");
    CHECK(resolved(space, "rpc/time/x") == "topic name invalid");
    CHECK(resolved(space, "rpc") == "topic name invalid");
}

TEST_CASE("maps go before addresses, and the address is reached by them alone") {
    const AddressSpace space = plant();
    CHECK(resolved(space, "t/5/x/y") == "ingest | t/5/x/y");
    CHECK(resolved(space, "t/5") == "ingest | t/5");
    CHECK(resolved(space, "t") == "topic name invalid");
    CHECK(resolved(space, "ingest") == "topic name invalid");
    CHECK(resolved(space, "spread/x") == "topic name invalid");
    CHECK(topic_of(space, "ingest", "t/5/x/y") == "t/5/x/y");
    CHECK(topic_of(space, "spread", "s/1") == "s/1");
    CHECK(topic_of(space, "spread", "foreign") == "spread/foreign");
    CHECK(topic_of(space, "spread", "") == "spread");
}

TEST_CASE("what is not for devices is refused") {
    const AddressSpace space = space_of({{"#", AddressType::topic}});
    CHECK(resolved(space, "$SYS/uptime") == "topic name invalid");
    CHECK(resolved(space, std::string(127, '/')) != "topic name invalid");
    CHECK(resolved(space, std::string(128, '/')) == "topic name invalid");
    CHECK(resolved(plant(), "unknown") == "topic name invalid");
}

TEST_CASE("topics that begin with $ are there where a map names them") {
    const AddressSpace space =
        space_of({{"old", AddressType::multicast}, {"#", AddressType::topic}},
                 {{"$old/#", "old"}, {"+/x", "old"}});
    CHECK(resolved(space, "$old/a/b") == "old | $old/a/b");
    CHECK(topic_of(space, "old", "$old/a/b") == "$old/a/b");
    CHECK(resolved(space, "$else/x") == "topic name invalid");
    CHECK(resolved(space, "a/x") == "old | a/x");
    CHECK(mentions(refusal_of({{"a", AddressType::topic}}, {{"$share/g/t", "a"}}), "'$share'"));
    std::string reply;
    REQUIRE(space.append_reply_to(reply, "$old/a"));
    CHECK(reply == "old/$old/a");
}

TEST_CASE("where levels end at dots") {
    const AddressSpace space =
        space_of({{"plant.line", AddressType::topic}, {"open.#", AddressType::topic}}, {}, kDots);
    CHECK(resolved(space, "plant/line/a.b/c") == "plant.line | a%2Eb.c");
    CHECK(resolved(space, "open/x") == "open.x | ");
    CHECK(topic_of(space, "plant.line", "a%2Eb.c") == "plant/line/a.b/c");
}

TEST_CASE("messages of foreign clients have the topic that their address and subject say") {
    const AddressSpace space = plant();
    CHECK(topic_of(space, "telemetry", "room1/temp") == "telemetry/room1/temp");
    CHECK(topic_of(space, "telemetry", "") == "telemetry");
    CHECK(topic_of(space, "orders", "anything") == "orders");
    CHECK(topic_of(space, "jobs/1", "anything") == "jobs/1");
    CHECK(topic_of(space, "prices/a", "anything") == "prices/a");
    CHECK(topic_of(space, "elsewhere", "x") == "elsewhere/x");
    CHECK(topic_of(space, "telemetry", "a+b") == "");
    CHECK(topic_of(space, "telemetry", "#") == "");
    CHECK(topic_of(space, "telemetry", std::string_view{"a\0", 2}) == "");
    CHECK(topic_of(space, "telemetry", "\xff") == "");
    CHECK(topic_of(space, "telemetry", std::string(200, '/')) == "");
    CHECK(topic_of(space, "", "") == "");
}

TEST_CASE("a reply goes where it is said") {
    const AddressSpace space = plant();
    for (const char* topic : {"telemetry/room1", "a/b/c", "prices/x", "t/5/x", "s/1/2", "unknown/*",
                              "/", "devices/1/state/y"}) {
        std::string text;
        REQUIRE(space.append_reply_to(text, topic));
        std::string back;
        REQUIRE(space.append_topic_of(back, text));
        CHECK(back == topic);
    }
    std::string text;
    REQUIRE(space.append_reply_to(text, "t/5/x"));
    CHECK(text == "ingest/t/5/x");
    text.clear();
    CHECK_FALSE(space.append_reply_to(text, "ingest/t/5/x"));
    std::string back;
    CHECK_FALSE(space.append_topic_of(back, "amqp:/_topo/0/r/#"));
}

TEST_CASE("topic, destination, topic: the same") {
    Topics topics{2};
    std::size_t taken = 0;
    for (int round = 0; round < 200; ++round) {
        std::vector<DeclaredAddress> declared;
        std::vector<TopicMap> maps;
        for (std::size_t i = topics.number(5) + 1; i > 0; --i) {
            const auto type = static_cast<AddressType>(topics.number(4));
            declared.push_back(
                {topics.number(3) == 0 ? topics.next_filter() : topics.next("ab/"), type});
        }
        if (topics.number(2) == 0) {
            maps.push_back({topics.next_filter(), declared.front().address});
        }
        const auto space = AddressSpace::make(declared, maps, {});
        if (!space) {
            continue;  // declared twice, or a map of a pattern
        }
        for (int i = 0; i < 200; ++i) {
            const std::string topic = topics.next(i % 2 == 0 ? "ab/" : "ab/%*.025AE /");
            std::string path;
            if (const auto to = space->resolve(topic, path)) {
                ++taken;
                if (topic_of(*space, to->address, to->subject) != topic) {
                    FAIL(topic << " became " << to->address << " | " << to->subject);
                }
            }
        }
    }
    CHECK(taken > 1000);
}

TEST_CASE("a space that can't be is refused with what is wrong") {
    CHECK(mentions(refusal_of({{"a", AddressType::queue}, {"a", AddressType::topic}}), "twice"));
    CHECK(mentions(refusal_of({{"a/+", AddressType::topic}, {"a/*", AddressType::queue}}),
                   "also as \"a/+\""));
    CHECK(refusal_of({{"a", AddressType::topic}, {"a/#", AddressType::topic}}) == "");
    CHECK(mentions(refusal_of({{"", AddressType::topic}}), "1 to 1024 bytes"));
    CHECK(mentions(refusal_of({{"a+/b", AddressType::topic}}), "wildcard within a level"));
    CHECK(mentions(refusal_of({{"#/a", AddressType::topic}}), "wildcard within a level"));
    CHECK(mentions(refusal_of({{"$mqtt", AddressType::topic}}), "'$'"));
    CHECK(mentions(refusal_of({{"a\xff", AddressType::topic}}), "UTF-8"));
    CHECK(mentions(refusal_of({{"a/b", AddressType::topic}}, {}, kDots), "'/' within a level"));
    CHECK(mentions(refusal_of({{"a", AddressType::topic}}, {{"t/#", "b"}}), "must be declared"));
    CHECK(mentions(refusal_of({{"a/#", AddressType::topic}}, {{"t/#", "a/#"}}), "wildcards"));
    CHECK(mentions(refusal_of({{"a", AddressType::topic}}, {{"t#", "a"}}), "shares its level"));
    CHECK(mentions(refusal_of({{"a", AddressType::topic}}, {{"t", "a"}, {"t", "a"}}), "twice"));
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
