#include "common/wire/annotations.hpp"

#include "common/wire/codes.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/sections.hpp"
#include "common/wire/writer.hpp"

namespace weft::wire {
namespace {

/// Strings are stripped like symbols: a peer that is lax about the type means the same key.
bool is_routers(Bytes key) noexcept {
    Reader reader(key);
    const auto text = reader.text();
    return text && text->starts_with(kRouterAnnotationPrefix);
}

}  // namespace

bool may_have_router_annotations(Bytes section) noexcept {
    return as_text(section).find(kRouterAnnotationPrefix) != std::string_view::npos;
}

void strip_router_annotations(Buffer& out, Bytes section) {
    Reader reader(section.subspan(section_start(section).size));
    std::uint32_t count = 0;
    Reader pairs = reader.map(count);
    const std::size_t begin = out.size();
    Writer writer(out);
    writer.descriptor(static_cast<std::uint64_t>(Section::message_annotations));
    const Writer::Mark mark = writer.begin_map();
    bool empty = true;
    while (pairs.ok() && !pairs.done()) {
        const Bytes key = pairs.raw();
        const Bytes value = pairs.raw();
        if (pairs.ok() && !is_routers(key)) {
            writer.raw(key);
            writer.raw(value);
            empty = false;
        }
    }
    writer.end_shortest(mark);
    if (empty) {
        out.resize(begin);
    }
}

}  // namespace weft::wire
