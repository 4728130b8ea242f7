#pragma once

#include "mqtt-gateway/codec/entries.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

/// Topic aliases of a connection: each costs what it stands for, whatever its number.
/// Spec: MQTT 5 §3.3.2.3.4
namespace weft::session {

/// Bytes of a topic that may have an alias: a publish of a few bytes carries all of it on.
inline constexpr std::size_t kAliasedTopicBytesMax = 1024;

/// Those that a client made. Threading: not shared.
class AliasesIn {
public:
    explicit AliasesIn(std::uint16_t max) : max_{max} {}

    bool is_valid(std::uint32_t alias) const { return alias != 0 && alias <= max_; }
    /// `alias` is valid, and the topic not too long.
    void set(std::uint32_t alias, std::string_view topic);
    /// What it stands for; empty: nothing yet.
    std::string_view find(std::uint32_t alias) const;

private:
    std::uint16_t max_;
    std::map<std::uint32_t, std::string> topics_;
};

/// Those that we make: the first topics of a connection get them. Threading: not shared.
class AliasesOut {
public:
    explicit AliasesOut(std::uint16_t max) : max_{max} {}

    struct Use {
        std::uint16_t alias = 0;  // 0: the topic has none
        bool known = false;       // to the client: the topic need not be written
    };
    /// How a publish of that topic is written.
    Use use(std::string_view topic) const;
    /// It was written with an alias that was not known.
    void set(std::string_view topic);

private:
    std::uint16_t max_;
    std::map<std::string, std::uint16_t, std::less<>> topics_;
};

}  // namespace weft::session
