// An AMQP message on its way to devices: a PUBLISH, or a clear refusal. What a device is told can
// be written, is a topic, and, published again by it, comes back the same. Or a topic filter:
// sources that are addresses, or a reason.
//
// Byte 0: 0 … 3 the address of the link that a message came on, 4 a filter; 8 levels end at dots.
#include "common/base/assert.hpp"
#include "mqtt-gateway/codec/decode.hpp"
#include "mqtt-gateway/codec/encode.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"
#include "mqtt-gateway/mapping/message_reader.hpp"
#include "mqtt-gateway/mapping/message_writer.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

namespace weft::mqtt_mapping {
namespace {

constexpr WallTime kNow = 1'700'000'000'000;
constexpr mqtt::Terms kTerms{.version = mqtt::Version::v5};

const AddressSpace& space_of(bool dots) {
    static const AddressSpace slashed = *AddressSpace::make({{"root", AddressType::multicast},
                                                             {"open/#", AddressType::topic},
                                                             {"queue", AddressType::queue},
                                                             {"a/+/b", AddressType::topic},
                                                             {"mapped", AddressType::topic}},
                                                            {{"t/+/#", "mapped"}}, {});
    static const AddressSpace dotted =
        *AddressSpace::make({{"root", AddressType::multicast},
                             {"open.#", AddressType::topic},
                             {"queue", AddressType::queue},
                             {"a.+.b", AddressType::topic},
                             {"mapped", AddressType::topic}},
                            {{"t/+/#", "mapped"}}, {.separator = Separator::dot});
    return dots ? dotted : slashed;
}

std::string_view address_of(unsigned choice) {
    static constexpr std::string_view kAddresses[] = {"root", "", "queue", "mapped"};
    return kAddresses[choice % 4];
}

bool same_bytes(Bytes one, Bytes other) {
    return std::ranges::equal(one, other);
}

/// A packet of it reads as it was written.
void write_packet(const mqtt::Publish& publish) {
    Buffer packet;
    if (mqtt::encode(packet, publish, kTerms) != mqtt::Encoded::written) {
        return;  // larger than any packet
    }
    const mqtt::Packet read =
        mqtt::decode(packet, {.version = mqtt::Version::v5, .from = mqtt::Sender::server});
    const auto* again = std::get_if<mqtt::Publish>(&read);
    WEFT_CHECK(again != nullptr && again->topic == publish.topic);
    WEFT_CHECK(same_bytes(again->payload, publish.payload));
    WEFT_CHECK(same_bytes(again->properties.encoded(), publish.properties.encoded()));
}

/// A device says the same: it has the same topic, payload and properties once it comes back.
void publish_again(const AddressSpace& space, const mqtt::Publish& publish) {
    std::string path;
    const auto to = space.resolve(publish.topic, path);
    if (!to) {
        WEFT_CHECK(mqtt::is_failure(to.error().reason) && !to.error().what.empty());
        return;
    }
    MessageWriter writer{space};
    Buffer message;
    if (writer.append(message, {.publish = publish, .to = *to, .arrived = kNow})) {
        WEFT_CHECK(message.empty());
        return;
    }
    MessageReader reader{space};
    const auto back = reader.read(message, to->address, kNow);
    WEFT_CHECK(back && back->topic == publish.topic && back->qos == publish.qos);
    WEFT_CHECK(same_bytes(back->payload, publish.payload));
    WEFT_CHECK(back->left_out > 0 ||
               same_bytes(back->properties.encoded(), publish.properties.encoded()));
}

void read_message(const AddressSpace& space, std::string_view address, Bytes message) {
    MessageReader reader{space};
    const auto read = reader.read(message, address, kNow);
    if (!read) {
        WEFT_CHECK(!name_of(read.error()).empty());
        return;
    }
    WEFT_CHECK(!mqtt::topic_name_fault(read->topic));
    const mqtt::Publish publish{
        .qos = read->qos,
        .retain = read->retain,
        .id = read->qos == mqtt::Qos::at_most_once ? mqtt::PacketId{0} : mqtt::PacketId{1},
        .topic = read->topic,
        .properties = read->properties,
        .payload = read->payload};
    write_packet(publish);
    publish_again(space, publish);
    if (const auto kept = KeptMessage::from(publish, "", read->expires)) {
        WEFT_CHECK(kept->publish().topic == read->topic && kept->expires() == read->expires);
        WEFT_CHECK(same_bytes(kept->publish().payload, read->payload));
    }
}

void read_filter(const AddressSpace& space, std::string_view filter) {
    if (mqtt::topic_filter_fault(filter)) {
        return;
    }
    const auto sources = space.sources(filter);
    if (!sources) {
        WEFT_CHECK(mqtt::is_failure(sources.error().reason));
        return;
    }
    WEFT_CHECK(!sources->empty() && sources->size() <= AddressSpace::kSourcesMax);
    WEFT_CHECK(std::ranges::all_of(*sources,
                                   [](const Source& source) { return !source.address.empty(); }));
}

}  // namespace
}  // namespace weft::mqtt_mapping

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weft;
    if (size == 0) {
        return 0;
    }
    const mqtt_mapping::AddressSpace& space = mqtt_mapping::space_of((data[0] & 8) != 0);
    // Of a size of its own, so that a sanitizer sees what is read past its end.
    const Buffer rest(data + 1, data + size);
    if ((data[0] & 4) != 0) {
        mqtt_mapping::read_filter(space, as_text(rest));
    } else {
        mqtt_mapping::read_message(space, mqtt_mapping::address_of(data[0]), rest);
    }
    return 0;
}
