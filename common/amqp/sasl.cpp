#include "common/amqp/sasl.hpp"

#include "common/amqp/performatives.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value_head.hpp"

namespace weft::amqp {
namespace {

using wire::Code;

/// A challenge or a response.
Buffer body_of(Performative which, Bytes data) {
    Buffer body;
    wire::Writer out{body};
    const auto list = begin_list(out, which);
    out.binary(data);
    out.end(list);
    return body;
}

/// An array of symbols: the element type stands once, in front of them.
std::optional<std::vector<std::string_view>> symbols_of_array(Bytes array) {
    const auto whole = wire::compound_of(array, wire::layout_of(array[0]).width);
    if (!whole || whole->values.empty()) {
        return std::nullopt;
    }
    const std::uint8_t element = whole->values[0];
    const std::size_t width = wire::layout_of(element).width;
    std::vector<std::string_view> symbols;
    for (Bytes in = whole->values.subspan(1); !in.empty();) {
        if (!wire::is_symbol(static_cast<Code>(element)) || in.size() < width) {
            return std::nullopt;
        }
        const std::size_t size = wire::load_size(in.data(), width);
        if (size > in.size() - width) {
            return std::nullopt;
        }
        symbols.push_back(as_text(in.subspan(width, size)));
        in = in.subspan(width + size);
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
    Buffer array(wire::kHead32);
    array.push_back(static_cast<std::uint8_t>(Code::sym32));
    for (const std::string& name : offered) {
        array.resize(array.size() + 4);
        wire::store_u32(&array[array.size() - 4], static_cast<std::uint32_t>(name.size()));
        append(array, as_bytes(name));
    }
    wire::store_head32(array.data(), Code::array32, array.size() - wire::kHead32, offered.size());

    Buffer body;
    wire::Writer out{body};
    const auto list = begin_list(out, Performative::sasl_mechanisms);
    out.raw(array);
    out.end(list);
    return body;
}

Buffer sasl_init_body(std::string_view mechanism, Bytes response, std::string_view hostname) {
    Buffer body;
    wire::Writer out{body};
    const auto list = begin_list(out, Performative::sasl_init);
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
    const auto list = begin_list(out, Performative::sasl_outcome);
    out.ubyte(code);
    if (!additional_data.empty()) {
        out.binary(additional_data);
    }
    out.end(list);
    return body;
}

}  // namespace weft::amqp
