#include "router/linkstate/field_writer.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/mobile_writing.hpp"

namespace weft::linkstate {
namespace {

template <class Element>
void write_list(FieldWriter& out, std::string_view name, const std::vector<Element>& values) {
    const FieldWriter::Mark mark = out.open_list(name);
    for (const Element& value : values) {
        out.element(value);
    }
    out.close(mark);
}

void write_fields(FieldWriter& out, const Hello& message) {
    out.field("instance", message.instance);
    write_list(out, "seen", message.seen);
    if (message.interval_ms != 0) {
        out.field("interval_ms", message.interval_ms);
    }
}

void write_fields(FieldWriter& out, const RouterAdvert& message) {
    out.field("instance", message.instance);
    out.field("ls_seq", message.ls_seq);
    out.field("mobile_seq", message.mobile_seq);
}

void write_fields(FieldWriter& /*out*/, const LinkStateRequest& /*message*/) {}

void write_fields(FieldWriter& out, const LinkStateUpdate& message) {
    out.field("instance", message.instance);
    out.field("ls_seq", message.ls_seq);
    const FieldWriter::Mark links = out.open_map("ls");
    out.field("id", message.from.id);
    out.field("area", message.from.area);
    out.field("ls_seq", message.ls_seq);
    const FieldWriter::Mark peers = out.open_map("peers");
    for (const auto& [id, cost] : message.peers) {
        out.field(id, cost);
    }
    out.close(peers);
    out.close(links);
}

void write_fields(FieldWriter& out, const MobileRequest& message) {
    out.field("have_seq", message.have_seq);
}

/// Of what changed. Hints are always there, as originals send them.
void write_fields(FieldWriter& out, const MobileUpdate& message) {
    out.field("mobile_seq", message.mobile_seq);
    write_list(out, "hints", message.hints);
    write_list(out, "add", message.add);
    write_list(out, "del", message.del);
}

void write_absolute(Buffer& out, const MobileUpdate& message) {
    MobileWriting writing{out, message.from, message.mobile_seq};
    for (const std::string& key : *message.exist) {
        writing.add(std::string_view{key});
    }
    writing.begin_hints();
    for (const Hint hint : message.hints) {
        writing.add(hint);
    }
    writing.end();
}

}  // namespace

void write_message(Buffer& out, const Message& message) {
    const auto* update = std::get_if<MobileUpdate>(&message);
    if (update != nullptr && update->exist) {
        write_absolute(out, *update);
        return;
    }
    FieldWriter writer{out, opcode_of(message)};
    writer.speaker(speaker_of(message));
    std::visit([&writer](const auto& kind) { write_fields(writer, kind); }, message);
    writer.end();
}

}  // namespace weft::linkstate
