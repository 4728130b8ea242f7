#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/codec/packets.hpp"
#include "mqtt-gateway/mapping/wall_time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace weft::mqtt_mapping {

/// A message that is kept for later: retained, queued for a device that is away, a will.
///
/// It is what a PUBLISH of MQTT 5 says, whatever the device that sent it speaks, without what is of
/// the moment: DUP, packet identifier, topic alias, subscription identifiers, and its expiry, which
/// is a time here. Threading: immutable after construction.
class KeptMessage {
public:
    /// `client_id`: of the device that published it. None: it can't be a packet (too long).
    [[nodiscard]] static std::optional<KeptMessage> from(const mqtt::Publish& publish,
                                                         std::string_view client_id,
                                                         WallTime expires);
    /// From what `encoded` was. None: it is damaged.
    [[nodiscard]] static std::optional<KeptMessage> read(Buffer encoded);

    /// Views that live as long as this, unless it is moved. QoS 1 and 2 have the packet identifier
    /// 1, to be replaced.
    mqtt::Publish publish() const;
    std::string_view client_id() const;
    WallTime expires() const;
    /// What it takes in memory and on disk, about.
    std::size_t size() const { return encoded_.size(); }
    Bytes encoded() const { return encoded_; }

private:
    explicit KeptMessage(Buffer encoded) : encoded_{std::move(encoded)} {}

    Buffer encoded_;  // expires (8 bytes, big-endian), client id (2 bytes of size), the packet
};

/// Many devices may wait for one.
using SharedMessage = std::shared_ptr<const KeptMessage>;

}  // namespace weft::mqtt_mapping
