#include "common/wire/value.hpp"
#include "mqtt-gateway/mapping/filter_tree.hpp"
#include "tests/unit/mqtt_mapping/spaces.hpp"

#include <algorithm>

namespace weft::mqtt_mapping {
namespace {

/// "address | subject", one after the other; or the words of the refusal.
std::string sources_of(const AddressSpace& space, std::string_view filter) {
    const auto sources = space.sources(filter);
    if (!sources) {
        return std::string{mqtt::name_of(sources.error().reason)};
    }
    std::string text;
    for (const Source& source : *sources) {
        text.append(text.empty() ? "" : ", ").append(source.address + " | " + source.subject);
    }
    return text;
}

/// Whether an AMQP filter or address means a path: '+' or '*' one word, '#' any number at the end.
bool means_path(std::string filter, std::string_view path) {
    for (std::size_t at = 0; (at = filter.find('*', at)) != std::string::npos; ++at) {
        filter[at] = '+';
    }
    if (path.empty()) {
        return filter.empty() || filter == "#";
    }
    return !filter.empty() && means(filter, path, false);
}

}  // namespace

TEST_SUITE_BEGIN("mqtt sources");

TEST_CASE("a filter below a root is a filter of subjects") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "telemetry") == "telemetry | ");
    CHECK(sources_of(space, "telemetry/#") == "telemetry | #");
    CHECK(sources_of(space, "telemetry/+/temp") == "telemetry | */temp");
    CHECK(sources_of(space, "telemetry/a%b/#") == "telemetry | a%25b/#");
    CHECK(sources_of(space, "a/b/+") == "a/b | *");
    CHECK(sources_of(space, "a/+") == "a | *, a/b | ");
    CHECK(sources_of(space, "a/#") == "a | #, a/b | #");
    CHECK(sources_of(space, "devices/7/state/#") == "devices/7/state | #");
}

TEST_CASE("of addresses that a pattern declares a source is one with wildcards") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "devices/+/state") == "devices/+/state | ");
    CHECK(sources_of(space, "devices/#") == "devices/+/state | #");
    CHECK(sources_of(space, "devices/+/state/x/+") == "devices/+/state | x/*");
    const AddressSpace open =
        space_of({{"m/#", AddressType::multicast}, {"m/x", AddressType::topic}});
    CHECK(sources_of(open, "m/a") == "m/a | #");
    CHECK(sources_of(open, "m/a/#") == "m/a/# | #");
    CHECK(sources_of(open, "m/#") == "m/# | #, m/x | #");
    const AddressSpace dots =
        space_of({{"m.#", AddressType::multicast}}, {}, {.separator = Separator::dot});
    CHECK(sources_of(dots, "m/+") == "m.* | #");
    CHECK(sources_of(dots, "m/*") == "m.%2A | #");
}

TEST_CASE("a filter below an open address is an address with wildcards") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "prices/#") == "prices/# | #");
    CHECK(sources_of(space, "prices/+/close") == "prices/+/close | #");
    CHECK(sources_of(space, "prices/a//b") == "prices/a/%00/b | #");
    CHECK(sources_of(space, "prices") == "prices | #");
}

TEST_CASE("a filter that begins with a wildcard has a source at each address that it may mean") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "+/x") == "a | x, prices/x | #, spread | */x, telemetry | x");
    CHECK(sources_of(space, "#") ==
          "a | #, a/b | #, devices/+/state | #, prices/# | #, spread | #, telemetry | #");
    CHECK(sources_of(space, "+/+/state") ==
          "a | */state, a/b | state, devices/+/state | , prices/+/state | #, spread | */*/state, "
          "telemetry | */state");
}

TEST_CASE("queues and anycast addresses are had whole, by competing receivers") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "orders") == "orders | #");
    CHECK(sources_of(space, "$share/g/orders") == "orders | #");
    CHECK(sources_of(space, "jobs/1") == "jobs/1 | #");
    CHECK(sources_of(space, "orders/+") == "unspecified error");
    CHECK(sources_of(space, "orders/#") == "wildcard subscriptions not supported");
    CHECK(sources_of(space, "jobs/+") == "wildcard subscriptions not supported");
    CHECK(sources_of(space, "t/+/#") == "ingest | #");
    CHECK(sources_of(space, "t/5") == "topic filter invalid");
    CHECK(sources_of(space, "t/5/#") == "topic filter invalid");
    CHECK(sources_of(space, "ingest") == "unspecified error");
}

TEST_CASE("of a mapped address the subject is the topic") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "s/1/+") == "spread | s/1/*");
    CHECK(sources_of(space, "s/1") == "spread | s/1");
}

TEST_CASE("filters that begin with $ mean maps that do, and no others") {
    const AddressSpace space =
        space_of({{"old", AddressType::multicast}, {"#", AddressType::topic}},
                 {{"$old/#", "old"}, {"+/x", "old"}});
    CHECK(sources_of(space, "$old/+") == "old | $old/*");
    CHECK(sources_of(space, "$old/a") == "old | $old/a");
    CHECK(sources_of(space, "+/a") == "+/a | #");
    CHECK(sources_of(space, "$else/x") == "unspecified error");
}

TEST_CASE("what can't be is refused") {
    const AddressSpace space = plant();
    CHECK(sources_of(space, "unknown/#") == "unspecified error");
    CHECK(sources_of(space, "test/nosubscribe") == "unspecified error");
    CHECK(sources_of(space, "$SYS/#") == "unspecified error");
    CHECK(sources_of(space, std::string(1025, 'a')) == "topic filter invalid");
    CHECK(sources_of(space, std::string(64, '/')) == "topic filter invalid");
    CHECK(sources_of(space, "$share/g/telemetry/#") == "shared subscriptions not supported");
    CHECK(sources_of(space, "$share/g/#") == "shared subscriptions not supported");
    CHECK(sources_of(space, "$share/g/prices/#") == "prices/# | #");
    const AddressSpace alone =
        space_of({{"m", AddressType::multicast}}, {}, {.shares_multicast = true});
    CHECK(sources_of(alone, "$share/g/m/#") == "m | #");
}

TEST_CASE("a filter that means too many addresses is refused") {
    std::vector<DeclaredAddress> many;
    for (std::size_t i = 0; i <= AddressSpace::kSourcesMax; ++i) {
        many.push_back({"x" + std::to_string(i), AddressType::topic});
    }
    CHECK(sources_of(space_of(many), "+") == "quota exceeded");
    many.pop_back();
    CHECK(sources_of(space_of(many), "#").size() > 1000);
}

TEST_CASE("what a filter means comes by one of its sources") {
    Topics topics{3};
    std::size_t seen = 0;
    for (int round = 0; round < 300; ++round) {
        std::vector<DeclaredAddress> declared;
        for (std::size_t i = topics.number(5) + 1; i > 0; --i) {
            const std::string name =
                topics.number(2) == 0 ? topics.next_filter() : topics.next("ab/");
            const bool one = topics.number(2) == 0;
            declared.push_back({name, one ? AddressType::multicast : AddressType::topic});
        }
        std::vector<TopicMap> maps;
        if (topics.number(3) == 0) {
            maps.push_back({topics.next_filter(), declared.front().address});
        }
        const auto space = AddressSpace::make(declared, maps, {});
        if (!space) {
            continue;
        }
        for (int i = 0; i < 100; ++i) {
            const std::string filter = topics.next_filter();
            const std::string topic = topics.next("ab/*");
            std::string path;
            const auto to = space->resolve(topic, path);
            if (!to || !means(filter, topic)) {
                continue;
            }
            ++seen;
            const auto sources = space->sources(filter);
            REQUIRE(sources);
            const bool comes = std::ranges::any_of(*sources, [&](const Source& source) {
                return source.type == to->type &&
                       (source.address == to->address || means_path(source.address, to->address)) &&
                       means_path(source.subject, to->subject);
            });
            if (!comes) {
                FAIL("'" << filter << "' misses '" << topic << "', " << to->address << " | "
                         << to->subject << " of " << sources_of(*space, filter));
            }
        }
    }
    CHECK(seen > 500);
}

TEST_CASE("a source's filter set") {
    Buffer set;
    append_filter_set(set, "#");
    CHECK(set.empty());
    append_filter_set(set, "*/temp");
    Bytes in = set;
    const auto read = wire::decode(in);
    REQUIRE(read);
    CHECK(wire::to_string(*read) ==
          R"({"subject": @"apache.org:legacy-amqp-topic-binding:string" "*/temp"})");
    CHECK(in.empty());
}

TEST_SUITE_END();

}  // namespace weft::mqtt_mapping
