#include "common/amqp/fitting.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/amqp/frame.hpp"
#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <string>

namespace weft::amqp::test {
namespace {

Buffer map_of(int entries, std::size_t value_size) {
    wire::Map map;
    for (int i = 0; i < entries; ++i) {
        map.emplace_back(wire::Symbol{"key-" + std::to_string(i)}, std::string(value_size, 'v'));
    }
    Buffer encoded;
    wire::encode(encoded, map);
    return encoded;
}

/// Its first entry is the first of the other's, and so on; how many they are.
std::size_t entries_of(Bytes start, Bytes whole) {
    if (start.empty()) {
        return 0;
    }
    const auto some = wire::decode(start);
    const auto all = wire::decode(whole);
    const auto& first = *some->as<wire::Map>();
    const auto& rest = *all->as<wire::Map>();
    REQUIRE(first.size() <= rest.size());
    CHECK(std::equal(first.begin(), first.end(), rest.begin()));
    return first.size();
}

}  // namespace

TEST_SUITE_BEGIN("fitting");

TEST_CASE("an open keeps the properties that fit, from the first one on") {
    const Buffer properties = map_of(20, 40);
    const Buffer capabilities = amqp::capabilities({"ANONYMOUS-RELAY"});
    const Open whole{.container_id = "me",
                     .hostname = "you",
                     .offered_capabilities = capabilities,
                     .desired_capabilities = capabilities,
                     .properties = properties};
    std::size_t before = 0;
    for (std::size_t room = kFrameSizeMin; room < frame_size(whole); room += 7) {
        Buffer storage;
        const Open less = fitting(whole, room, storage);
        CHECK(frame_size(less) <= room);
        CHECK_FALSE(less.offered_capabilities.empty());
        CHECK(less.hostname == "you");
        const std::size_t kept = entries_of(less.properties, properties);
        CHECK(kept >= before);
        CHECK(frame_size(less) + 60 > room);  // one more would not have fitted
        before = kept;
    }
    Buffer storage;
    CHECK(fitting(whole, frame_size(whole), storage).properties.data() == properties.data());
    CHECK(storage.empty());
}

TEST_CASE("an open without room for properties gives up capabilities, then its hostname") {
    const Buffer properties = map_of(1, 10);
    const Buffer small = amqp::capabilities({"a"});
    const std::string long_name(400, 'c');
    const Open whole{.container_id = long_name,
                     .hostname = "you",
                     .offered_capabilities = small,
                     .desired_capabilities = small,
                     .properties = properties};
    Open bare = whole;
    bare.properties = {};
    Buffer storage;
    Open less = fitting(whole, frame_size(bare) - 1, storage);
    CHECK(less.properties.empty());
    CHECK(less.desired_capabilities.empty());
    CHECK_FALSE(less.offered_capabilities.empty());
    less = fitting(whole, frame_size(less) - 1, storage);
    CHECK(less.offered_capabilities.empty());
    CHECK(less.hostname == "you");
    less = fitting(whole, frame_size(less) - 1, storage);
    CHECK(less.hostname.empty());
}

TEST_CASE("an attach loses what is optional, in order, and never more than it must") {
    const Buffer extra = map_of(1, 60);
    const Buffer capabilities = amqp::capabilities({std::string(60, 'x')});
    const std::string address(60, 'a');
    const Attach whole{.name = "link",
                       .receiver = true,
                       .source = Terminus{.kind = Terminus::Kind::source,
                                          .address = address,
                                          .filter = extra,
                                          .capabilities = capabilities},
                       .target = Terminus{.kind = Terminus::Kind::target,
                                          .address = address,
                                          .dynamic = true,
                                          .dynamic_node_properties = extra,
                                          .capabilities = capabilities},
                       .offered_capabilities = capabilities,
                       .desired_capabilities = capabilities,
                       .properties = extra};
    const auto state = [](const Attach& attach) {
        std::string there;
        const auto put = [&](bool present, std::string_view what) { there += present ? what : ""; };
        put(!attach.properties.empty(), " properties");
        put(!attach.desired_capabilities.empty(), " desired");
        put(!attach.offered_capabilities.empty(), " offered");
        put(!attach.source->filter.empty(), " peers-filter");
        put(!attach.source->capabilities.empty(), " peers-capabilities");
        put(attach.source->address.has_value(), " peers-address");
        put(!attach.target->dynamic_node_properties.empty(), " own-properties");
        put(!attach.target->capabilities.empty(), " own-capabilities");
        put(attach.target->address.has_value() && attach.target->dynamic, " own-address");
        return there;
    };
    Attach attach = whole;
    std::vector<std::string> states;
    for (auto less = std::optional(whole); less; less = fitting(whole, frame_size(attach) - 1)) {
        attach = *less;
        CHECK(attach.name == "link");
        states.push_back(state(attach));
    }
    const std::string ours = " own-properties own-capabilities own-address";
    const std::string peers = " peers-filter peers-capabilities peers-address";
    CHECK(states == std::vector<std::string>{" properties desired offered" + peers + ours,
                                             " desired offered" + peers + ours,
                                             " offered" + peers + ours, peers + ours,
                                             " peers-address" + ours, ours, " own-address"});
}

TEST_CASE("what is ours is what the link's role says") {
    const std::string address(300, 'a');
    Attach attach{.name = "link",
                  .source = Terminus{.kind = Terminus::Kind::source, .address = address},
                  .target = Terminus{.kind = Terminus::Kind::target, .address = address}};
    CHECK(fitting(attach, kFrameSizeMin)->source->address == address);
    CHECK_FALSE(fitting(attach, kFrameSizeMin)->target->address);
    attach.receiver = true;
    CHECK_FALSE(fitting(attach, kFrameSizeMin)->source->address);
    CHECK(fitting(attach, kFrameSizeMin)->target->address == address);
    const std::string too_long(500, 'a');
    attach.target->address = too_long;
    CHECK_FALSE(fitting(attach, kFrameSizeMin));
}

TEST_CASE("an attach that refuses needs little besides its name") {
    const std::string name(300, 'n');
    const Attach refusing{.name = name, .handle = ~0U, .initial_delivery_count = ~0U};
    CHECK(frame_size(refusing) <= name.size() + kBareAttachMax);
}

TEST_SUITE_END();

}  // namespace weft::amqp::test
