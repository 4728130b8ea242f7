#include "common/transaction/control.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

namespace weft::transaction {
namespace {

wire::Value described(wire::Value descriptor, wire::List fields) {
    return wire::Described{std::make_shared<const wire::Value>(std::move(descriptor)),
                           std::make_shared<const wire::Value>(std::move(fields))};
}

Buffer message_of(wire::Value body) {
    wire::Message message;
    message.subject = "sections before the body are passed over";
    message.body = std::move(body);
    Buffer bytes;
    wire::encode_message(bytes, message);
    return bytes;
}

wire::Value binary(const Id& id) {
    return wire::Binary{{id.begin(), id.end()}};
}

constexpr Id kName{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

}  // namespace

TEST_SUITE("transaction control") {
    TEST_CASE("declare and discharge are read, described by numbers or symbols") {
        using Kind = Request::Kind;
        for (const wire::Value& name :
             {wire::Value{std::uint64_t{0x31}}, wire::Value{wire::Symbol{"amqp:declare:list"}}}) {
            CHECK(read_request(message_of(described(name, {}))).value().kind == Kind::declare);
            CHECK(read_request(message_of(described(name, {wire::Value{}}))).has_value());
        }
        for (const wire::Value& name :
             {wire::Value{std::uint64_t{0x32}}, wire::Value{wire::Symbol{"amqp:discharge:list"}}}) {
            const Request commit =
                read_request(message_of(described(name, {binary(kName), false}))).value();
            CHECK(commit.kind == Kind::commit);
            CHECK(commit.id == kName);
            CHECK(read_request(message_of(described(name, {binary(kName)}))).value().kind ==
                  Kind::commit);
            CHECK(read_request(message_of(described(name, {binary(kName), true}))).value().kind ==
                  Kind::rollback);
        }
        const auto other = read_request(
            message_of(described(std::uint64_t{0x32}, {wire::Value{wire::Binary{{1, 2}}}})));
        CHECK(other.value().id == Id{});
    }

    TEST_CASE("what is neither is an error that says so, and no other coordinates") {
        const auto refused = [](const Buffer& message) {
            const auto read = read_request(message);
            return read ? std::string_view{} : read.error().condition;
        };
        CHECK(refused({}) == kDecodeError);
        CHECK(refused(message_of("declare")) == kDecodeError);
        CHECK(refused(message_of(described(std::uint64_t{0x30}, {}))) == kDecodeError);
        CHECK(refused(message_of(described(std::uint64_t{0x32}, {}))) == kDecodeError);
        CHECK(refused(message_of(described(std::uint64_t{0x32}, {"text"}))) == kDecodeError);
        CHECK(refused(message_of(described(std::uint64_t{0x31}, {binary(kName)}))) ==
              kNotImplemented);
        const Buffer whole = message_of(described(std::uint64_t{0x32}, {binary(kName), true}));
        for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
            CHECK_FALSE(read_request({whole.begin(), whole.begin() + static_cast<long>(size)}));
        }
    }

    TEST_CASE("a state tells its transaction and the outcome in it") {
        const Buffer state = state_of(kName, wire::kReleased);
        CHECK(wire::outcome_of(state) == wire::Outcome::transactional);
        const auto read = read_state(state);
        REQUIRE(read);
        CHECK(read->id == kName);
        CHECK(wire::outcome_of(read->outcome) == wire::Outcome::released);
        CHECK(read_state(state_of(kName, {}))->outcome.empty());
        CHECK_FALSE(read_state(wire::kAccepted));
        CHECK_FALSE(read_state({}));
        CHECK_FALSE(read_state(declared(kName)));
        CHECK(wire::outcome_of(declared(kName)) == wire::Outcome::declared);
    }

    TEST_CASE("a flow asks for acquisition in a transaction by a property") {
        Buffer properties;
        wire::encode(properties, wire::Map{{wire::Symbol{"txn-id"}, binary(kName)}});
        CHECK(acquires(properties));
        properties.clear();
        wire::encode(properties, wire::Map{{wire::Symbol{"other"}, 1}});
        CHECK_FALSE(acquires(properties));
        CHECK_FALSE(acquires({}));
    }
}

}  // namespace weft::transaction
