#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "common/io/loop.hpp"
#include "router/core/core.hpp"
#include "router/edge/look_up.hpp"
#include "router/node/edge_counters.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace weft::node {

class EdgeConnection;

/// The edge routers that are connected to a loop of a router of the mesh: whether each is alive,
/// and answers to what they ask about addresses, which home knows.
///
/// Idle it costs a look at each connection a second. Threading: loop-confined.
class Edges final : private router::Port {
public:
    /// Questions of one loop that wait for home.
    static constexpr std::size_t kAskedMax = 10'000;

    /// Home says what it knows of the address, now or later, on this loop.
    using Answer = std::function<void(const edge::LookUpReply& reply)>;
    using Ask = std::function<void(const edge::LookUp& question, Answer answer)>;

    /// Of `loops` loops. Both must outlive it.
    Edges(router::Core& core, const io::Loop& loop, std::size_t loops)
        : core_{core},
          loop_{loop},
          loops_{loops},
          service_{core.connect(*this, router::Traits::of_service())} {}
    ~Edges() override;

    void set_ask(Ask ask) { ask_ = std::move(ask); }

    void add(EdgeConnection& connection) { connections_.push_back(&connection); }
    void remove(const EdgeConnection& connection);
    std::size_t size() const { return connections_.size(); }
    /// How often one more edge router is to say that it is alive.
    Duration pace() const;

    /// Somebody asks. False: it is not taken, for too many are.
    [[nodiscard]] bool look_up(const edge::LookUp& question);
    EdgeCounters& counters() { return counters_; }
    const EdgeCounters& counters() const { return counters_; }

    /// Each second: who is silent goes.
    void tick();

private:
    // Port, of what answers: nobody is told anything.
    wire::Sent transfer(router::Link&, const router::OutgoingHead&, Bytes, bool) override {
        return {};
    }
    void abort(router::Link&) override {}
    void update(router::Link&, wire::DeliveryId, Bytes, bool) override {}
    void grant(router::Link&, std::uint32_t, bool) override {}
    void drain(router::Link&) override {}
    void drained(router::Link&) override {}
    void hold(router::Link&, std::ptrdiff_t) override {}

    void reply(const edge::LookUpReply& reply);

    router::Core& core_;
    const io::Loop& loop_;
    std::size_t loops_;
    router::Connection& service_;      // before all peers', where management looks for these
    router::Link* replies_ = nullptr;  // attached for the first answer
    Ask ask_;
    std::vector<EdgeConnection*> connections_;
    EdgeCounters counters_;
    std::size_t asked_ = 0;
    Instant ticked_{};
};

}  // namespace weft::node
