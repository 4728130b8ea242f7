#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/wire/sections.hpp"

namespace weft::linkstate {

/// The sections of a whole message, one after the other. Total: any bytes.
/// Views point into the input. Threading: not shared (a value).
class SectionWalk {
public:
    struct Part {
        wire::MessageSection section = wire::MessageSection::header;
        Bytes value;  // well-formed, without the section's descriptor
    };

    explicit SectionWalk(Bytes message) noexcept : rest_{message} {}

    bool done() const noexcept { return rest_.empty(); }
    Bytes rest() const noexcept { return rest_; }
    /// True if `section` or one that must stand behind it is next, or nothing that is a section.
    bool reached(wire::MessageSection section) const noexcept;
    /// Errors: amqp:decode-error, also if the section is out of order or repeated.
    [[nodiscard]] Result<Part> next();

private:
    Bytes rest_;
    wire::SectionOrder order_;
};

}  // namespace weft::linkstate
