#include "common/mgmt/management_message.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"
#include "tests/unit/mgmt/fake_daemon.hpp"

#include <doctest/doctest.h>

namespace weft::mgmt::test {
namespace {

using wire::List;
using wire::Map;
using wire::Value;

/// A request as python-proton's SyncRequestResponse makes it.
wire::Message request(Map properties, wire::Body body = Value{Map{}}) {
    wire::Message message;
    message.reply_to = "amqp:/_topo/0/solo/temp.abc";
    message.correlation_id = std::uint64_t{1};
    message.application_properties = std::move(properties);
    message.body = std::move(body);
    return message;
}

Served serve(FakeDaemon& daemon, const wire::Message& message) {
    Buffer bytes;
    wire::encode_message(bytes, message);
    return serve_message(daemon.agent, bytes);
}

/// The reply, read back from its bytes.
wire::Message reply(const Served& served) {
    REQUIRE(served.reply);
    CHECK_FALSE(served.rejection);
    auto message = wire::decode_message(served.reply->bytes);
    REQUIRE(message);
    return *std::move(message);
}

Value status(const wire::Message& message) {
    return at(message.application_properties, "statusCode");
}

Value body(const wire::Message& message) {
    const Value* value = std::get_if<Value>(&message.body);
    return value == nullptr ? Value{} : *value;
}

Buffer from_hex(std::string_view text) {
    Buffer bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string{text.substr(i, 2)}, nullptr, 16)));
    }
    return bytes;
}

}  // namespace

TEST_SUITE("management messages") {
    TEST_CASE("a query recorded from python-proton is answered as qdstat reads it") {
        FakeDaemon daemon;
        const Buffer recorded = from_hex(
            "00537045005373c0240640404040a11b616d71703a2f5f746f706f2f302f736f6c6f2f74656d702e616263"
            "5301005374d1000000860000000ca1096f7065726174696f6ea1055155455259a10474797065a1136f7267"
            "2e616d71702e6d616e6167656d656e74a1046e616d65a10473656c66a10a656e7469747954797065a1216f"
            "72672e6170616368652e717069642e64697370617463682e6c697374656e6572a1066f66667365745500a1"
            "05636f756e748100000000000001f4005377d10000002900000002a10e6174747269627574654e616d6573"
            "d00000001000000002a1046e616d65a104706f7274");
        const Served served = serve_message(daemon.agent, recorded);
        const wire::Message message = reply(served);
        CHECK(served.reply->address == "amqp:/_topo/0/solo/temp.abc");
        CHECK(message.to == served.reply->address);
        CHECK(message.correlation_id == Value{std::uint64_t{1}});
        CHECK(status(message) == Value{std::int32_t{200}});
        CHECK(at(message.application_properties, "statusDescription") == Value{"OK"});
        CHECK(body(message) == Value{Map{{"attributeNames", List{"name", "port"}},
                                         {"results", List{List{"l0", "5670"}, List{"l1", "5671"},
                                                          List{"l2", "5672"}}}}});
    }

    TEST_CASE("the correlation id comes back as it came, or the message id where there is none") {
        FakeDaemon daemon;
        wire::Message message = request({{"operation", "READ"}});
        wire::Uuid uuid;
        uuid.bytes.fill(7);
        for (const Value& id :
             {Value{"text"}, Value{std::uint64_t{500}}, Value{uuid}, Value{wire::Binary{{1, 2}}}}) {
            message.correlation_id = id;
            message.message_id = "ignored";
            CHECK(reply(serve(daemon, message)).correlation_id == id);
            message.correlation_id = {};
            message.message_id = id;
            CHECK(reply(serve(daemon, message)).correlation_id == id);
        }
        message.message_id = {};
        CHECK(reply(serve(daemon, message)).correlation_id.is_null());
    }

    TEST_CASE("create, read, update and delete work through bytes") {
        FakeDaemon daemon;
        wire::Message message =
            reply(serve(daemon, request({{"operation", "CREATE"},
                                         {"type", "org.apache.qpid.dispatch.vhost"},
                                         {"name", "v"}},
                                        Value{Map{{"hostname", "v"}, {"maxConnections", "5"}}})));
        CHECK(status(message) == Value{std::int32_t{201}});
        const Value identity = at(body(message), "identity");
        message = reply(serve(daemon, request({{"operation", "UPDATE"}, {"identity", identity}},
                                              Value{Map{{"allowUnknownUser", true}}})));
        CHECK(status(message) == Value{std::int32_t{200}});
        message = reply(
            serve(daemon, request({{"operation", "READ"}, {"type", "vhost"}, {"name", "v"}})));
        CHECK(at(body(message), "maxConnections") == Value{std::int64_t{5}});
        CHECK(at(body(message), "allowUnknownUser") == Value{true});
        message = reply(serve(daemon, request({{"operation", "DELETE"}, {"identity", identity}})));
        CHECK(status(message) == Value{std::int32_t{204}});
        CHECK(body(message) == Value{Map{}});
        CHECK(daemon.vhosts.rows.empty());
    }

    TEST_CASE("failures are told in the reply, and the delivery is accepted") {
        FakeDaemon daemon;
        const wire::Message message = reply(serve(daemon, request({})));
        CHECK(status(message) == Value{std::int32_t{400}});
        CHECK(body(message) == Value{Map{}});
        CHECK(at(message.application_properties, "statusDescription")
                  .text()
                  ->starts_with("No 'operation' property"));
    }

    TEST_CASE("keys may be symbols, and a body may be missing") {
        FakeDaemon daemon;
        const wire::Message message =
            reply(serve(daemon, request({{wire::Symbol{"operation"}, wire::Symbol{"QUERY"}},
                                         {wire::Symbol{"entityType"}, wire::Symbol{"listener"}}},
                                        Value{})));
        CHECK(list_in(at(body(message), "results")).size() == 3);
    }

    TEST_CASE("bodies of data or sequences are refused where a map is needed") {
        FakeDaemon daemon;
        const Map query{{"operation", "QUERY"}};
        CHECK(status(reply(serve(daemon, request(query, wire::Data{})))) ==
              Value{std::int32_t{400}});
        CHECK(status(reply(serve(daemon, request(query, wire::Sequence{})))) ==
              Value{std::int32_t{400}});
        CHECK(status(reply(serve(daemon, request({{"operation", "GET-TYPES"}}, wire::Data{})))) ==
              Value{std::int32_t{200}});
    }

    TEST_CASE("a request without reply-to is carried out; its failure rejects the delivery") {
        FakeDaemon daemon;
        for (const std::optional<std::string>& nowhere : {std::optional<std::string>{}, {""}}) {
            wire::Message message = request({{"operation", "DELETE"}, {"name", "l1"}});
            message.reply_to = nowhere;
            Served served = serve(daemon, message);
            CHECK_FALSE(served.reply);
            CHECK_FALSE(served.rejection);
            CHECK(daemon.listeners.rows.size() == 2);
            served = serve(daemon, message);
            CHECK_FALSE(served.reply);
            REQUIRE(served.rejection);
            CHECK(served.rejection->condition == kNotFound);
            CHECK(served.rejection->text == "No entity with name=l1");
            daemon.listeners.rows.push_back({.identity = "x", .name = "l1", .attributes = {}});
        }
    }

    TEST_CASE("bytes that are no message are rejected, every cut of a good one too") {
        FakeDaemon daemon;
        Buffer bytes;
        wire::encode_message(bytes, request({{"operation", "DELETE"}, {"name", "l1"}}));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Served served = serve_message(daemon.agent, Bytes{bytes}.first(size));
            // A cut between two sections leaves a shorter message, which lacks what it needs.
            if (served.rejection) {
                CHECK_FALSE(served.rejection->text.empty());
            }
        }
        CHECK(daemon.listeners.rows.size() == 2);
        const Served served = serve_message(daemon.agent, as_bytes("garbage"));
        REQUIRE(served.rejection);
        CHECK(served.rejection->condition == kDecodeError);
        CHECK_FALSE(served.reply);
    }
}

}  // namespace weft::mgmt::test
