#include "router/core/port.hpp"

namespace weft::router {
namespace {

struct NoPort final : Port {
    Sent transfer(Link&, const OutgoingHead&, Bytes, bool) override { return {.held_up = true}; }
    void abort(Link&) override {}
    void update(Link&, DeliveryId, Bytes, bool) override {}
    void grant(Link&, std::uint32_t, bool) override {}
    void drain(Link&) override {}
    void drained(Link&) override {}
    void hold(Link&, std::ptrdiff_t) override {}
};

}  // namespace

Port& no_port() {
    static NoPort port;
    return port;
}

}  // namespace weft::router
