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
          coordinates_{is_coordinator(ask.attach) || leads_to_coordinator(wanted.address)},
          broker_{router::broker_of(wanted.routed())},
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
        if (!broker_.empty()) {
            Coordination& kin = router_.together_[{session_, broker_}];
            ++kin.links;
            kin.way = way_;
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
        if (const auto at = router_.together_.find({session_, broker_});
            !broker_.empty() && --at->second.links == 0) {
            router_.together_.erase(at);
        }
        router_.forget(id_);
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
    std::string broker_;  // links of the session to it are to go the same way
    std::string asked_;   // what the asker hears of, if it was routed under another address
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

Result<LinkRouter::Taken> LinkRouter::route(const Ask& ask) {
    std::optional<std::string> wanted = wanted_address(ask.attach);
    if (!wanted) {
        return Taken{};
    }
    const router::AddressKey key = router::parse_address(*wanted, home_.core().router_id());
    if (key.address_class() != 'M') {
        return Taken{};
    }
    const auto direction = ask.attach.receiver ? router::Direction::out : router::Direction::in;
    WEFT_TRY(const auto toward, toward_broker(ask, direction, key.name()));
    const Wanted link{
        .direction = direction, .address = *std::move(wanted), .toward = toward.value_or("")};
    if (ask.is_late && !toward) {
        return Taken{};
    }
    const std::string_view address = toward ? std::string_view(link.toward) : key.name();
    if (!routes_.covers(link.direction, address)) {
        if (ask.found != Found::plain) {
            return pass_up(ask, link);
        }
        if (is_coordinator(ask.attach)) {
            return coordinate();
        }
        return Taken{};
    }
    const bool coordinates = is_coordinator(ask.attach) || leads_to_coordinator(link.address);
    if (auto allowed = check(ask, coordinates); !allowed) {
        return tl::unexpected(std::move(allowed).error());
    }
    if (!toward) {
        note_diverted(ask, link.direction, address);
    }
    const auto way = routes_.choose(link.direction, address, way_with(ask, broker_for(address)));
    RoutedLinks* const links = way ? links_toward(*way, ask.session.connection) : nullptr;
    const bool is_nowhere = links == nullptr && (ask.is_late || !way || !is_elsewhere(*way));
    if (!way || is_nowhere || !is_for(*way, address)) {
        ++counters_.unroutable;
        return tl::unexpected(no_route());
    }
    return open(ask, {.way = *way, .links = links}, link);
}

/// The mesh of an edge router passes such links on.
Result<LinkRouter::Taken> LinkRouter::pass_up(const Ask& ask, const Wanted& wanted) {
    if (auto allowed = check(ask, /*coordinates=*/false); !allowed) {
        return tl::unexpected(std::move(allowed).error());
    }
    RoutedLinks* const links = ask.found == Found::there && upstream_ ? upstream_() : nullptr;
    if (links == nullptr) {
        ++counters_.unroutable;
        return tl::unexpected(no_route());
    }
    return open(ask, {.way = {}, .links = links}, wanted);
}

/// Only what made a link route for itself may be on another loop than home.
bool LinkRouter::is_elsewhere(const linkroute::Way& way) const {
    return tell_ && way.connection != 0 && !home_.connections().contains(way.connection);
}

/// What is meant for a broker is not for a connection that made a link route of everything.
bool LinkRouter::is_for(const linkroute::Way& way, std::string_view address) const {
    const linkroute::LinkRoute* const route =
        way.connection != 0 ? routes_.routes().find(way.route) : nullptr;
    return route == nullptr || route->by != linkroute::Finds::maker ||
           !address.starts_with(router::kBrokers);
}

/// The broker that an address leads to; empty: none. Coordinators are of the only one that there
/// is.
std::string_view LinkRouter::broker_for(std::string_view address) const {
    return address == linkroute::kCoordinator && brokers_.size() == 1
               ? std::string_view(*brokers_.begin())
               : router::broker_of(address);
}

/// Of links that it is to be together with; null: of none.
const linkroute::Way* LinkRouter::way_with(const Ask& ask, std::string_view broker) const {
    if (!broker.empty()) {
        const auto kin = together_.find(std::pair{ask.session, std::string(broker)});
        if (kin != together_.end()) {
            return &kin->second.way;
        }
    }
    const auto coordination = coordinators_.find(ask.session);
    return coordination == coordinators_.end() ? nullptr : &coordination->second.way;
}

/// No link route takes it. Where entries name one broker and that is not there, nobody does; where
/// no entry names one, the core says so.
Result<LinkRouter::Taken> LinkRouter::coordinate() {
    if (brokers_.empty()) {
        return Taken{};
    }
    if (brokers_.size() == 1) {
        const std::string& broker = *brokers_.begin();
        if (!routes_.covers(router::Direction::in, router::broker_prefix(broker))) {
            ++counters_.unroutable;
            return fail(kNoRoute, std::string(kNoRouteText) + ": the broker '" + broker +
                                      "', which takes transactions, is connected to no router");
        }
    }
    return Result<Taken>{Taken{.coordinates = true}};
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
                                        ask.transacts || coordinators_.contains(ask.session));
    if (!toward) {
        ++counters_.refused;
    } else if (*toward && !routes_.covers(direction, **toward)) {
        ++counters_.unroutable;
        return fail(kNoRoute, std::string(kNoRouteText) + ": the broker of '" +
                                  printable(address.substr(0, kWantedShownMax)) +
                                  "' is connected to no router");
    }
    return toward;
}

/// Another router, or a connection, announced a link route that takes links to an address of which
/// an entry says that brokers keep it. What other routers ask for was decided where it entered.
void LinkRouter::note_diverted(const Ask& ask,
                               router::Direction direction,
                               std::string_view address) {
    const router::AddressRules& rules = home_.core().rules();
    const router::AddressRule* const rule =
        rules.have_storage() && !ask.session.of_router ? rules.find(address) : nullptr;
    if (rule == nullptr || !rule->storage || rule->storage->brokers.empty() ||
        rule->storage->passes_links) {
        return;
    }
    ++counters_.diverted;
    const Instant now = home_.loop().now();
    if (warned_ && now - *warned_ < kWarningGap) {
        return;
    }
    warned_ = now;
    const auto area = routes_.routes().area_for(direction, address);
    WEFT_LOG(router_config::LogModule::router_core, io::Level::warning,
             "[L" + std::to_string(ask.id) + "] of the address \"" +
                 printable(rule->pattern.text()) + "\", whose messages " +
                 printable(rule->storage->brokers.front()) + " keeps, is link-routed by \"" +
                 printable(area->key.substr(0, kWantedShownMax)) + "\" of " + takers_of(*area) +
                 ": rename one of them");
}

/// "this router, B": who has the containers, for people.
std::string LinkRouter::takers_of(const linkroute::AreaView& area) const {
    std::string names = area.routers.empty() || area.containers > 0 ? "this router" : "";
    for (const RouterIndex router : area.routers) {
        names.append(names.empty() ? "" : ", ");
        names.append(mesh_ == nullptr ? std::string_view{"another router"}
                                      : mesh_->state().id_of(router));
        if (names.size() > kWantedShownMax) {
            return names.append(", …");
        }
    }
    return names;
}

Result<void> LinkRouter::check(const Ask& ask, bool coordinates) {
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
    const auto known = coordinates ? coordinators_.find(ask.session) : coordinators_.end();
    if (known != coordinators_.end() && known->second.links >= kCoordinatorsMax) {
        ++counters_.refused;
        return fail(kResourceLimitExceeded, "the session has " + std::to_string(kCoordinatorsMax) +
                                                " links to coordinators: use those");
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
    const bool comes_back =
        next == mesh_->neighbours().end() || next->second->in_core().id == asker;
    return comes_back ? nullptr : &next->second->routed_links();
}

/// What the peer is told besides: a broker, of the address that it keeps.
Result<Buffer> LinkRouter::properties_for(const linkroute::Way& way,
                                          const amqp::Attach& attach,
                                          std::string_view address) const {
    const linkroute::LinkRoute* const route =
        way.connection != 0 ? routes_.routes().find(way.route) : nullptr;
    if (route == nullptr || route->source != linkroute::Source::address || is_coordinator(attach) ||
        address == linkroute::kCoordinator) {
        return without_entry(attach.properties);
    }
    return properties_toward_broker(home_.core().rules(), *route, address, attach.properties);
}

std::uint64_t LinkRouter::Toward::connection() const {
    return links == nullptr ? way.connection : links->connection().in_core().id;
}

Result<LinkRouter::Taken> LinkRouter::open(const Ask& ask,
                                           const Toward& toward,
                                           const Wanted& wanted) {
    const linkroute::Way& way = toward.way;
    const std::string& routed = wanted.routed();
    const bool renames = way.connection != 0 && !way.prefixes.empty();
    const std::string theirs = renames ? way.prefixes.outward(routed) : routed;
    WEFT_TRY(const Buffer properties, properties_for(way, ask.attach, theirs));
    amqp::Attach wish = ask.attach;
    wish.properties = properties;
    std::string storage;
    if (theirs != wanted.address) {
        rename(wish, wanted.direction, storage,
               [&theirs](std::string_view) -> const std::string& { return theirs; });
    }
    if (renames && leads_to_coordinator(routed)) {
        become_coordinator(wish);
    }
    RoutedFacts facts{
        .id = home_.core().links().take_id(),
        .peer = ask.id,
        .asker = ask.session.connection,
        .address = wanted.address,
        .survives = survives(ask.attach),
        .coordinates = is_coordinator(ask.attach) || leads_to_coordinator(wanted.address)};
    if (ask.is_late) {
        facts.late.emplace(ask.attach.initial_delivery_count);
    }
    const std::string name = name_for(ask);
    wish.name = name;
    const auto lasting = facts.survives ? std::optional(lasting_key(toward, wish)) : std::nullopt;
    Taken taken{.broker = std::string(router::broker_of(routed))};
    if (toward.links == nullptr) {
        WEFT_TRY(taken.offer, far_offer(ask, way, wish, facts));
    }
    const std::size_t bytes = taken.offer ? memory_of(*taken.offer) : 0;
    if (lasting && !steal(*lasting)) {
        offer_bytes_.give_back(facts.asker, bytes);
        ++counters_.refused;
        return tl::unexpected(not_offered(facts));
    }
    if (toward.links != nullptr) {
        WEFT_TRY(taken.end, offer(ask, *toward.links, wish, facts));
        ++counters_.made;  // of another loop's it is known once that has said something
    }
    auto pair = std::make_unique<Pair>(*this, facts.id, ask, wanted, way, lasting);
    if (taken.end != nullptr) {
        taken.end->keep(std::move(pair));
    } else {
        taken.offer->guard = std::move(pair);
    }
    await_answer(facts.id, {.end = taken.end,
                            .connection = toward.connection(),
                            .asker = facts.asker,
                            .bytes = bytes});
    WEFT_LOG(router_config::LogModule::router_core, io::Level::debug,
             "[L" + std::to_string(ask.id) + "] is routed to [C" +
                 std::to_string(toward.connection()) + "][L" + std::to_string(facts.id) + "] " +
                 routed);
    return Result<Taken>{std::move(taken)};
}

/// What it takes on its way.
std::size_t LinkRouter::memory_of(const FarOffer& offer) {
    constexpr std::size_t kOverhead = 256;
    return kOverhead + offer.attach.size() + offer.facts.address.size() + offer.other_name.size();
}

/// What another loop is to be asked for; it counts for who asks.
Result<FarOffer> LinkRouter::far_offer(const Ask& ask,
                                       const linkroute::Way& way,
                                       const amqp::Attach& wish,
                                       const RoutedFacts& facts) {
    FarOffer offer{.connection = way.connection,
                   .session = ask.session,
                   .other_name = other_name_for(wish, facts),
                   .facts = facts};
    write(offer.attach, wish);
    if (!offer_bytes_.keep(facts.asker, memory_of(offer))) {
        ++counters_.refused;
        return tl::unexpected(not_offered(facts));
    }
    return Result<FarOffer>{std::move(offer)};
}

/// Its peer is to answer in time.
void LinkRouter::await_answer(std::uint64_t id, const FarEnd& end) {
    far_ends_.emplace(id, end);
    if (offers_.size() > 2 * far_ends_.size() + kOffersFree) {  // most of them are gone
        std::erase_if(offers_,
                      [this](const Offer& offer) { return !far_ends_.contains(offer.id); });
    }
    offers_.push_back({home_.loop().now() + answer_max_, id});
    plan();
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
std::string LinkRouter::other_name_for(const amqp::Attach& wish, const RoutedFacts& facts) {
    return facts.survives ? std::string{} : std::string(wish.name) + "." + std::to_string(facts.id);
}

Result<RoutedEnd*> LinkRouter::offer(const Ask& ask,
                                     RoutedLinks& links,
                                     const amqp::Attach& wish,
                                     const RoutedFacts& facts) {
    if (RoutedEnd* const end = links.offer(ask.session, wish, other_name_for(wish, facts), facts)) {
        return end;
    }
    ++counters_.refused;
    return tl::unexpected(not_offered(facts));
}

LinkRouter::LastingKey LinkRouter::lasting_key(const Toward& toward, const amqp::Attach& wish) {
    return {toward.connection(), wish.receiver, std::string(wish.name)};
}

/// Who asks for it has lost its connection, which is not noticed yet, or is at another place now.
/// Spec: AMQP 1.0 §2.6.1
bool LinkRouter::steal(const LastingKey& key) {
    const auto known = lasting_.find(key);
    if (known == lasting_.end()) {
        return true;
    }
    const FarEnd& far = far_ends_.at(known->second);
    if (far.end == nullptr) {
        if (far.is_answered) {
            tell_(far.connection, known->second, PairWord::Kind::steal);
        }
        return far.is_heard;
    }
    if (far.end->machine().life() == RoutedEnd::Life::open) {
        log_stolen(*far.end);
        far.end->machine().give_up(kStolenError);
    }
    return true;  // its name is free, or the offer finds it in use
}

void LinkRouter::heard(std::uint64_t id, bool attached) {
    const auto at = far_ends_.find(id);
    if (at == far_ends_.end()) {
        return;
    }
    FarEnd& far = at->second;
    far.is_answered |= attached;
    if (!std::exchange(far.is_heard, true)) {
        ++counters_.made;
        counters_.unanswered += far.is_withdrawn && !attached ? 1U : 0U;
        give_back(far);
    }
}

void LinkRouter::over(std::uint64_t id, bool refused) {
    if (refused) {
        ++counters_.refused;
    } else {
        heard(id, /*attached=*/false);
    }
}

/// What its attach took on its way.
void LinkRouter::give_back(FarEnd& far) {
    offer_bytes_.give_back(far.asker, std::exchange(far.bytes, 0));
}

/// A far end is gone.
void LinkRouter::forget(std::uint64_t id) {
    if (const auto at = far_ends_.find(id); at != far_ends_.end()) {
        give_back(at->second);
        far_ends_.erase(at);
    }
}

void LinkRouter::gone(std::uint64_t connection) {
    routes_.gone(connection);
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
    while (!offers_.empty() && offers_.front().until <= home_.loop().now()) {
        const std::uint64_t id = offers_.front().id;
        offers_.pop_front();
        withdraw(id);
    }
    while (!offers_.empty() && !far_ends_.contains(offers_.front().id)) {
        offers_.pop_front();  // gone already
    }
    plan();
}

/// Means nothing if it is answered, or gone. Whether it was on another loop is heard.
void LinkRouter::withdraw(std::uint64_t id) {
    const auto at = far_ends_.find(id);
    if (at == far_ends_.end()) {
        return;
    }
    FarEnd& far = at->second;
    if (far.end == nullptr) {
        if (!far.is_heard) {
            far.is_withdrawn = true;
            tell_(far.connection, id, PairWord::Kind::withdraw);
        }
    } else if (far.end->machine().life() == RoutedEnd::Life::offered) {
        ++counters_.unanswered;
        far.end->machine().give_up(kUnansweredError);
    }
}

}  // namespace weft::node
