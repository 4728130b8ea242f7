#pragma once

#include "mqtt-gateway/codec/entries.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Topic aliases of a connection. Spec: MQTT 5 §3.3.2.3.4
namespace weft::session {

/// Those that a client made. Costs what the client names. Threading: not shared.
class AliasesIn {
public:
    explicit AliasesIn(std::uint16_t max) : max_{max} {}

    bool is_valid(std::uint32_t alias) const { return alias != 0 && alias <= max_; }
    /// `alias` is valid.
    void set(std::uint32_t alias, std::string_view topic);
    /// What it stands for; empty: nothing yet.
    std::string_view find(std::uint32_t alias) const;

private:
    std::uint16_t max_;
    std::vector<std::string> topics_;  // by alias, which counts from 1
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
    std::vector<std::string> topics_;
};

}  // namespace weft::session
