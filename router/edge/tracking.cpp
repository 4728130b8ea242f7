#include "router/edge/tracking.hpp"

#include "common/base/conditions.hpp"
#include "common/base/utf8.hpp"
#include "common/wire/message.hpp"

#include <variant>

namespace weft::edge {

using wire::Value;

void write_tracking(Buffer& out, const Tracking& tracking) {
    wire::Message message;
    message.body = Value{wire::List{tracking.key, tracking.wanted}};
    wire::encode_message(out, message);
}

Result<Tracking> read_tracking(Bytes message) {
    WEFT_TRY(const wire::Message whole, wire::decode_message(message));
    const auto* const value = std::get_if<Value>(&whole.body);
    const auto* const fields = value == nullptr ? nullptr : value->as<wire::List>();
    if (fields == nullptr || fields->size() != 2) {
        return fail(kInvalidField, "address tracking must be a list of two: a key, and a boolean");
    }
    const std::string* const key = fields->front().text();
    const bool* const wanted = fields->back().as<bool>();
    if (key == nullptr || key->empty() || key->size() > kTrackedKeyMax || !is_utf8(*key)) {
        return fail(kInvalidField, "address tracking: the key of an address is 1 to " +
                                       std::to_string(kTrackedKeyMax) + " bytes of UTF-8");
    }
    if (wanted == nullptr) {
        return fail(kInvalidField, "address tracking: the second value must be a boolean");
    }
    return Tracking{*key, *wanted};
}

}  // namespace weft::edge
