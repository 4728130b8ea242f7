#include "common/amqp/sasl.hpp"

#include "common/amqp/performatives.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"

namespace weft::amqp {
namespace {

using wire::Code;

wire::Writer::Mark begin(wire::Writer& out, Performative which) {
    return out.begin_described_list(static_cast<std::uint64_t>(which));
}

/// A challenge or a response.
Buffer body_of(Performative which, Bytes data) {
    Buffer body;
    wire::Writer out{body};
    const auto list = begin(out, which);
    out.binary(data);
    out.end(list);
    return body;
}

/// An array of symbols: the element type stands once, in front of them.
std::optional<std::vector<std::string_view>> symbols_of_array(Bytes array) {
    const std::size_t width = static_cast<Code>(array[0]) == Code::array8 ? 1 : 4;
    if (array.size() < 2 + 2 * width) {
        return std::nullopt;
    }
    const auto element = static_cast<Code>(array[1 + 2 * width]);
    const std::size_t length_width = element == Code::sym8 ? 1 : element == Code::sym32 ? 4 : 0;
    std::vector<std::string_view> symbols;
    for (Bytes in = array.subspan(2 + 2 * width); !in.empty();) {
        if (length_width == 0 || in.size() < length_width) {
            return std::nullopt;
        }
        const std::size_t size = length_width == 1 ? in[0] : wire::load_u32(in.data());
        if (size > in.size() - length_width) {
            return std::nullopt;
        }
        symbols.push_back(as_text(in.subspan(length_width, size)));
        in = in.subspan(length_width + size);
    }
    return symbols;
}

}  // namespace

std::optional<SaslInit> decode_sasl_init(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const auto mechanism = in.symbol();
    const auto response = in.binary();
    if (!outer.ok() || !in.ok() || !mechanism) {
        return std::nullopt;
    }
    return SaslInit{*mechanism, response.value_or(Bytes{})};
}

std::optional<Bytes> decode_sasl_data(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const auto data = in.binary();
    return outer.ok() && in.ok() ? data : std::nullopt;
}

std::optional<SaslOutcome> decode_sasl_outcome(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const auto code = in.ubyte();
    const auto data = in.binary();
    if (!outer.ok() || !in.ok() || !code) {
        return std::nullopt;
    }
    return SaslOutcome{*code, data.value_or(Bytes{})};
}

std::optional<std::vector<std::string_view>> decode_sasl_mechanisms(Bytes fields) {
    wire::Reader outer{fields};
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    const Bytes offered = in.raw();
    if (!outer.ok() || !in.ok() || offered.empty()) {
        return std::nullopt;
    }
    const auto code = static_cast<Code>(offered[0]);
    if (code == Code::array8 || code == Code::array32) {
        return symbols_of_array(offered);
    }
    const auto single = wire::Reader{offered}.symbol();
    return single ? std::optional(std::vector{*single}) : std::nullopt;
}

Buffer sasl_mechanisms_body(const std::vector<std::string>& offered) {
    Buffer array(8);
    array.push_back(static_cast<std::uint8_t>(Code::sym32));
    for (const std::string& name : offered) {
        array.resize(array.size() + 4);
        wire::store_u32(&array[array.size() - 4], static_cast<std::uint32_t>(name.size()));
        append(array, as_bytes(name));
    }
    wire::store_u32(array.data(), static_cast<std::uint32_t>(array.size() - 4));
    wire::store_u32(&array[4], static_cast<std::uint32_t>(offered.size()));
    array.insert(array.begin(), static_cast<std::uint8_t>(Code::array32));

    Buffer body;
    wire::Writer out{body};
    const auto list = begin(out, Performative::sasl_mechanisms);
    out.raw(array);
    out.end(list);
    return body;
}

Buffer sasl_init_body(std::string_view mechanism, Bytes response, std::string_view hostname) {
    Buffer body;
    wire::Writer out{body};
    const auto list = begin(out, Performative::sasl_init);
    out.symbol(mechanism);
    out.binary(response);
    if (!hostname.empty()) {
        out.string(hostname);
    }
    out.end(list);
    return body;
}

Buffer sasl_challenge_body(Bytes challenge) {
    return body_of(Performative::sasl_challenge, challenge);
}

Buffer sasl_response_body(Bytes response) {
    return body_of(Performative::sasl_response, response);
}

Buffer sasl_outcome_body(std::uint8_t code, Bytes additional_data) {
    Buffer body;
    wire::Writer out{body};
    const auto list = begin(out, Performative::sasl_outcome);
    out.ubyte(code);
    if (!additional_data.empty()) {
        out.binary(additional_data);
    }
    out.end(list);
    return body;
}

}  // namespace weft::amqp
