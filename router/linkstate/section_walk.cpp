#include "router/linkstate/section_walk.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/reader.hpp"

namespace weft::linkstate {

using wire::SectionStart;

bool SectionWalk::reached(wire::MessageSection section) const noexcept {
    const SectionStart start = wire::section_start(rest_);
    return start.kind == SectionStart::Kind::other ||
           (start.kind == SectionStart::Kind::section && start.section >= section);
}

Result<SectionWalk::Part> SectionWalk::next() {
    const SectionStart start = wire::section_start(rest_);
    if (start.kind != SectionStart::Kind::section) {
        return fail(kDecodeError, start.kind == SectionStart::Kind::cut_off
                                      ? "the message ends in a section's descriptor"
                                      : "the message has something that is not a section");
    }
    if (!order_.take(start.section)) {
        return fail(kDecodeError, "a section is repeated or out of order");
    }
    const Bytes behind = rest_.subspan(start.size);
    const std::size_t size = wire::encoded_size(behind);
    if (size == 0) {
        return fail(kDecodeError, "a section is malformed or cut off");
    }
    rest_ = behind.subspan(size);
    return Part{start.section, behind.first(size)};
}

}  // namespace weft::linkstate
