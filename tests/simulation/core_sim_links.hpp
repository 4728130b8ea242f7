#pragma once

#include "tests/simulation/core_sim_world.hpp"

#include <cstdint>

namespace weft::router {

/// Links that come and go, and what may be lost for it.
class CoreSimLinks {
public:
    explicit CoreSimLinks(CoreSimWorld& world) : world_{world} {}

    void attach_producer();
    void attach_consumer();
    /// Another loop announces or withdraws consumers, or gets producers.
    void change_relay();
    /// Another router with containers asks what consumers want, or does so no more; or a message of
    /// that router came to a consumer.
    void change_asker();
    /// One is detached, or a session ends.
    void detach_some();

private:
    void forget_spread_to(const Peer& consumer);
    void end_session(FakePort& port, std::uint16_t session);
    void excuse_waiting_for(const Link& link);
    void note_departure(Peer& peer);

    CoreSimWorld& world_;
};

}  // namespace weft::router
