#include "router/node/linkroute/link_router.hpp"

#include "common/base/census.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "common/io/log.hpp"
#include "router/config/log_modules.hpp"
#include "router/core/address.hpp"
#include "router/node/containers.hpp"
#include "router/node/linkroute/broker_links.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/mesh.hpp"
#include "router/node/shard.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

constexpr std::string_view kNoRouteText = "No route to the destination node";
constexpr std::string_view kExpirationText = "Requested link expiration not allowed";
/// Of a peer's address in the text of an error.
constexpr std::size_t kWantedShownMax = 64;

}  // namespace

/// What a pair is counted by, at its far end.
class LinkRouter::Pair final : public RoutedGuard {
public:
    Pair(LinkRouter& router,
         std::uint64_t id,
         const Ask& ask,
         const Wanted& wanted,
         linkroute::Way way,
         std::optional<LastingKey> lasting)
        : router_{router},
          id_{id},
          session_{ask.session},
          direction_{wanted.direction},
          coordinates_{is_coordinator(ask.attach)},
          asked_{wanted.toward.empty() ? std::string{} : wanted.address},
          way_{std::move(way)},
          lasting_{std::move(lasting)} {
        router_.routes_.started(way_);
        if (lasting_) {
            router_.lasting_[*lasting_] = id_;
        }
        ++router_.pairs_;
        ++router_.pairs_of_[session_.connection];
        if (coordinates_) {
            Coordination& coordination = router_.coordinators_[session_];
            ++coordination.links;
            coordination.way = way_;
        }
    }
    ~Pair() override {
        router_.routes_.ended(way_);
        --router_.pairs_;
        const auto of_asker = router_.pairs_of_.find(session_.connection);
        if (--of_asker->second == 0) {
            router_.pairs_of_.erase(of_asker);
        }
        if (const auto at = router_.coordinators_.find(session_);
            coordinates_ && --at->second.links == 0) {
            router_.coordinators_.erase(at);
        }
        router_.far_ends_.erase(id_);
        if (const auto at = lasting_ ? router_.lasting_.find(*lasting_) : router_.lasting_.end();
            at != router_.lasting_.end() && at->second == id_) {  // else it was stolen
            router_.lasting_.erase(at);
        }
    }
    void translate(amqp::Attach& attach, std::string& storage) const override {
        if (!way_.prefixes.empty() || !asked_.empty()) {
            rename(attach, direction_, storage, [this](std::string_view address) {
                return asked_.empty() ? way_.prefixes.inward(address) : asked_;
            });
        }
    }

private:
    LinkRouter& router_;
    std::uint64_t id_;
    AskingSession session_;
    router::Direction direction_;
    bool coordinates_;
    std::string asked_;  // what the asker hears of, if it was routed under another address
    linkroute::Way way_;
    std::optional<LastingKey> lasting_;  // of a link that outlasts its connection
};

LinkRouter::LinkRouter(
    Containers& containers, Mesh* mesh, Shard& home, bool allows_resumable, Duration answer_max)
    : routes_{containers.link_routing()},
      brokers_{containers.expansion().entries().brokers()},
      mesh_{mesh},
      home_{home},
      allows_resumable_{allows_resumable},
      answer_max_{answer_max} {}

Result<RoutedEnd*> LinkRouter::route(const Ask& ask) {
    std::optional<std::string> wanted = wanted_address(ask.attach);
    if (!wanted) {
        return nullptr;
    }
    const router::AddressKey key = router::parse_address(*wanted, home_.core().router_id());
    if (key.address_class() != 'M') {
        return nullptr;
    }
    const auto direction = ask.attach.receiver ? router::Direction::out : router::Direction::in;
    WEFT_TRY(const auto toward, toward_broker(ask, direction, key.name()));
    const Wanted link{
        .direction = direction, .address = *std::move(wanted), .toward = toward.value_or("")};
    const std::string_view address = toward ? std::string_view(link.toward) : key.name();
    if (!routes_.covers(link.direction, address)) {
        return is_coordinator(ask.attach) ? refuse_coordinator() : nullptr;
    }
    if (auto allowed = check(ask); !allowed) {
        return tl::unexpected(std::move(allowed).error());
    }
    const auto coordination = coordinators_.find(ask.session);
    const auto way =
        routes_.choose(link.direction, address,
                       coordination == coordinators_.end() ? nullptr : &coordination->second.way);
    RoutedLinks* const links = way ? links_toward(*way, ask.session.connection) : nullptr;
    if (links == nullptr) {
        ++counters_.unroutable;
        return fail(kNoRoute, std::string(kNoRouteText));
    }
    return open(ask, *links, *way, link);
}

/// No link route takes it: all entries name one broker, or several, or none does.
Result<RoutedEnd*> LinkRouter::refuse_coordinator() {
    if (brokers_.empty()) {
        return nullptr;
    }
    if (brokers_.size() == 1) {
        const std::string& broker = *brokers_.begin();
        const bool is_there = routes_.covers(router::Direction::in, router::broker_prefix(broker));
        ++counters_.unroutable;
        return fail(kNoRoute,
                    std::string(kNoRouteText) + ": the broker '" + broker +
                        "', which takes transactions, is connected to " +
                        (is_there ? "a router where entries name others, too" : "no router"));
    }
    ++counters_.refused;
    return fail(kPreconditionFailed, coordinator_refusal(brokers_));
}

/// As address_toward_broker. What other routers ask for was decided where it entered. A link route
/// goes before an entry with wildcards.
Result<std::optional<std::string>> LinkRouter::toward_broker(const Ask& ask,
                                                             router::Direction direction,
                                                             std::string_view address) {
    const router::AddressRules& rules = home_.core().rules();
    const auto asker = home_.connections().find(ask.session.connection);
    if (!rules.have_storage() ||
        (asker != home_.connections().end() &&
         asker->second->profile().peers == router_config::Role::inter_router)) {
        return std::nullopt;
    }
    if (passes_links(rules, address) && routes_.covers(direction, address)) {
        return std::nullopt;
    }
    auto toward = address_toward_broker(rules, ask.attach, address,
                                        /*transacts=*/coordinators_.contains(ask.session));
    if (!toward) {
        ++counters_.refused;
    } else if (*toward && !routes_.covers(direction, **toward)) {
        ++counters_.unroutable;
        return fail(kNoRoute, std::string(kNoRouteText) + ": the broker of '" +
                                  std::string(address.substr(0, kWantedShownMax)) +
                                  "' is connected to no router");
    }
    return toward;
}

Result<void> LinkRouter::check(const Ask& ask) {
    if (!allows_resumable_ && survives(ask.attach)) {
        ++counters_.refused;
        return fail(kExpiration, std::string(kExpirationText));
    }
    const auto own = pairs_of_.find(ask.session.connection);
    if (!may_take(own == pairs_of_.end() ? 0 : own->second, pairs_, kPairsMax)) {
        ++counters_.refused;
        return fail(kResourceLimitExceeded,
                    "the connection has its share of the links that the router passes on");
    }
    return {};
}

std::size_t LinkRouter::take_steps() {
    const std::uint64_t before = std::exchange(looks_, routes_.routes().counters().steps);
    return kAttachSteps + static_cast<std::size_t>(looks_ - before) / kLooksOfStep;
}

RoutedLinks* LinkRouter::links_toward(const linkroute::Way& way, std::uint64_t asker) const {
    if (way.connection != 0) {
        const auto container = home_.connections().find(way.connection);
        return container == home_.connections().end() ? nullptr
                                                      : &container->second->routed_links();
    }
    const auto path = mesh_ == nullptr ? std::nullopt : mesh_->state().path_to(way.router);
    if (!path) {
        return nullptr;
    }
    const auto next = mesh_->neighbours().find(path->link);
    // It came from there: whoever sent it knows another way than this router does.
    const bool comes_back = next == mesh_->neighbours().end() || next->second->routed().id == asker;
    return comes_back ? nullptr : &next->second->routed_links();
}

/// What the peer is told besides: a broker, of the address that it keeps.
Result<Buffer> LinkRouter::properties_for(const linkroute::Way& way,
                                          const amqp::Attach& attach,
                                          std::string_view address) const {
    const linkroute::LinkRoute* const route =
        way.connection != 0 ? routes_.routes().find(way.route) : nullptr;
    if (route == nullptr || route->source != linkroute::Source::address || is_coordinator(attach)) {
        return Buffer(attach.properties.begin(), attach.properties.end());
    }
    return properties_toward_broker(home_.core().rules(), *route, address, attach.properties);
}

Result<RoutedEnd*> LinkRouter::open(const Ask& ask,
                                    RoutedLinks& links,
                                    const linkroute::Way& way,
                                    const Wanted& wanted) {
    const std::string& routed = wanted.toward.empty() ? wanted.address : wanted.toward;
    const bool renames = way.connection != 0 && !way.prefixes.empty();
    const std::string theirs = renames ? way.prefixes.outward(routed) : routed;
    WEFT_TRY(const Buffer properties, properties_for(way, ask.attach, theirs));
    amqp::Attach wish = ask.attach;
    wish.properties = properties;
    std::string storage;
    if (theirs != wanted.address) {
        rename(wish, wanted.direction, storage, [&theirs](std::string_view) { return theirs; });
    }
    const RoutedFacts facts{.id = home_.core().links().take_id(),
                            .peer = ask.id,
                            .asker = ask.session.connection,
                            .address = wanted.address,
                            .survives = survives(ask.attach)};
    const std::string name = name_for(ask);
    wish.name = name;
    WEFT_TRY(RoutedEnd* const end, offer(ask, links, wish, facts));
    const auto lasting = facts.survives ? std::optional(lasting_key(links, wish)) : std::nullopt;
    end->keep(std::make_unique<Pair>(*this, facts.id, ask, wanted, way, lasting));
    far_ends_.emplace(facts.id, end);
    if (offers_.size() > 2 * far_ends_.size() + kOffersFree) {  // most of them are gone
        std::erase_if(offers_,
                      [this](const Offer& offer) { return !far_ends_.contains(offer.id); });
    }
    offers_.push_back({home_.loop().now() + answer_max_, facts.id});
    plan();
    ++counters_.made;
    WEFT_LOG(router_config::LogModule::router_core, io::Level::debug,
             "[L" + std::to_string(ask.id) + "] is routed to [C" +
                 std::to_string(links.connection().routed().id) + "][L" + std::to_string(facts.id) +
                 "] " + routed);
    return end;
}

/// What the link is called beyond this router. The same wherever it enters the mesh, whatever the
/// way, and from each connection of a container, so that its links can be resumed: routers that
/// pass it on call it what they are asked for.
std::string LinkRouter::name_for(const Ask& ask) {
    std::string name(ask.attach.name);
    if (!ask.session.of_router) {
        name.append("@").append(ask.container);
    }
    return name;
}

/// A container that has several links of a name, over several connections, gets further ones under
/// another. Not what outlasts its connection: that would be something else there.
Result<RoutedEnd*> LinkRouter::offer(const Ask& ask,
                                     RoutedLinks& links,
                                     const amqp::Attach& wish,
                                     const RoutedFacts& facts) {
    const std::string name(wish.name);
    std::string other_name;
    if (facts.survives) {
        steal(lasting_key(links, wish));
    } else {
        other_name = name + "." + std::to_string(facts.id);
    }
    if (RoutedEnd* const end = links.offer(ask.session, wish, other_name, facts)) {
        return end;
    }
    ++counters_.refused;
    if (facts.survives) {
        return fail(kResourceLocked,
                    "the container has a link of this name still, or takes no further one: try it "
                    "again");
    }
    return fail(kResourceLimitExceeded,
                "the connection to the container takes no such link, or this one has its share of "
                "it");
}

LinkRouter::LastingKey LinkRouter::lasting_key(RoutedLinks& links, const amqp::Attach& wish) {
    return {links.connection().routed().id, wish.receiver, std::string(wish.name)};
}

/// Who asks for it has lost its connection, which is not noticed yet, or is at another place now.
/// Spec: AMQP 1.0 §2.6.1
void LinkRouter::steal(const LastingKey& key) {
    const auto known = lasting_.find(key);
    if (known == lasting_.end()) {
        return;
    }
    linkroute::PairEnd& end = far_ends_.at(known->second)->machine();
    if (end.life() == RoutedEnd::Life::open) {  // else its name is free, or not answered yet
        WEFT_LOG(router_config::LogModule::router_core, io::Level::info,
                 "[L" + std::to_string(known->second) +
                     "] is attached again: " + printable(std::get<std::string>(key)));
        end.give_up({kStolen, "the link was attached again from another place", {}});
    }
}

void LinkRouter::plan() {
    if (!offers_.empty() && !timer_planned_) {
        timer_planned_ = true;
        const Duration left = offers_.front().until - home_.loop().now();
        timer_ = home_.loop().after(std::max(left, Duration::zero()), [this] { withdraw_late(); });
    }
}

void LinkRouter::withdraw_late() {
    timer_planned_ = false;
    const amqp::ErrorView error{kNoRoute, "The far side did not answer the attach in time", {}};
    while (!offers_.empty() && offers_.front().until <= home_.loop().now()) {
        const auto at = far_ends_.find(offers_.front().id);
        offers_.pop_front();
        if (at != far_ends_.end() && at->second->machine().life() == RoutedEnd::Life::offered) {
            ++counters_.unanswered;
            at->second->machine().give_up(error);
        }
    }
    while (!offers_.empty() && !far_ends_.contains(offers_.front().id)) {
        offers_.pop_front();  // gone already
    }
    plan();
}

}  // namespace weft::node
