#include "router/node/edges.hpp"

#include "router/edge/heartbeat.hpp"
#include "router/node/edge_connection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::node {
namespace {

/// A loop that was held up for so long has not read what came.
constexpr Duration kHeldUp = std::chrono::milliseconds{1500};

}  // namespace

Edges::~Edges() {
    if (replies_ != nullptr) {
        core_.detach(*replies_, loop_.now());
    }
    core_.disconnect(service_);
}

void Edges::remove(const EdgeConnection& connection) {
    const auto at = std::ranges::find(connections_, &connection);
    if (at != connections_.end()) {
        *at = connections_.back();
        connections_.pop_back();
    }
}

Duration Edges::pace() const {
    return edge::pace_for((connections_.size() + 1) * loops_);
}

void Edges::tick() {
    const Instant now = loop_.now();
    const bool is_late = now - std::exchange(ticked_, now) > kHeldUp;
    if (is_late) {
        return;
    }
    std::vector<EdgeConnection*> silent;
    std::ranges::copy_if(connections_, std::back_inserter(silent),
                         [now](const EdgeConnection* each) { return each->is_silent(now); });
    for (EdgeConnection* const each : silent) {
        ++counters_.silent;
        each->give_up();
    }
}

bool Edges::look_up(const edge::LookUp& question) {
    if (asked_ >= kAskedMax || !ask_) {
        return false;
    }
    ++asked_;
    ask_(question, [this](const edge::LookUpReply& answer) {
        --asked_;
        reply(answer);
    });
    return true;
}

void Edges::reply(const edge::LookUpReply& reply) {
    if (replies_ == nullptr) {
        replies_ = core_.attach(service_, {.direction = router::Direction::in})->link;
        core_.activate(*replies_, loop_.now());
    }
    Buffer message;
    edge::write_reply(message, reply);
    std::uint64_t context = 0;
    core_.on_transfer(*replies_, {{.settled = true, .payload = message}}, context, loop_.now());
}

}  // namespace weft::node
