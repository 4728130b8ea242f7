#include "mqtt-gateway/mapping/shared_row.hpp"

#include "common/wire/codes.hpp"
#include "common/wire/reader.hpp"
#include "common/wire/writer.hpp"
#include "mqtt-gateway/mapping/mesh_sections.hpp"
#include "mqtt-gateway/mapping/names.hpp"
#include "mqtt-gateway/mapping/row_key.hpp"

namespace weft::mqtt_mapping {
namespace {

using wire::MessageSection;

/// Before the key of a topic, which has its own.
std::string key_of(std::string_view kind, std::string_view name) {
    constexpr std::size_t kKind = 2;
    std::string key{kind};
    const bool fits = name.size() + kKind <= kRowKeyMax;
    key +=
        fits ? "/" + std::string{name} : row_key(std::string(kRowKeyMax, '#') + std::string{name});
    return key;
}

}  // namespace

std::string session_key(std::string_view client_id) {
    return key_of("s", client_id);
}

std::string gateway_key(std::string_view id) {
    return key_of("g", id);
}

void append_shared_row(Buffer& out, std::string_view address, const SharedRow& row) {
    wire::Writer writer{out};
    const auto header =
        writer.begin_described_list(static_cast<std::uint64_t>(MessageSection::header));
    writer.boolean(true);
    if (row.life != 0) {
        writer.null();  // priority
        writer.uint(row.life);
    }
    writer.end_shortest(header);
    writer.descriptor(static_cast<std::uint64_t>(MessageSection::message_annotations));
    const auto annotations = writer.begin_map();
    writer.symbol(kSessionAnnotation);
    writer.string(row.key);
    writer.symbol(kFenceAnnotation);
    const auto fence = writer.begin_list();
    writer.ulong(row.version);
    writer.string(row.owner);
    writer.ulong(row.sequence);
    writer.end_shortest(fence);
    writer.end_shortest(annotations);
    const auto properties =
        writer.begin_described_list(static_cast<std::uint64_t>(MessageSection::properties));
    writer.null();  // message-id
    writer.null();  // user-id
    writer.string(address);
    writer.string(row.key);  // subject
    writer.end_shortest(properties);
    writer.descriptor(static_cast<std::uint64_t>(MessageSection::data));
    writer.binary(row.body);
}

std::optional<SharedRow> read_shared_row(Bytes message) noexcept {
    MeshSections sections;
    if (!read_sections(message, sections) || sections.fence.empty() || sections.subject.empty()) {
        return std::nullopt;
    }
    wire::Reader outer{sections.fence};
    std::uint32_t count = 0;
    wire::Reader fence = outer.list(count);
    const auto version = fence.ulong();
    const auto owner = fence.string();
    const auto sequence = fence.ulong();
    if (!version || !owner || !sequence) {
        return std::nullopt;
    }
    SharedRow row{.key = sections.subject,
                  .version = *version,
                  .owner = *owner,
                  .sequence = *sequence,
                  .life = sections.ttl.value_or(0)};
    if (sections.body == MeshSections::Body::data) {
        row.body = sections.first;
    }
    return row;
}

}  // namespace weft::mqtt_mapping
