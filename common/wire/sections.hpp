#pragma once

#include "common/base/bytes.hpp"
#include "common/wire/codes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// What a router must know of a message, read from the first bytes of it.
///
/// Nothing is decoded into a tree, allocated or copied; the cost is that of the bytes in front of
/// the answer. What follows the annotations is opaque but for two of the properties.
/// Threading: any thread (no state). Spec: AMQP 1.0 §3.2
namespace weft::wire {

/// How far into a message scan() looks. A message whose answer lies behind is malformed: a caller
/// never has to hold more than this to learn where it goes.
inline constexpr std::size_t kHeaderBytesMax = std::size_t{64} * 1024;

/// Priority of a message that states none. Spec: AMQP 1.0 §3.2.1
inline constexpr std::uint8_t kPriorityDefault = 4;

/// A described value's start: `size` bytes of descriptor, then the section's value.
struct SectionStart {
    /// `other` is whatever is not a section of this spec; it may still be a legal value.
    enum class Kind : std::uint8_t { section, cut_off, other };

    Kind kind = Kind::other;
    MessageSection section = MessageSection::header;
    std::size_t size = 0;
};

/// Reads the descriptor of the section that starts `in`: an ulong in any form, or its symbol.
[[nodiscard]] SectionStart section_start(Bytes in) noexcept;

/// The order in which the sections of one message must come: each at most once, and one kind of
/// body, of which data and sequences may be several. Threading: not shared (a value).
class SectionOrder {
public:
    /// The next section; false if it may not stand where it does.
    constexpr bool take(MessageSection section) noexcept {
        const bool repeats = section == last_ && (section == MessageSection::data ||
                                                  section == MessageSection::amqp_sequence);
        const bool second_body = last_ >= MessageSection::data && section < MessageSection::footer;
        const bool fits = repeats || (section > last_ && !second_body);
        last_ = section;
        return fits;
    }

private:
    MessageSection last_{};  // at first 0, in front of all
};

/// A part of a message, the descriptor included; empty if absent.
struct Range {
    std::size_t offset = 0;
    std::size_t size = 0;

    bool empty() const noexcept { return size == 0; }
    Bytes of(Bytes message) const noexcept { return message.subspan(offset, size); }
    bool operator==(const Range&) const = default;
};

/// Where scan() may stop.
enum class Until : std::uint8_t {
    routers,       // message annotations that stand first are known; nothing behind them is read
    bare_message,  // header and annotations are known: enough for a link that has an address
    to,            // and so are the message's own address and its user's id
};

/// Only `status` and `reason` mean anything before the status is complete.
struct Facts {
    enum class Status : std::uint8_t { incomplete, complete, malformed };

    Status status = Status::incomplete;
    std::string_view reason;  // of malformed: a literal for a person

    bool durable = false;
    bool first_acquirer = false;
    std::uint8_t priority = kPriorityDefault;
    std::uint32_t delivery_count = 0;
    std::optional<std::uint32_t> ttl;  // milliseconds

    Range header;
    Range delivery_annotations;
    Range message_annotations;
    std::size_t bare_message_at = 0;  // what must reach the receiver byte for byte
    // Of the properties; they point into the input. Until::to only.
    std::optional<std::string_view> to;
    Bytes user_id;  // empty: there is none; one of another type than binary as it is encoded

    /// Where the message annotations are, or would be.
    std::size_t annotations_at() const {
        return message_annotations.empty() ? bare_message_at : message_annotations.offset;
    }
};

/// Reads the facts of the message of which `bytes` are the first; `complete` if there will not be
/// more. The annotation sections found are well-formed maps.
/// Limits: kHeaderBytesMax, kValueNestingMax.
[[nodiscard]] Facts scan(Bytes bytes, bool complete, Until until) noexcept;

}  // namespace weft::wire
