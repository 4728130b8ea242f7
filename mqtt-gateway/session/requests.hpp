#pragma once

#include "common/base/bytes.hpp"
#include "mqtt-gateway/session/turn.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::session {

/// The SUBSCRIBE and UNSUBSCRIBE packets of a connection that have no answer yet: what is known of
/// each entry, and what is waited for. Threading: not shared.
class Requests {
public:
    enum class Kind : std::uint8_t { subscribe, unsubscribe };

    /// Its number, never 0. So many answers are waited for.
    std::uint32_t open(Kind kind, mqtt::PacketId id, std::size_t entries);
    /// One of them. A request of an older connection is passed over.
    void answer(std::uint32_t request, std::uint32_t entry, mqtt::Reason reason);
    /// It also waits until that is durable.
    void wait_for(std::uint32_t request, StoreTicket ticket);
    /// Sends the answers to those that wait for nothing more.
    void send_ready(const Turn& turn);

    bool has_id(mqtt::PacketId id) const;
    std::size_t size() const { return requests_.size(); }
    void clear() { requests_.clear(); }

private:
    struct Request {
        std::uint32_t number = 0;
        Kind kind = Kind::subscribe;
        mqtt::PacketId id = 0;
        std::size_t missing = 0;
        StoreTicket ticket = 0;
        Buffer codes{};
    };
    Request* find(std::uint32_t number);

    std::vector<Request> requests_;
    std::uint32_t last_ = 0;
};

}  // namespace weft::session
