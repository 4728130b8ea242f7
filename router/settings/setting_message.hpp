#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "router/settings/setting.hpp"
#include "router/settings/setting_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weft::settings {

/// Beyond this a message is closed and the next one begun; one may be larger by one setting.
inline constexpr std::size_t kSettingMessageBytes = std::size_t{64} * 1024;
/// More than these in one message are refused.
inline constexpr std::size_t kSettingMessageMax = std::size_t{128} * 1024;  // bytes
inline constexpr std::size_t kSettingsOfMessageMax = 4096;

/// What Weft routers tell one another of their settings; the content of a control message to
/// `_topo/0/<router>/weft`. Each is small: the control link has other things to carry.
struct SettingMessage {
    enum class Kind : std::uint8_t {
        digest,  // what the sender knows, in short
        range,   // all that the sender knows of the keys behind `after`, up to `until`
        answer,  // to a range: what it lacked
        news,    // what has just become known
    };

    Kind kind = Kind::digest;
    SettingDigest digest{};           // of a digest
    std::string after{};              // of range and answer; empty: from the first key on
    std::string until{};              // of range and answer; empty: to the last key
    std::vector<Setting> settings{};  // of all but a digest

    bool operator==(const SettingMessage&) const = default;
};

/// What it takes in a message, at most.
std::size_t bytes_of(const Setting& setting);

/// Appends application properties and body.
void write_setting_message(Buffer& out, const SettingMessage& message);

/// Total: any bytes. Errors: amqp:decode-error; amqp:not-implemented (a kind nobody knows);
/// amqp:invalid-field (what is wrong, or beyond a limit).
[[nodiscard]] Result<SettingMessage> read_setting_message(Bytes content);

}  // namespace weft::settings
