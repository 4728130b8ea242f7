#include "common/amqp/terminus.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/reader.hpp"

namespace weft::amqp {
namespace {

using wire::CompositeCode;

constexpr std::uint64_t number(CompositeCode code) {
    return static_cast<std::uint64_t>(code);
}

void symbol_or_null(wire::Writer& out, std::string_view text) {
    if (text.empty()) {
        out.null();
    } else {
        out.symbol(text);
    }
}

void read_node_fields(wire::Reader& in, Terminus& terminus) {
    terminus.address = in.text();
    terminus.durable = in.uint().value_or(0);
    terminus.expiry_policy = in.symbol().value_or("");
    terminus.timeout_seconds = in.uint().value_or(0);
    terminus.dynamic = in.boolean().value_or(false);
    terminus.dynamic_node_properties = in.raw();
}

void write_node_fields(wire::Writer& out, const Terminus& terminus) {
    if (terminus.address) {
        out.string(*terminus.address);
    } else {
        out.null();
    }
    out.uint(terminus.durable);
    symbol_or_null(out, terminus.expiry_policy);
    out.uint(terminus.timeout_seconds);
    out.boolean(terminus.dynamic);
    out.raw(terminus.dynamic_node_properties);
}

}  // namespace

std::optional<Terminus> decode_terminus(Bytes encoded) {
    wire::Reader outer{encoded};
    const auto descriptor = outer.descriptor();
    if (!descriptor) {
        return std::nullopt;
    }
    Terminus terminus;
    if (*descriptor != number(CompositeCode::source) &&
        *descriptor != number(CompositeCode::target) &&
        *descriptor != number(CompositeCode::coordinator)) {
        terminus.kind = Terminus::Kind::other;
        return terminus;
    }
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    switch (*descriptor) {
        case number(CompositeCode::source):
            terminus.kind = Terminus::Kind::source;
            read_node_fields(in, terminus);
            terminus.distribution_mode = in.symbol().value_or("");
            terminus.filter = in.raw();
            terminus.default_outcome = in.raw();
            terminus.outcomes = in.raw();
            break;
        case number(CompositeCode::target):
            terminus.kind = Terminus::Kind::target;
            read_node_fields(in, terminus);
            break;
        default:
            terminus.kind = Terminus::Kind::coordinator;
            break;
    }
    terminus.capabilities = in.raw();
    return outer.ok() && in.ok() ? std::optional(terminus) : std::nullopt;
}

std::optional<ErrorView> decode_error(Bytes encoded) {
    wire::Reader outer{encoded};
    std::uint64_t descriptor = 0;
    wire::Reader in = outer.described_list(descriptor);
    ErrorView error;
    error.condition = in.text().value_or("");
    error.description = in.text().value_or("");
    error.info = in.raw();
    return outer.ok() && in.ok() && descriptor == number(CompositeCode::error)
               ? std::optional(error)
               : std::nullopt;
}

void encode(wire::Writer& out, const std::optional<Terminus>& terminus) {
    if (!terminus) {
        out.null();
        return;
    }
    switch (terminus->kind) {
        case Terminus::Kind::source: {
            const auto list = out.begin_described_list(number(CompositeCode::source));
            write_node_fields(out, *terminus);
            symbol_or_null(out, terminus->distribution_mode);
            out.raw(terminus->filter);
            out.raw(terminus->default_outcome);
            out.raw(terminus->outcomes);
            out.raw(terminus->capabilities);
            out.end(list);
            break;
        }
        case Terminus::Kind::target: {
            const auto list = out.begin_described_list(number(CompositeCode::target));
            write_node_fields(out, *terminus);
            out.raw(terminus->capabilities);
            out.end(list);
            break;
        }
        case Terminus::Kind::coordinator: {
            const auto list = out.begin_described_list(number(CompositeCode::coordinator));
            out.raw(terminus->capabilities);
            out.end(list);
            break;
        }
        case Terminus::Kind::other:
            out.null();
            break;
    }
}

void encode(wire::Writer& out, const std::optional<ErrorView>& error) {
    if (!error) {
        out.null();
        return;
    }
    wire::write_error(out, error->condition, error->description, error->info);
}

}  // namespace weft::amqp
