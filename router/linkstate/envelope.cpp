#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "router/annotations/annotations.hpp"
#include "router/annotations/entries.hpp"
#include "router/linkstate/control_fields.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/section_walk.hpp"

namespace weft::linkstate {
namespace {

using wire::MessageSection;
using wire::Reader;
using wire::Writer;

constexpr std::string_view kAreaPrefix = "0/";  // kArea and a slash

/// The router of "0/<router>"; empty if the text is something else.
std::string_view router_of(std::string_view text) {
    if (!text.starts_with(kAreaPrefix)) {
        return {};
    }
    text.remove_prefix(kAreaPrefix.size());
    return is_router_id(text) ? text : std::string_view{};
}

/// The next value as a string; empty, and the value passed, if it is not one.
std::string_view next_string(Reader& values) {
    const wire::Code code = values.peek();
    if (code == wire::Code::str8 || code == wire::Code::str32) {
        return values.string().value_or(std::string_view{});
    }
    static_cast<void>(values.raw());
    return {};
}

Result<std::string_view> read_ingress(Bytes value) {
    Reader reader(value);
    const std::string_view router = router_of(next_string(reader));
    if (router.empty()) {
        return fail(kInvalidField, "x-opt-qd.ingress is not a string 0/<router>");
    }
    return router;
}

Result<Bytes> read_trace(Bytes value) {
    annotations::TraceWalk walk(value);
    if (!walk.ok() || walk.count() > annotations::kTraceMax) {
        return fail(kInvalidField, "x-opt-qd.trace is not a list of at most " +
                                       std::to_string(annotations::kTraceMax) + " routers");
    }
    while (!walk.done()) {
        if (!walk.next() || walk.text_is_symbol() || router_of(walk.text()).empty()) {
            return fail(kInvalidField,
                        "x-opt-qd.trace has an element that is not a string 0/<router>");
        }
    }
    return value;
}

/// Takes the routers' annotations that mean something here; of each the first that is there. A key
/// is a symbol, as in all that routers write.
Result<Envelope> with_annotations(Envelope envelope, Bytes map) {
    annotations::Entries entries(map);
    while (entries.next()) {
        const std::string_view key = entries.key_is_symbol() ? entries.key() : std::string_view{};
        if (key == annotations::kIngress && envelope.ingress.empty()) {
            WEFT_TRY(envelope.ingress, read_ingress(entries.value()));
        } else if (key == annotations::kTrace && envelope.trace.empty()) {
            WEFT_TRY(envelope.trace, read_trace(entries.value()));
        }
    }
    if (!entries.ok()) {
        return fail(kDecodeError, "the message annotations are not a map");
    }
    return envelope;
}

/// Spec: AMQP 1.0 §3.2.4
Result<std::string_view> read_to(Bytes section) {
    Reader reader(section);
    std::uint32_t count = 0;
    Reader fields = reader.list(count);
    static_cast<void>(fields.raw());  // message-id
    static_cast<void>(fields.raw());  // user-id
    const std::string_view to = next_string(fields);
    if (to.empty()) {
        return fail(kInvalidField, "properties.to is missing or not a string");
    }
    return to;
}

void write_to(Writer& writer, std::string_view to) {
    const Writer::Mark properties =
        writer.begin_described_list(static_cast<std::uint64_t>(MessageSection::properties));
    writer.null();  // message-id
    writer.null();  // user-id
    writer.string(to);
    writer.end_shortest(properties);
}

}  // namespace

Result<Envelope> read_envelope(Bytes message) {
    if (message.size() > kControlMessageMax) {
        return fail(kInvalidField,
                    "the message has more than " + std::to_string(kControlMessageMax) + " bytes");
    }
    Envelope envelope;
    SectionWalk walk(message);
    while (!walk.done() && !walk.reached(MessageSection::application_properties)) {
        WEFT_TRY(const SectionWalk::Part part, walk.next());
        if (part.section == MessageSection::message_annotations) {
            WEFT_TRY(envelope, with_annotations(envelope, part.value));
        } else if (part.section == MessageSection::properties) {
            WEFT_TRY(envelope.to, read_to(part.value));
        }
    }
    if (envelope.to.empty()) {
        return fail(kInvalidField, "the message has no properties, which must say where it goes");
    }
    envelope.content = walk.rest();
    return envelope;
}

bool has_passed(const Envelope& envelope, std::string_view router) {
    annotations::TraceWalk walk(envelope.trace);
    while (walk.next()) {
        if (router_of(walk.text()) == router) {
            return true;
        }
    }
    return false;
}

std::vector<std::string_view> routers_passed(const Envelope& envelope) {
    std::vector<std::string_view> routers;
    annotations::TraceWalk walk(envelope.trace);
    while (walk.next()) {
        routers.push_back(router_of(walk.text()));
    }
    return routers;
}

void write_envelope(Buffer& out, const Envelope& envelope, std::string_view self) {
    const auto named = [](std::string_view router) {
        return std::string{kAreaPrefix}.append(router);
    };
    Writer writer(out);
    const Writer::Mark header =
        writer.begin_described_list(static_cast<std::uint64_t>(MessageSection::header));
    writer.boolean(false);  // durable
    writer.end_shortest(header);

    const std::string ingress = named(envelope.ingress.empty() ? self : envelope.ingress);
    annotations::write_router_annotations(out, {}, {.ingress = ingress, .trace = envelope.trace},
                                          named(self));

    write_to(writer, envelope.to);
    append(out, envelope.content);
}

void write_short_envelope(Buffer& out, std::string_view to, Bytes content) {
    Writer writer(out);
    write_to(writer, to);
    append(out, content);
}

}  // namespace weft::linkstate
