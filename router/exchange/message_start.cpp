#include "router/exchange/message_start.hpp"

#include "common/wire/reader.hpp"

#include <algorithm>

namespace weft::exchange {
namespace {

constexpr std::string_view kMarkPrefix = "exchange/";
/// Between marks.
constexpr char kBetween = ' ';

/// Without what stands within marks, or between them.
std::string escaped(std::string_view name) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string text;
    for (const char each : name) {
        if (each == '/' || each == kBetween || each == '%') {
            const auto byte = static_cast<unsigned char>(each);
            text.append({'%', kDigits[byte / 16U], kDigits[byte % 16U]});
        } else {
            text.push_back(each);
        }
    }
    return text;
}

MessageStart refused(MessageStart::Status status, std::string_view why) {
    MessageStart start;
    start.status = status;
    start.why = why;
    return start;
}

/// The subject of the message whose bare part that is; false: more of it is needed.
bool read_subject(Bytes bare, bool whole, std::string_view& subject) {
    const wire::SectionStart section = wire::section_start(bare);
    if (section.kind == wire::SectionStart::Kind::cut_off && !whole) {
        return false;
    }
    if (section.kind != wire::SectionStart::Kind::section ||
        section.section != wire::MessageSection::properties) {
        return true;
    }
    const Bytes list = bare.subspan(section.size);
    if (!whole && bare.size() < wire::kHeaderBytesMax && wire::encoded_size(list) == 0) {
        return false;
    }
    std::uint32_t count = 0;
    wire::Reader fields = wire::Reader{list}.list(count);
    for (int before = 0; before < 3; ++before) {  // message-id, user-id, to
        (void)fields.raw();
    }
    subject = fields.string().value_or("");
    return true;
}

}  // namespace

Marker::Marker(std::string_view router_id, std::string_view exchange)
    : mark_{escaped(router_id).append("/").append(escaped(exchange))},
      ingress_{std::string("0/").append(router_id)} {
    annotations::write_router_annotations(first_mark_, {}, {.ingress = ingress_},
                                          std::string(kMarkPrefix).append(mark_));
}

MessageStart Marker::read(Bytes bytes, bool whole, std::uint32_t format) const {
    if (format != 0) {  // Spec: AMQP 1.0 §2.8.11
        return refused(
            MessageStart::Status::opaque,
            "an exchange reads the subject, which messages of other formats do not have");
    }
    MessageStart start;
    start.facts = wire::scan(bytes, whole, wire::Until::bare_message);
    if (start.facts.status == wire::Facts::Status::malformed) {
        return refused(MessageStart::Status::malformed, start.facts.reason);
    }
    if (start.facts.status == wire::Facts::Status::incomplete ||
        !read_subject(bytes.subspan(start.facts.bare_message_at), whole, start.subject)) {
        return start;
    }
    start.status =
        read_marks(bytes, start) ? MessageStart::Status::complete : MessageStart::Status::looped;
    return start;
}

/// False: it has been here before, or at too many others.
bool Marker::read_marks(Bytes bytes, MessageStart& start) const {
    const Bytes section = start.facts.message_annotations.of(bytes);
    if (section.empty()) {
        return true;
    }
    const auto routers = annotations::read_router_annotations(section);
    if (!routers || routers->trace.empty()) {
        return true;
    }
    std::size_t passed = 0;
    std::uint32_t count = 0;
    wire::Reader trace = wire::Reader{routers->trace}.list(count);
    for (std::uint32_t i = 0; i < count && trace.ok(); ++i) {
        std::string_view marks = trace.text().value_or("");
        if (!marks.starts_with(kMarkPrefix)) {
            continue;
        }
        for (marks.remove_prefix(kMarkPrefix.size()); !marks.empty();) {
            const std::string_view each = marks.substr(0, marks.find(kBetween));
            marks.remove_prefix(std::min(each.size() + 1, marks.size()));
            if (each == mark_ || ++passed == kPassedMax) {
                return false;
            }
            start.marks.append(start.marks.empty() ? kMarkPrefix : std::string_view{&kBetween, 1});
            start.marks.append(each);
        }
    }
    return true;
}

wire::Facts Marker::write(Buffer& out, Bytes bytes, const MessageStart& start) const {
    wire::Facts written = start.facts;
    const std::size_t at = start.facts.annotations_at();
    const Bytes section = start.facts.message_annotations.of(bytes);
    out.clear();
    append(out, bytes.first(at));
    if (section.empty() && start.marks.empty()) {
        append(out, first_mark_);
    } else {
        std::string marks = start.marks.empty() ? std::string(kMarkPrefix) : start.marks + kBetween;
        annotations::write_router_annotations(out, section, {.ingress = ingress_},
                                              marks.append(mark_));
    }
    written.message_annotations = {at, out.size() - at};
    written.bare_message_at = out.size();
    append(out, bytes.subspan(start.facts.bare_message_at));
    return written;
}

}  // namespace weft::exchange
