#include "common/wire/writer.hpp"
#include "router/linkstate/messages.hpp"

#include <limits>

namespace weft::linkstate {
namespace {

using wire::MessageSection;
using wire::Writer;

/// Keys are strings and integers are int or, if they do not fit, long: originals take no others in
/// all places.
class BodyWriter {
public:
    explicit BodyWriter(Buffer& out) : writer_{out} {}

    void body(const Message& message) {
        writer_.descriptor(static_cast<std::uint64_t>(MessageSection::amqp_value));
        const Writer::Mark mark = writer_.begin_map();
        std::visit([this](const auto& kind) { fields(kind); }, message);
        writer_.end_shortest(mark);
    }

private:
    void fields(const Hello& message) {
        speaker(message.from);
        field("instance", message.instance);
        field("seen", message.seen);
        if (message.interval_ms != 0) {
            field("interval_ms", message.interval_ms);
        }
    }
    void fields(const RouterAdvert& message) {
        speaker(message.from);
        field("instance", message.instance);
        field("ls_seq", message.ls_seq);
        field("mobile_seq", message.mobile_seq);
    }
    void fields(const LinkStateRequest& message) { speaker(message.from); }
    void fields(const LinkStateUpdate& message);
    void fields(const MobileRequest& message) {
        speaker(message.from);
        field("have_seq", message.have_seq);
    }
    void fields(const MobileUpdate& message);

    void speaker(const Speaker& from) {
        field("id", from.id);
        field("pv", from.version);
        field("area", from.area);
    }
    void integer(std::int64_t value);
    void field(std::string_view name, std::int64_t value) {
        writer_.string(name);
        integer(value);
    }
    void field(std::string_view name, const std::string& value) {
        writer_.string(name);
        writer_.string(value);
    }
    void field(std::string_view name, const std::vector<std::string>& values);
    void field(std::string_view name, const std::vector<Hint>& values);

    Writer writer_;
};

void BodyWriter::integer(std::int64_t value) {
    using Int = std::numeric_limits<std::int32_t>;
    if (value >= Int::min() && value <= Int::max()) {
        writer_.int_(static_cast<std::int32_t>(value));
    } else {
        writer_.long_(value);
    }
}

void BodyWriter::field(std::string_view name, const std::vector<std::string>& values) {
    writer_.string(name);
    const Writer::Mark mark = writer_.begin_list();
    for (const std::string& value : values) {
        writer_.string(value);
    }
    writer_.end_shortest(mark);
}

void BodyWriter::field(std::string_view name, const std::vector<Hint>& values) {
    writer_.string(name);
    const Writer::Mark mark = writer_.begin_list();
    for (const Hint value : values) {
        integer(static_cast<std::int64_t>(value));
    }
    writer_.end_shortest(mark);
}

void BodyWriter::fields(const LinkStateUpdate& message) {
    speaker(message.from);
    field("instance", message.instance);
    field("ls_seq", message.ls_seq);
    writer_.string("ls");
    const Writer::Mark links = writer_.begin_map();
    field("id", message.from.id);
    field("area", message.from.area);
    field("ls_seq", message.ls_seq);
    writer_.string("peers");
    const Writer::Mark peers = writer_.begin_map();
    for (const auto& [id, cost] : message.peers) {
        field(id, cost);
    }
    writer_.end_shortest(peers);
    writer_.end_shortest(links);
}

/// Hints are always there, as originals send them.
void BodyWriter::fields(const MobileUpdate& message) {
    speaker(message.from);
    field("mobile_seq", message.mobile_seq);
    if (message.exist) {
        field("exist", *message.exist);
        field("hints", message.hints);
    } else {
        field("hints", message.hints);
        field("add", message.add);
        field("del", message.del);
    }
}

}  // namespace

void write_message(Buffer& out, const Message& message) {
    Writer writer(out);
    writer.descriptor(static_cast<std::uint64_t>(MessageSection::application_properties));
    const Writer::Mark properties = writer.begin_map();
    writer.string("opcode");
    writer.string(opcode_of(message));
    writer.end_shortest(properties);
    BodyWriter(out).body(message);
}

}  // namespace weft::linkstate
