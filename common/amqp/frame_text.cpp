#include "common/amqp/frame_text.hpp"

#include "common/amqp/frame_scanner.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/text.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/descriptors.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace weft::amqp {
namespace {

using wire::CompositeCode;
using wire::Outcome;

/// Described lists, and the names of their fields in order.
struct Composite {
    template <class Descriptor>
    constexpr Composite(Descriptor descriptor,
                        std::string_view its_name,
                        std::string_view its_fields)
        : code{static_cast<std::uint64_t>(descriptor)}, name{its_name}, fields{its_fields} {}

    std::uint64_t code;
    std::string_view name;
    std::string_view fields;
};

constexpr std::array kComposites{
    Composite{Performative::open, "open",
              "container-id hostname max-frame-size channel-max idle-time-out outgoing-locales "
              "incoming-locales offered-capabilities desired-capabilities properties"},
    Composite{Performative::begin, "begin",
              "remote-channel next-outgoing-id incoming-window outgoing-window handle-max "
              "offered-capabilities desired-capabilities properties"},
    Composite{Performative::attach, "attach",
              "name handle role snd-settle-mode rcv-settle-mode source target unsettled "
              "incomplete-unsettled initial-delivery-count max-message-size offered-capabilities "
              "desired-capabilities properties"},
    Composite{Performative::flow, "flow",
              "next-incoming-id incoming-window next-outgoing-id outgoing-window handle "
              "delivery-count link-credit available drain echo properties"},
    Composite{Performative::transfer, "transfer",
              "handle delivery-id delivery-tag message-format settled more rcv-settle-mode state "
              "resume aborted batchable"},
    Composite{Performative::disposition, "disposition", "role first last settled state batchable"},
    Composite{Performative::detach, "detach", "handle closed error"},
    Composite{Performative::end, "end", "error"},
    Composite{Performative::close, "close", "error"},
    Composite{CompositeCode::error, "error", "condition description info"},
    Composite{Outcome::received, "received", "section-number section-offset"},
    Composite{Outcome::accepted, "accepted", ""},
    Composite{Outcome::rejected, "rejected", "error"},
    Composite{Outcome::released, "released", ""},
    Composite{Outcome::modified, "modified",
              "delivery-failed undeliverable-here message-annotations"},
    Composite{CompositeCode::source, "source",
              "address durable expiry-policy timeout dynamic dynamic-node-properties "
              "distribution-mode filter default-outcome outcomes capabilities"},
    Composite{CompositeCode::target, "target",
              "address durable expiry-policy timeout dynamic dynamic-node-properties capabilities"},
    Composite{CompositeCode::coordinator, "coordinator", "capabilities"},
    Composite{Outcome::declared, "declared", "txn-id"},
    Composite{Outcome::transactional, "transactional-state", "txn-id outcome"},
    Composite{Performative::sasl_mechanisms, "sasl-mechanisms", "sasl-server-mechanisms"},
    Composite{Performative::sasl_init, "sasl-init", "mechanism initial-response hostname"},
    Composite{Performative::sasl_challenge, "sasl-challenge", "challenge"},
    Composite{Performative::sasl_response, "sasl-response", "response"},
    Composite{Performative::sasl_outcome, "sasl-outcome", "code additional-data"},
};
constexpr std::array<std::string_view, 4> kSecrets{"initial-response", "challenge", "response",
                                                   "additional-data"};

const Composite* composite_of(std::uint64_t code) {
    const auto found = std::ranges::find(kComposites, code, &Composite::code);
    return found == kComposites.end() ? nullptr : &*found;
}

std::uint64_t number_of(const wire::Value& descriptor) {
    if (const auto* symbol = descriptor.as<wire::Symbol>()) {
        return wire::descriptor_number(symbol->text);
    }
    const auto* number = descriptor.as<std::uint64_t>();
    return number == nullptr ? wire::kDescriptorUnknown : *number;
}

/// The first of the names, which it is taken from; "?" once there is none.
std::string_view take_name(std::string_view& names) {
    const std::string_view name = names.substr(0, names.find(' '));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    return name.empty() ? "?" : name;
}

void put_title(std::string& out, const Composite& composite) {
    out.append("@").append(composite.name).append("(").append(std::to_string(composite.code));
    out += ')';
}

void put_value(std::string& out, const wire::Value& value);

void put_fields(std::string& out, std::string_view names, const wire::List& fields) {
    std::string_view separator;
    out += '[';
    for (const wire::Value& field : fields) {
        const std::string_view name = take_name(names);
        if (field.is_null()) {
            continue;
        }
        out.append(separator).append(name).append("=");
        if (std::ranges::find(kSecrets, name) != kSecrets.end()) {
            out += "(hidden)";
        } else {
            put_value(out, field);
        }
        separator = ", ";
    }
    out += ']';
}

void put_value(std::string& out, const wire::Value& value) {
    if (const auto* described = value.as<wire::Described>();
        described != nullptr && described->descriptor && described->value) {
        const auto* fields = described->value->as<wire::List>();
        const Composite* composite = composite_of(number_of(*described->descriptor));
        if (composite != nullptr && fields != nullptr) {
            put_title(out, *composite);
            out += ' ';
            put_fields(out, composite->fields, *fields);
            return;
        }
    }
    out += wire::to_string(value);
}

/// `start` of `size` bytes.
void put_bytes(std::string& out, Bytes start, std::size_t size) {
    const Bytes shown = start.first(std::min(start.size(), kPayloadShownMax));
    out.append(" (").append(std::to_string(size)).append(") \"");
    for (const std::uint8_t byte : shown) {
        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\') {
            out += "\\x";
            append_hex(out, byte);
        } else {
            out += static_cast<char>(byte);
        }
    }
    out += shown.size() < size ? "\"... (truncated)" : "\"";
}

/// A body that can't be decoded, because it is cut off or malformed.
void put_undecoded(std::string& out, Bytes body, bool cut_off) {
    wire::Reader in{body};
    if (const Composite* composite = composite_of(in.descriptor().value_or(0))) {
        put_title(out, *composite);
    } else {
        out += '?';
    }
    out += cut_off ? " (too long to be shown)" : " (malformed)";
}

void put_body(std::string& out, Bytes body, std::size_t size, bool amqp) {
    Bytes rest = body;
    std::size_t values_left = kValuesShownMax;
    const auto performative = wire::decode(rest, values_left);
    if (!performative || performative->as<wire::Described>() == nullptr) {
        put_undecoded(out, body, body.size() < size || values_left == 0);
        rest = body;
    } else {
        put_value(out, *performative);
    }
    const std::size_t payload = size - (body.size() - rest.size());
    if (amqp && payload > 0) {  // that of SASL frames may be secret
        put_bytes(out, rest, payload);
    }
}

std::string header_text(Bytes header, std::string_view arrow) {
    constexpr std::uint8_t kTls = 2;
    constexpr std::uint8_t kSasl = 3;
    const std::uint8_t id = header[4];
    const std::string protocol = id == 0       ? "AMQP"
                                 : id == kTls  ? "TLS"
                                 : id == kSasl ? "SASL"
                                               : "protocol " + std::to_string(id);
    return " " + std::string(arrow) + " " + protocol + " " + std::to_string(header[5]) + "." +
           std::to_string(header[6]) + "." + std::to_string(header[7]);
}

}  // namespace

std::string frame_text(Bytes start, std::size_t size, std::string_view arrow) {
    if (as_text(start).starts_with("AMQP")) {
        return header_text(start, arrow);
    }
    std::string out = std::to_string(wire::load_u16(start.data() + 6));
    out.append(" ").append(arrow).append(" ");
    const std::size_t offset = start[4] * std::size_t{4};
    if (offset < kFrameHeaderSize || offset > start.size()) {
        out += "(malformed frame)";
        put_bytes(out, start, size);
    } else if (offset == size) {
        out += "(EMPTY FRAME)";
    } else {
        put_body(out, start.subspan(offset), size - offset,
                 start[5] == static_cast<std::uint8_t>(FrameType::amqp));
    }
    return out;
}

}  // namespace weft::amqp
