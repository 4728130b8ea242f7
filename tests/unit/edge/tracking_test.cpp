#include "router/edge/tracking.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/message.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace weft;
using namespace weft::edge;
using wire::List;
using wire::Value;

namespace {

std::string_view refusal_of(Value body) {
    wire::Message message;
    message.body = std::move(body);
    Buffer out;
    wire::encode_message(out, message);
    const auto read = read_tracking(out);
    return read ? "" : read.error().condition;
}

}  // namespace

TEST_SUITE("address tracking") {
    TEST_CASE("what is written is read the same") {
        for (const Tracking& tracking : {Tracking{"M0orders", true}, Tracking{"M1a/b", false},
                                         Tracking{std::string(kTrackedKeyMax, 'k'), true}}) {
            Buffer out;
            write_tracking(out, tracking);
            CHECK(read_tracking(out) == Result<Tracking>{tracking});
        }
    }

    TEST_CASE("a header may stand before it, as the original writes one") {
        wire::Message message;
        message.durable = true;
        message.body = Value{List{"M0a", true}};
        Buffer out;
        wire::encode_message(out, message);
        CHECK(read_tracking(out) == Result<Tracking>{Tracking{"M0a", true}});
    }

    TEST_CASE("what is none is refused") {
        CHECK(refusal_of(Value{}) == kInvalidField);
        CHECK(refusal_of("M0a") == kInvalidField);
        CHECK(refusal_of(List{"M0a", true, true}) == kInvalidField);
        CHECK(refusal_of(List{"M0a", 1}) == kInvalidField);
        CHECK(refusal_of(List{"", true}) == kInvalidField);
        CHECK(refusal_of(List{7, true}) == kInvalidField);
        CHECK(refusal_of(List{"M0\xff", true}) == kInvalidField);
        CHECK(refusal_of(List{std::string(kTrackedKeyMax + 1, 'k'), true}) == kInvalidField);
        CHECK(read_tracking(Bytes{}).has_value() == false);
    }
}
