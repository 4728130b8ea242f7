#include "tests/unit/core/mesh_world.hpp"

#include "common/wire/codes.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"

namespace weft::router {

Dissected::Dissected(Bytes message)
    : facts{wire::scan(message, /*complete=*/true, wire::Until::bare_message)} {
    REQUIRE(facts.status == wire::Facts::Status::complete);
    bare = as_text(message.subspan(facts.bare_message_at));
    const Bytes section = facts.message_annotations.of(message);
    const auto read = annotations::read_router_annotations(section);
    REQUIRE(read);
    annotations = *read;
    wire::Reader reader(annotations.trace);
    std::uint32_t count = 0;
    wire::Reader routers = reader.list(count);
    for (std::uint32_t i = 0; !annotations.trace.empty() && i < count; ++i) {
        trace.emplace_back(routers.string().value_or("?"));
    }
    Buffer others;
    annotations::strip_router_annotations(others, section);
    users = as_text(others);
}

Buffer stamped(Bytes message, const Stamps& stamps) {
    const wire::Facts facts = wire::scan(message, /*complete=*/true, wire::Until::bare_message);
    Buffer result;
    append(result, message.first(facts.annotations_at()));
    annotations::RouterAnnotations ours;
    ours.to = stamps.to;
    ours.ingress = stamps.ingress;
    ours.phase = stamps.phase;
    Buffer trace;
    wire::Writer out{trace};
    const auto list = out.begin_list();
    for (std::size_t i = 0; i + 1 < stamps.trace.size(); ++i) {
        out.string(stamps.trace[i]);
    }
    out.end(list);
    ours.trace = trace;
    annotations::write_router_annotations(result, facts.message_annotations.of(message), ours,
                                          stamps.trace.empty() ? "" : stamps.trace.back());
    append(result, message.subspan(facts.bare_message_at));
    return result;
}

Buffer urgent_message(std::uint8_t priority, std::string_view body) {
    Buffer message;
    wire::Writer out{message};
    const auto header =
        out.begin_described_list(static_cast<std::uint64_t>(wire::MessageSection::header));
    out.null();  // durable
    out.ubyte(priority);
    out.end(header);
    append(message, plain_message(body));
    return message;
}

}  // namespace weft::router
