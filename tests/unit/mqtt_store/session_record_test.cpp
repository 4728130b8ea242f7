#include "mqtt-gateway/store/session_record.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace weft;
using namespace weft::mqtt_store;
using mqtt_mapping::KeptMessage;

namespace {

SharedMessage message_to(std::string_view topic) {
    const mqtt::Publish publish{
        .qos = mqtt::Qos::at_least_once, .id = 1, .topic = topic, .payload = as_bytes(topic)};
    return std::make_shared<const KeptMessage>(*KeptMessage::from(publish, "d", kForever));
}

SessionRecord full() {
    SessionRecord record;
    record.row = {.client_id = "d",
                  .birth = ~std::uint64_t{0},
                  .epoch = 7,
                  .expiry_seconds = 3600,
                  .expires = 1'700'000'000'000,
                  .will = StoredWill{.message = message_to("will"), .delay_seconds = 5},
                  .serial_base = 9};
    record.subscriptions["a/#"] = {.filter = "a/#",
                                   .identifier = 3,
                                   .qos = mqtt::Qos::at_least_once,
                                   .no_local = true,
                                   .retain_handling = mqtt::RetainHandling::none,
                                   .retained_due = true};
    record.subscriptions["b"] = {.filter = "b"};
    record.incoming[4] = {.packet = 4, .serial = 11, .taken = true};
    record.incoming[5] = {.packet = 5, .serial = 12};
    record.outgoing = {1, 0x7fff};
    (void)record.add_fired({.message_id = "B/1/w", .message = message_to("fired")});
    return record;
}

Buffer encoded(const SessionRecord& record) {
    Buffer out;
    append_record(out, record);
    return out;
}

}  // namespace

TEST_SUITE("session record") {
    TEST_CASE("what is written is read, all of it") {
        const SessionRecord record = full();
        const auto read = read_record(encoded(record));
        REQUIRE(read);
        CHECK(encoded(*read) == encoded(record));
        const KnownSession known = read->known(SessionNumber{1});
        CHECK(known.row.client_id == "d");
        CHECK(known.row.birth == ~std::uint64_t{0});
        CHECK(known.row.expires == record.row.expires);
        REQUIRE(known.row.will);
        CHECK(known.row.will->message->publish().topic == "will");
        CHECK(known.row.will->delay_seconds == 5);
        CHECK(known.row.will->due == kForever);
        CHECK(known.subscriptions ==
              std::vector{record.subscriptions.at("a/#"), record.subscriptions.at("b")});
        CHECK(known.incoming == std::vector{record.incoming.at(4), record.incoming.at(5)});
        CHECK(known.outgoing == std::vector<mqtt::PacketId>{1, 0x7fff});
        CHECK(read->fired.begin()->second.message_id == "B/1/w");
        CHECK_FALSE(read->is_over);
    }

    TEST_CASE("what is cut off, or of another version, is none") {
        const Buffer whole = encoded(full());
        for (std::size_t size = 0; size < whole.size(); ++size) {
            CHECK_FALSE(read_record(Bytes{whole}.first(size)));
        }
        CHECK_FALSE(read_record(as_bytes(std::string_view{"text"})));
    }

    TEST_CASE("a session that ends leaves the wills that were fired, and then nothing") {
        SessionRecord record = full();
        record.end();
        CHECK_FALSE(record.is_empty());
        const auto read = read_record(encoded(record));
        REQUIRE(read);
        CHECK(read->is_over);
        CHECK(read->row.client_id == "d");
        CHECK(read->subscriptions.empty());
        CHECK(read->fired.size() == 1);
        record.fired.clear();
        CHECK(record.is_empty());
    }

    TEST_CASE("identifiers that are free have the base, and no rows") {
        SessionRecord record = full();
        record.set_serials(20, {{.packet = 4, .serial = 99}, {.packet = 6, .serial = 13}});
        CHECK(record.row.serial_base == 20);
        CHECK(record.incoming.size() == 2);
        CHECK(record.incoming.at(4) == IncomingId{.packet = 4, .serial = 11, .taken = true});
        CHECK(record.incoming.at(6) == IncomingId{.packet = 6, .serial = 13});
    }
}
