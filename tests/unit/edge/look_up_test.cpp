#include "router/edge/look_up.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace weft;
using namespace weft::edge;
using wire::List;
using wire::Message;
using wire::Value;
using Status = LookUpReply::Status;

namespace {

Message question() {
    Message message;
    message.reply_to = "amqp:/_edge/site-1/temp.x";
    message.correlation_id = "c1";
    message.application_properties = {{"version", std::uint32_t{1}}, {"opcode", std::uint32_t{1}}};
    message.body = Value{List{"a/b", true}};
    return message;
}

std::string_view refused_question(const Message& message) {
    Buffer out;
    wire::encode_message(out, message);
    const auto read = read_look_up(out);
    return read ? "" : read.error().condition;
}

std::string_view refused_answer(std::uint32_t status, Value body) {
    Message message = question();
    message.application_properties.emplace_back("status", status);
    message.body = std::move(body);
    Buffer out;
    wire::encode_message(out, message);
    const auto read = read_reply(out);
    return read ? "" : read.error().condition;
}

}  // namespace

TEST_SUITE("address look-up") {
    TEST_CASE("a question that is written is read the same") {
        for (const LookUp& asked :
             {LookUp{.address = "a", .in = true, .reply_to = "r", .correlation = std::uint64_t{7}},
              LookUp{.address = std::string(kLookUpAddressMax, 'a'),
              .reply_to = "r",
              .correlation = "client-1"}}) {
            Buffer out;
            write_look_up(out, asked);
            CHECK(read_look_up(out) == Result<LookUp>{asked});
        }
    }

    TEST_CASE("an answer that is written is read the same") {
        for (const LookUpReply& reply :
             {LookUpReply{.to = "r", .correlation = "c", .is_link_route = true},
              LookUpReply{
                  .to = "r", .correlation = "c", .is_link_route = true, .has_destinations = true},
              LookUpReply{.to = "r", .correlation = "c", .status = Status::not_found}}) {
            Buffer out;
            write_reply(out, reply);
            CHECK(read_reply(out) == Result<LookUpReply>{reply});
        }
    }

    TEST_CASE("a question that is none is refused") {
        CHECK(refused_question(question()) == "");
        Message bad = question();
        bad.application_properties[0].second = std::uint32_t{2};
        CHECK(refused_question(bad) == kNotImplemented);
        bad = question();
        bad.application_properties[1].second = std::uint32_t{9};
        CHECK(refused_question(bad) == kNotImplemented);
        bad = question();
        bad.application_properties.clear();
        CHECK(refused_question(bad) == kNotImplemented);
        bad = question();
        bad.reply_to.reset();
        CHECK(refused_question(bad) == kInvalidField);
        bad = question();
        bad.correlation_id = Value{};
        CHECK(refused_question(bad) == kInvalidField);
        for (const Value& body : {Value{}, Value{List{"a"}}, Value{List{"a", 1}},
                                  Value{List{"", true}}, Value{List{"\xff", true}},
                                  Value{List{std::string(kLookUpAddressMax + 1, 'a'), true}}}) {
            bad = question();
            bad.body = body;
            CHECK(refused_question(bad) == kInvalidField);
        }
    }

    TEST_CASE("an answer that is none is refused; one that says no needs no more") {
        CHECK(refused_answer(0, List{true, true}) == "");
        CHECK(refused_answer(0, List{true}) == kInvalidField);
        CHECK(refused_answer(0, List{true, 1}) == kInvalidField);
        CHECK(refused_answer(9, List{true, true}) == kInvalidField);
        CHECK(refused_answer(3, Value{}) == "");
    }
}
