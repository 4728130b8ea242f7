#include "router/node/upstream.hpp"

#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/edge/look_up.hpp"
#include "router/core/resolver.hpp"
#include "router/node/uplink_connection.hpp"
#include "router/uplink/phase_capability.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::node {
namespace {

using router::Direction;

/// Addresses of clients; what is this router's own has no link over an uplink.
bool is_proxied(const router::AddressKey& key) {
    return key.address_class() == 'M' && !router::is_management(key) &&
           !key.name().starts_with(router::kRoutersOwn) &&
           !key.name().starts_with(router::kBrokers);
}

void log_edge(io::Level level, const std::string& text) {
    WEFT_LOG(router_config::LogModule::router_core, level, text);
}

Direction direction_of(bool receiver) {
    return receiver ? Direction::in : Direction::out;
}

}  // namespace

Upstream::Upstream(router::Core& core, io::Loop& loop)
    : core_{core}, loop_{loop}, link_routes_{core.router_id(), [&loop] { return loop.now(); }} {
    core_.reach().set_local_demand(this);
    core_.reach().set_supply(this);
}

Upstream::~Upstream() {
    core_.reach().set_local_demand(nullptr);
    core_.reach().set_supply(nullptr);
}

UplinkConnection* Upstream::active() const {
    const auto at = uplinks_.active() ? connections_.find(*uplinks_.active()) : connections_.end();
    return at == connections_.end() ? nullptr : at->second;
}

// --- uplinks -------------------------------------------------------------------------------------

void Upstream::opened(UplinkConnection& connection) {
    connections_.emplace(connection.id(), &connection);
    if (uplinks_.opened(connection.id(), connection.profile().name, loop_.now())) {
        change_over();
    }
    plan();
}

void Upstream::gone(UplinkConnection& connection) {
    connections_.erase(connection.id());
    if (uplinks_.gone(connection.id())) {
        change_over();
    }
    plan();
}

/// What the last one had for addresses with consumers in the mesh is there at the new one before
/// it goes.
void Upstream::change_over() {
    proxies_.lost();
    link_routes_.set_management(nullptr);
    UplinkConnection* const now_active = active();
    if (now_active == nullptr) {
        log_edge(io::Level::warning, "no uplink is left: this edge router is alone");
        return;
    }
    log_edge(io::Level::info, "[C" + std::to_string(now_active->id()) +
                                  "] is the active uplink, by " + now_active->profile().name +
                                  " to " + now_active->host());
    now_active->activate();
    proxies_.established();
    work(kTakenOverAtOnce);
}

bool Upstream::look_up(Direction direction,
                       const std::string& address,
                       std::function<void(Found)> hear) {
    UplinkConnection* const up = active();
    const router::AddressKey key = router::parse_address(address, core_.router_id());
    if (up == nullptr || !up->look_ups().is_ready() || !is_proxied(key) ||
        key.name().size() > edge::kLookUpAddressMax) {
        return false;
    }
    up->look_ups().ask(
        [name = std::string(key.name()), direction](std::string_view reply_to,
                                                    std::uint64_t number) {
            Buffer out;
            edge::write_look_up(out, {.address = name,
                                      .in = direction == Direction::in,
                                      .reply_to = std::string(reply_to),
                                      .correlation = wire::Value{number}});
            return out;
        },
        [hear = std::move(hear)](std::optional<Bytes> message) {
            const auto reply = message ? edge::read_reply(*message) : edge::LookUpReply{};
            const bool is_route = reply && reply->is_link_route &&
                                  reply->status == edge::LookUpReply::Status::ok;
            hear(!is_route                 ? Found::plain
                 : reply->has_destinations ? Found::there
                                           : Found::nowhere);
        },
        loop_.now() + kLookUpMax);
    up->wake();
    return true;
}

// --- addresses -----------------------------------------------------------------------------------

void Upstream::demand_changed(const router::Address& address, bool wanted) {
    note(address, /*of_producers=*/false, wanted);
}

void Upstream::supply_changed(const router::Address& address, bool produced) {
    note(address, /*of_producers=*/true, produced);
}

void Upstream::note(const router::Address& address, bool of_producers, bool any) {
    if (is_proxied(address.key)) {
        news_.push_back({address.key.text, of_producers, any});
        plan();
    }
}

void Upstream::supplied(std::string_view key, bool produced) {
    if (is_proxied({std::string(key)})) {
        news_.push_back({std::string(key), /*of_producers=*/true, produced});
        plan();
    }
}

void Upstream::take_news() {
    for (const News& news : std::exchange(news_, {})) {
        if (news.of_producers) {
            proxies_.set_produced(news.key, news.any);
        } else {
            proxies_.set_received(news.key, news.any);
        }
    }
}

void Upstream::attached(std::string_view key, bool receiver) {
    proxies_.attached(key, direction_of(receiver), loop_.now());
    plan();
}

void Upstream::failed(std::string_view key, bool receiver, std::string_view why) {
    const Duration again = proxies_.failed(key, direction_of(receiver), loop_.now());
    log_edge(again <= uplink::Proxies::kRetryMin ? io::Level::warning : io::Level::debug,
             std::string(receiver ? "receiver" : "sender") + " for " +
                 printable(key.substr(0, 200)) + " refused by the mesh: " + std::string(why));
    plan();
}

void Upstream::told(std::string_view key, bool wanted) {
    proxies_.told(key, wanted);
}

std::uintptr_t Upstream::attach(const uplink::Proxy& proxy, Direction direction) {
    const router::AddressKey key{proxy.key};
    const router::AddressRule* const rule = core_.rules().find(key.name());
    const router::Treatment treatment = rule == nullptr ? router::Treatment{} : rule->treatment;
    return reinterpret_cast<std::uintptr_t>(active()->open_link(
        proxy.key, direction, uplink::phase_capability(key, treatment, direction)));
}

void Upstream::detach(std::uintptr_t link) {
    active()->close_link(*reinterpret_cast<amqp::Link*>(link));
}

void Upstream::lead(std::uintptr_t link, bool upstream) {
    active()->lead(*reinterpret_cast<amqp::Link*>(link), upstream);
}

// --- what is due ---------------------------------------------------------------------------------

void Upstream::plan() {
    const Instant due =
        !news_.empty() ? Instant::min() : std::min(uplinks_.next_due(), proxies_.next_due());
    if (due != planned_) {
        planned_ = due;
        timer_ =
            due == kNever
                ? io::Timer{}
                : loop_.after(due <= loop_.now() ? Duration::zero() : due - loop_.now(), [this] {
                      planned_ = kNever;
                      if (uplinks_.work(loop_.now())) {
                          change_over();
                      }
                      work(kAttachedAtOnce);
                  });
    }
}

void Upstream::work(std::size_t budget) {
    take_news();
    (void)proxies_.work(loop_.now(), budget);
    plan();
}

}  // namespace weft::node
