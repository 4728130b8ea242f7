#include "common/amqp/terminus.hpp"

#include "common/wire/reader.hpp"

namespace weft::amqp {
namespace {

constexpr std::uint64_t kError = 0x1d;
constexpr std::uint64_t kSource = 0x28;
constexpr std::uint64_t kTarget = 0x29;
constexpr std::uint64_t kCoordinator = 0x30;

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
    if (*descriptor != kSource && *descriptor != kTarget && *descriptor != kCoordinator) {
        terminus.kind = Terminus::Kind::other;
        return terminus;
    }
    std::uint32_t count = 0;
    wire::Reader in = outer.list(count);
    switch (*descriptor) {
        case kSource:
            terminus.kind = Terminus::Kind::source;
            read_node_fields(in, terminus);
            terminus.distribution_mode = in.symbol().value_or("");
            terminus.filter = in.raw();
            terminus.default_outcome = in.raw();
            terminus.outcomes = in.raw();
            break;
        case kTarget:
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
    return outer.ok() && in.ok() && descriptor == kError ? std::optional(error) : std::nullopt;
}

void encode(wire::Writer& out, const std::optional<Terminus>& terminus) {
    if (!terminus) {
        out.null();
        return;
    }
    switch (terminus->kind) {
        case Terminus::Kind::source: {
            const auto list = out.begin_described_list(kSource);
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
            const auto list = out.begin_described_list(kTarget);
            write_node_fields(out, *terminus);
            out.raw(terminus->capabilities);
            out.end(list);
            break;
        }
        case Terminus::Kind::coordinator: {
            const auto list = out.begin_described_list(kCoordinator);
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
    const auto list = out.begin_described_list(kError);
    out.symbol(error->condition);
    if (!error->description.empty() || !error->info.empty()) {
        out.string(error->description);
    }
    if (!error->info.empty()) {
        out.raw(error->info);
    }
    out.end(list);
}

}  // namespace weft::amqp
