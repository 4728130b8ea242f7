#include "router/annotations/annotations.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/value_head.hpp"
#include "router/annotations/entries.hpp"

#include <cstring>
#include <optional>
#include <string>

namespace weft::annotations {
namespace {

using wire::Code;
using wire::kDescriptor8;
using wire::kHead32;
using wire::kHead8;
using wire::MessageSection;
using wire::Reader;
using wire::store_u32;

constexpr std::uint8_t code(Code value) noexcept {
    return static_cast<std::uint8_t>(value);
}

/// The entries of a whole section.
Entries entries_of(Bytes section) noexcept {
    return Entries(section.subspan(wire::section_start(section).size));
}

bool is_routers(const Entries& entries) noexcept {
    return entries.key().starts_with(kRouterAnnotationPrefix);
}

tl::unexpected<Error> invalid(std::string_view key, std::string_view what) {
    return fail(kInvalidField, std::string(key) + " " + std::string(what));
}

/// Reads entries into `out`; each key once.
class AnnotationsReader {
public:
    explicit AnnotationsReader(RouterAnnotations& out) noexcept : out_{out} {}

    /// What is wrong with the entry; empty if nothing is.
    std::string_view take(std::string_view key, Bytes value) noexcept {
        switch (key.size()) {
            case kTo.size():
                return key == kTo ? text(0, value, out_.to) : "";
            case kIngress.size():
                return key == kIngress ? text(1, value, out_.ingress) : "";
            case kTrace.size():
                return key == kTrace ? trace(value) : key == kPhase ? phase(value) : "";
            case kStream.size():
                return key == kStream ? flag(4, value, out_.stream) : "";
            case kWildcards.size():
                return key == kWildcards ? flag(5, value, out_.wildcards) : "";
            default:
                return "";
        }
    }

private:
    static constexpr std::string_view kTwice = "is given twice";

    bool again(int bit) noexcept {
        const bool had = (had_ >> bit & 1U) != 0;
        had_ |= 1U << bit;
        return had;
    }
    std::string_view text(int bit, Bytes value, std::string_view& to) noexcept {
        const Text found = text_of(value);
        to = found.text;
        return found.size == 0 ? "is not a string" : again(bit) ? kTwice : "";
    }
    std::string_view trace(Bytes value) noexcept {
        TraceWalk walk(value);
        if (walk.count() > kTraceMax) {
            return "lists too many routers";
        }
        std::uint32_t texts = 0;
        while (walk.next()) {
            ++texts;
        }
        if (!walk.ok() || !walk.done() || texts != walk.count()) {
            return "is not a list of strings";
        }
        out_.trace = value;
        return again(2) ? kTwice : "";
    }
    std::string_view phase(Bytes value) noexcept {
        const auto number = Reader(value).integer();
        if (!number || *number < 0 || (*number > kPhaseMax && *number != kFallbackPhase)) {
            return "is not an integer from 0 to 9, or that of a fallback";
        }
        out_.phase = static_cast<std::uint8_t>(*number);
        return again(3) ? kTwice : "";
    }
    std::string_view flag(int bit, Bytes value, bool& to) noexcept {
        const auto number = Reader(value).integer();
        to = number.value_or(0) != 0;
        return !number ? "is not an integer" : again(bit) ? kTwice : "";
    }

    RouterAnnotations& out_;
    unsigned had_ = 0;
};

/// Writes short-form values straight into memory that the caller made room in.
class Pen {
public:
    explicit Pen(std::uint8_t* at) noexcept : p_{at} {}

    std::uint8_t* at() const noexcept { return p_; }
    void byte(std::size_t value) noexcept { *p_++ = static_cast<std::uint8_t>(value); }
    void byte(Code value) noexcept { *p_++ = code(value); }
    void u32(std::size_t value) noexcept {
        store_u32(p_, static_cast<std::uint32_t>(value));
        p_ += 4;
    }
    void bytes(Bytes value) noexcept {
        if (!value.empty()) {
            std::memcpy(p_, value.data(), value.size());
            p_ += value.size();
        }
    }
    void symbol8(std::string_view value) noexcept {
        byte(Code::sym8);
        byte(value.size());
        bytes(as_bytes(value));
    }
    void string(std::string_view value) noexcept {
        if (value.size() <= 0xff) {
            byte(Code::str8);
            byte(value.size());
        } else {
            byte(Code::str32);
            u32(value.size());
        }
        bytes(as_bytes(value));
    }
    void smallint(std::uint8_t value) noexcept {
        byte(Code::smallint);
        byte(value);
    }

private:
    std::uint8_t* p_;
};

/// Bytes of the routers' entries besides their texts, at most: keys, and the heads of values.
constexpr std::size_t kOursOverhead = 192;

/// Writes the head of a compound value whose `body` stands kHead8 bytes behind `head` already;
/// moves the body if the short form does not hold it. Returns the value's size.
std::size_t put_head(
    std::uint8_t* head, Code short_form, Code long_form, std::size_t body, std::size_t count) {
    if (wire::fits_head8(body, count)) {
        wire::store_head8(head, short_form, body, count);
        return kHead8 + body;
    }
    std::memmove(head + kHead32, head + kHead8, body);
    wire::store_head32(head, long_form, body, count);
    return kHead32 + body;
}

/// Writes the trace of `trace` and, unless it is empty, `self`; symbols become strings, which all
/// routers accept.
void put_trace(Pen& pen, Bytes trace, std::string_view self) noexcept {
    TraceWalk walk(trace);
    const Bytes routers = walk.rest();
    std::uint8_t* const head = pen.at();
    std::uint8_t* const body = head + kHead8;
    Pen(body).bytes(routers);
    std::uint8_t* end = body;
    std::size_t texts = 0;
    while (walk.next()) {  // what stands behind something that is no text is left out
        *end &= static_cast<std::uint8_t>(~kSymbolBit);
        end = body + (routers.size() - walk.rest().size());
        ++texts;
    }
    pen = Pen(end);
    if (!self.empty()) [[likely]] {
        pen.string(self);
        ++texts;
    }
    const auto size = static_cast<std::size_t>(pen.at() - body);
    pen = Pen(head + put_head(head, Code::list8, Code::list32, size, texts));
}

/// Writes the entries of which `is_left_out` is false; returns how many values that are.
template <class LeftOut>
std::size_t put_entries(Pen& pen, Bytes section, LeftOut is_left_out) noexcept {
    std::size_t values = 0;
    if (section.empty()) {
        return 0;
    }
    for (Entries entries = entries_of(section); entries.next();) {
        if (!is_left_out(entries)) {
            pen.bytes(entries.whole());
            values += 2;
        }
    }
    return values;
}

/// Writes the entries that are not the routers'.
std::size_t put_others(Pen& pen, Bytes section) noexcept {
    return put_entries(pen, section, is_routers);
}

/// Writes the routers' entries; returns how many values that are.
std::size_t put_ours(Pen& pen, const RouterAnnotations& ours, std::string_view self) noexcept {
    std::size_t values = 0;
    if (ours.phase != 0) {
        pen.symbol8(kPhase);
        pen.smallint(ours.phase);
        values += 2;
    }
    if (ours.stream) {
        pen.symbol8(kStream);
        pen.smallint(1);
        values += 2;
    }
    if (ours.wildcards) {
        pen.symbol8(kWildcards);
        pen.smallint(1);
        values += 2;
    }
    if (!ours.to.empty()) {
        pen.symbol8(kTo);
        pen.string(ours.to);
        values += 2;
    }
    const std::string_view ingress = ours.ingress.empty() ? self : ours.ingress;
    if (!ingress.empty()) [[likely]] {
        pen.symbol8(kIngress);
        pen.string(ingress);
        values += 2;
    }
    if (!self.empty() || !ours.trace.empty()) [[likely]] {
        pen.symbol8(kTrace);
        put_trace(pen, ours.trace, self);
        values += 2;
    }
    return values;
}

/// Appends a section of at most `size_max` bytes, or nothing if it has no values; `put` writes
/// those and returns how many they are.
template <class Put>
void append_section(Buffer& out, std::size_t size_max, Put put) {
    const std::size_t begin = out.size();
    out.resize(begin + kDescriptor8 + kHead32 + size_max);
    wire::store_descriptor8(&out[begin],
                            static_cast<std::uint8_t>(MessageSection::message_annotations));
    std::uint8_t* const head = &out[begin] + kDescriptor8;
    Pen pen(head + kHead8);
    const std::size_t values = put(pen);
    const auto size = static_cast<std::size_t>(pen.at() - head) - kHead8;
    const std::size_t written = put_head(head, Code::map8, Code::map32, size, values);
    out.resize(values == 0 ? begin : begin + kDescriptor8 + written);
}

}  // namespace

bool may_have_router_annotations(Bytes section) noexcept {
    return as_text(section).find(kRouterAnnotationPrefix) != std::string_view::npos;
}

void strip_router_annotations(Buffer& out, Bytes section) {
    append_section(out, section.size(), [&](Pen& pen) { return put_others(pen, section); });
}

Result<RouterAnnotations> read_router_annotations(Bytes section) {
    Result<RouterAnnotations> result;
    AnnotationsReader reader(*result);
    if (section.empty()) {
        return result;
    }
    Entries entries = entries_of(section);
    while (entries.next()) {
        if (!is_routers(entries)) {
            continue;
        }
        const std::string_view wrong = reader.take(entries.key(), entries.value());
        if (!wrong.empty()) {
            return invalid(entries.key(), wrong);
        }
    }
    if (!entries.ok()) {
        return invalid("message-annotations", "is not a well-formed map");
    }
    return result;
}

void write_address(Buffer& out, Bytes section, std::string_view address) {
    const std::size_t entry = kAddress.size() + address.size() + kOursOverhead;
    append_section(out, section.size() + entry, [&](Pen& pen) {
        const std::size_t others = put_entries(
            pen, section, [](const Entries& entries) { return entries.key() == kAddress; });
        pen.symbol8(kAddress);
        pen.string(address);
        return others + 2;
    });
}

bool trace_lists(Bytes trace, std::string_view router) noexcept {
    TraceWalk walk(trace);
    while (walk.next()) {
        if (walk.text() == router) {
            return true;
        }
    }
    return false;
}

std::vector<std::string_view> routers_in(Bytes trace) {
    std::vector<std::string_view> routers;
    TraceWalk walk(trace);
    while (walk.next()) {
        routers.push_back(walk.text());
    }
    return routers;
}

void write_router_annotations(Buffer& out,
                              Bytes section,
                              const RouterAnnotations& ours,
                              std::string_view self) {
    const std::size_t texts =
        ours.to.size() + ours.ingress.size() + ours.trace.size() + 2 * self.size();
    append_section(out, section.size() + texts + kOursOverhead, [&](Pen& pen) {
        const std::size_t others = put_others(pen, section);
        return others + put_ours(pen, ours, self);
    });
}

}  // namespace weft::annotations
