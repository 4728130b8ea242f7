#include "common/wire/delivery_state.hpp"

#include "common/wire/reader.hpp"
#include "common/wire/value_head.hpp"

namespace weft::wire {
namespace {

Outcome known(std::uint64_t descriptor) noexcept {
    const bool is_one = (descriptor >= encoded::byte(Outcome::received) &&
                         descriptor <= encoded::byte(Outcome::modified)) ||
                        descriptor == encoded::byte(Outcome::declared) ||
                        descriptor == encoded::byte(Outcome::transactional);
    return is_one ? static_cast<Outcome>(descriptor) : Outcome::none;
}

}  // namespace

void write_error(Writer& out,
                 std::string_view condition,
                 std::string_view description,
                 Bytes info) {
    const Writer::Mark list =
        out.begin_described_list(static_cast<std::uint64_t>(CompositeCode::error));
    out.symbol(condition);
    if (!description.empty() || !info.empty()) {
        out.string(description);
    }
    if (!info.empty()) {
        out.raw(info);
    }
    out.end(list);
}

Buffer rejected(std::string_view condition, std::string_view description) {
    Buffer state;
    Writer out{state};
    const Writer::Mark list =
        out.begin_described_list(static_cast<std::uint64_t>(Outcome::rejected));
    write_error(out, condition, description);
    out.end(list);
    return state;
}

Buffer bare(Bytes state) {
    const Outcome outcome = outcome_of(state);
    if (outcome == Outcome::none || outcome == Outcome::declared ||
        outcome == Outcome::transactional) {
        return {};
    }
    std::uint64_t descriptor = 0;
    Reader fields = Reader{state}.described_list(descriptor);
    if (outcome == Outcome::rejected) {
        Reader error = fields.described_list(descriptor);
        const std::string_view condition = error.symbol().value_or("");
        return rejected(condition.size() <= kConditionMax ? condition : std::string_view{}, {});
    }
    Buffer result;
    Writer out{result};
    const Writer::Mark list = out.begin_described_list(static_cast<std::uint64_t>(outcome));
    if (outcome == Outcome::modified) {
        out.boolean(fields.boolean().value_or(false));  // delivery-failed
        out.boolean(fields.boolean().value_or(false));  // undeliverable-here
    } else if (outcome == Outcome::received) {
        out.uint(fields.uint().value_or(0));
        out.ulong(fields.ulong().value_or(0));
    }
    out.end(list);
    return result;
}

Outcome unusual_outcome_of(Bytes state) noexcept {
    if (state.size() == encoded::kReleased.size() && has_descriptor8(state) &&
        static_cast<Code>(state[kDescriptor8]) == Code::list0) {
        return known(state[kDescriptor8 - 1]);
    }
    if (state.empty() || encoded_size(state) != state.size()) {
        return Outcome::none;
    }
    Reader in{state};
    std::uint64_t descriptor = 0;
    in.described_list(descriptor);
    return in.ok() ? known(descriptor) : Outcome::none;
}

}  // namespace weft::wire
