#include "common/wire/sections.hpp"

#include "common/wire/descriptors.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/value_head.hpp"

#include <algorithm>

namespace weft::wire {
namespace {

constexpr auto kFirst = static_cast<std::uint64_t>(MessageSection::header);
constexpr auto kLast = static_cast<std::uint64_t>(MessageSection::footer);

constexpr std::size_t kSymbolSizeMax = 31;  // "amqp:application-properties:map"

SectionStart numeric(std::uint64_t code, std::size_t size) noexcept {
    if (code < kFirst || code > kLast) {
        return {};
    }
    return {SectionStart::Kind::section, static_cast<MessageSection>(code), size};
}

SectionStart symbolic(std::string_view symbol, std::size_t size) noexcept {
    return numeric(descriptor_number(symbol), size);
}

/// The walk over the sections of one message; `bytes` is what may be looked at.
class Scanner {
public:
    enum class Step : std::uint8_t { next, done, cut_off, malformed };

    Scanner(Bytes bytes, Until until, Facts& facts) : in_{bytes}, until_{until}, facts_{facts} {}

    Step run() noexcept;
    bool at_end() const noexcept { return in_.empty(); }

private:
    Step section() noexcept;
    Step header(Bytes value) noexcept;
    Step annotations(Bytes value) noexcept;
    Step properties(Bytes value) noexcept;
    Step fields(Bytes fields, std::size_t stated, std::size_t count) noexcept;
    Step field(std::size_t number, Bytes value) noexcept;
    Step malformed(std::string_view reason) noexcept;

    Bytes in_;
    Until until_;
    Facts& facts_;
    std::size_t at_ = 0;
    SectionOrder order_;
};

Scanner::Step Scanner::malformed(std::string_view reason) noexcept {
    facts_.reason = reason;
    return Step::malformed;
}

Scanner::Step Scanner::run() noexcept {
    Step step = Step::next;
    while (step == Step::next) {
        step = section();
    }
    return step;
}

Scanner::Step Scanner::section() noexcept {
    facts_.bare_message_at = at_;
    if (until_ == Until::routers && at_ > 0) {
        return Step::done;
    }
    const SectionStart start = section_start(in_);
    if (start.kind == SectionStart::Kind::cut_off) {
        return Step::cut_off;
    }
    const bool bare =
        start.kind == SectionStart::Kind::other || start.section >= MessageSection::properties ||
        (until_ == Until::routers && start.section != MessageSection::message_annotations);
    if (bare) {
        const bool looks = until_ == Until::to && start.kind == SectionStart::Kind::section &&
                           start.section == MessageSection::properties;
        return looks ? properties(in_.subspan(start.size)) : Step::done;
    }
    if (!order_.take(start.section)) {
        return malformed("a section is repeated or out of order");
    }
    const Bytes rest = in_.subspan(start.size);
    const std::size_t size = stated_size(rest);
    if (size == kNoValue) {
        return malformed("a section is neither a list nor a map");
    }
    if (size > rest.size()) {
        return Step::cut_off;
    }
    const Step step = start.section == MessageSection::header ? header(rest.first(size))
                                                              : annotations(rest.first(size));
    if (step == Step::next) {
        const Range range{at_, start.size + size};
        switch (start.section) {
            case MessageSection::header:
                facts_.header = range;
                break;
            case MessageSection::delivery_annotations:
                facts_.delivery_annotations = range;
                break;
            default:
                facts_.message_annotations = range;
                break;
        }
        at_ += range.size;
        in_ = in_.subspan(range.size);
    }
    return step;
}

/// Spec: AMQP 1.0 §3.2.1
Scanner::Step Scanner::header(Bytes value) noexcept {
    constexpr std::uint32_t kFields = 5;
    Reader reader(value);
    std::uint32_t count = 0;
    Reader fields = reader.list(count);
    for (std::uint32_t i = 0; i < std::min(count, kFields); ++i) {
        if (fields.done()) {
            return malformed("the header counts more fields than it has");
        }
        switch (i) {
            case 0:
                facts_.durable = fields.boolean().value_or(false);
                break;
            case 1:
                facts_.priority = fields.ubyte().value_or(kPriorityDefault);
                break;
            case 2:
                facts_.ttl = fields.uint();
                break;
            case 3:
                facts_.first_acquirer = fields.boolean().value_or(false);
                break;
            default:
                facts_.delivery_count = fields.uint().value_or(0);
                break;
        }
    }
    const bool ok = reader.ok() && fields.ok() && fields.done() && count <= kFields;
    return ok ? Step::next : malformed("the header is not a list of the header's fields");
}

Scanner::Step Scanner::annotations(Bytes value) noexcept {
    Reader reader(value);
    std::uint32_t count = 0;
    static_cast<void>(reader.map(count));
    const bool ok = reader.ok() && count % 2 == 0 && encoded_size(value) == value.size();
    return ok ? Step::next : malformed("an annotations section is not a well-formed map");
}

/// Looks for the second field and the third, the user's id and `to`, in a list of which the end may
/// be missing.
/// Spec: AMQP 1.0 §3.2.4
Scanner::Step Scanner::properties(Bytes value) noexcept {
    constexpr std::size_t kFieldsUpToTo = 3;
    if (value.empty()) {
        return Step::cut_off;
    }
    const auto code = static_cast<Code>(value[0]);
    if (code == Code::list0) {
        return Step::done;
    }
    if (code != Code::list8 && code != Code::list32) {
        return malformed("the properties are not a list");
    }
    const std::size_t width = layout_of(value[0]).width;
    const std::size_t head = compound_head(width);
    if (value.size() < head) {
        return Step::cut_off;
    }
    const std::size_t size = load_size(&value[1], width);
    const std::size_t count = load_size(&value[1 + width], width);
    if (size < width) {
        return malformed("the properties are shorter than a list can be");
    }
    const std::size_t stated = size - width;
    const Bytes rest = value.subspan(head);
    return fields(rest.first(std::min(rest.size(), stated)), stated,
                  std::min(count, kFieldsUpToTo));
}

/// `fields` is what is there of fields that have `stated` bytes when all is there. Looks at `count`
/// of them.
Scanner::Step Scanner::fields(Bytes fields, std::size_t stated, std::size_t count) noexcept {
    for (std::size_t number = 0; number < count; ++number) {
        const std::size_t size = stated_size(fields);
        const bool runs_out = size == kSizeCutOff && fields.size() == stated;
        if (size == kNoValue || runs_out || (size != kSizeCutOff && size > stated)) {
            return malformed("a field of the properties is malformed");
        }
        if (size > fields.size()) {
            return Step::cut_off;
        }
        if (const Step step = field(number, fields.first(size)); step != Step::next) {
            return step;
        }
        fields = fields.subspan(size);
        stated -= size;
    }
    return Step::done;
}

Scanner::Step Scanner::field(std::size_t number, Bytes value) noexcept {
    Reader reader(value);
    if (number == 1 && static_cast<Code>(value[0]) != Code::null) {
        facts_.user_id = reader.binary().value_or(value);
    } else if (number == 2) {
        facts_.to = reader.string();
        return reader.ok() ? Step::done : malformed("properties.to is not a string");
    }
    return Step::next;
}

}  // namespace

SectionStart section_start(Bytes in) noexcept {
    constexpr SectionStart kCutOff{SectionStart::Kind::cut_off, MessageSection::header, 0};
    if (has_descriptor8(in)) {
        return numeric(in[2], kDescriptor8);
    }
    if (in.empty()) {
        return kCutOff;
    }
    if (static_cast<Code>(in[0]) != Code::described) {
        return {};
    }
    const Bytes descriptor = in.subspan(1);
    const std::size_t size = stated_size(descriptor);
    if (descriptor.empty()) {
        return kCutOff;
    }
    const auto code = static_cast<Code>(descriptor[0]);
    const bool symbol = is_symbol(code);
    if (!symbol && code != Code::smallulong && code != Code::ulong) {
        return {};
    }
    if (symbol && size != kSizeCutOff && size > 5 + kSymbolSizeMax) {
        return {};  // not worth waiting for: no section has so long a name
    }
    if (size > descriptor.size()) {
        return kCutOff;
    }
    Reader reader(descriptor.first(size));
    return symbol ? symbolic(reader.symbol().value_or(""), 1 + size)
                  : numeric(reader.ulong().value_or(0), 1 + size);
}

Facts scan(Bytes bytes, bool complete, Until until) noexcept {
    Facts facts;
    const Bytes window = bytes.first(std::min(bytes.size(), kHeaderBytesMax));
    Scanner scanner(window, until, facts);
    switch (scanner.run()) {
        case Scanner::Step::next:
        case Scanner::Step::done:
            facts.status = Facts::Status::complete;
            break;
        case Scanner::Step::malformed:
            facts.status = Facts::Status::malformed;
            break;
        case Scanner::Step::cut_off:
            if (complete && scanner.at_end() && bytes.size() == window.size()) {
                facts.status = Facts::Status::complete;  // nothing behind the annotations
            } else if (bytes.size() >= kHeaderBytesMax) {
                facts.status = Facts::Status::malformed;
                facts.reason = "what precedes the body is larger than 64 KiB";
            } else if (complete) {
                facts.status = Facts::Status::malformed;
                facts.reason = "a section is cut off";
            }
            break;
    }
    return facts;
}

}  // namespace weft::wire
