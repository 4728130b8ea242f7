#include "router/node/peer_connection.hpp"

#include "common/amqp/passage.hpp"
#include "common/base/conditions.hpp"
#include "common/base/serial.hpp"
#include "common/io/log.hpp"
#include "common/io/loop.hpp"
#include "common/io/refusals.hpp"
#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/config/log_modules.hpp"
#include "router/node/linkroute/broker_links.hpp"
#include "router/node/linkroute/routed_links.hpp"
#include "router/node/policing.hpp"
#include "router/node/tenancy.hpp"

#include <utility>

namespace weft::node {

PeerConnection::PeerConnection(router::Core& core,
                               io::Transport& transport,
                               std::shared_ptr<const PeerProfile> profile,
                               PeerObserver& observer,
                               router::Traits traits)
    : endpoint::Connection{transport, std::move(profile)},
      core_{core},
      observer_{observer},
      loop_{transport.loop()},
      in_core_{core.connect(*this, traits)} {}

PeerConnection::~PeerConnection() = default;

void PeerConnection::begin() {
    start(in_core_.id);
    io::guard(transport(), [this] { observer_.on_made(*this); });  // else it is gone, in order
}

void PeerConnection::on_gone(std::string_view) {
    lose_routed();
    routed_links_.reset();
    in_core_.admission = nullptr;
    policing_.reset();
    in_core_.naming = nullptr;
    tenancy_.reset();
    observer_.on_gone(*this);
    core_.disconnect(in_core_);
}

// --- events → core ------------------------------------------------------------------------------

void PeerConnection::on_update(amqp::Link& link,
                               const amqp::DeliveryUpdate& update,
                               amqp::Context context) {
    router::Link* const ours = link.passes() ? past_of(link, update.id) : core_link(link);
    if (ours == nullptr) {
        if (RoutedEnd* const end = link.passes() ? RoutedLinks::of(link) : nullptr) {
            end->machine().on_update(update, context);
        }
        return;
    }
    if (wire::outcome_of(update.state) == wire::Outcome::transactional) [[unlikely]] {
        update_in_transaction(link, *ours, update, context);
        return;
    }
    core_.on_update(*ours, update, context, now());
}

/// For the core it is one outside of a transaction, or failed: its links to brokers are of all
/// clients, and end if one of them names a transaction there that the broker does not know.
void PeerConnection::update_in_transaction(amqp::Link& link,
                                           router::Link& ours,
                                           const amqp::DeliveryUpdate& update,
                                           amqp::Context context) {
    const auto why = refuses_part(link, ours, update.state);
    const Bytes outcome = transaction::read_state(update.state)->outcome;
    amqp::DeliveryUpdate told = update;
    told.state = why ? wire::kModifiedFailed : wire::is_terminal(outcome) ? outcome : Bytes{};
    if (update.settled || (!why && !told.state.empty())) {
        core_.on_update(ours, told, context, now());
    }
    if (!why || why->condition != kTransactionUnknownId) {
        return;
    }
    const amqp::ErrorView error{why->condition, why->text, {}};  // no end of it tells the client
    if (!link.passes()) {
        observer_.forget(link);
        core_.detach(ours, now());
        uncount(link);
        link.detach(true, error);
    } else {
        end_routed(link, error);
    }
    wake();
}

std::optional<Error> PeerConnection::refuses_part(const amqp::Link& link,
                                                  const router::Link& ours,
                                                  Bytes state) const {
    if (wire::outcome_of(state) != wire::Outcome::transactional) [[likely]] {
        return std::nullopt;
    }
    const router::Storage* const storage = storage_of(ours);
    if (storage == nullptr) {
        return std::nullopt;
    }
    const std::string why =
        link.passes() ? std::string{kCameBefore} : why_no_part(*storage, ours.address->key.name());
    if (observer_.refuses_part(link.session(), state, why)) {
        return Error{kPreconditionFailed, why};
    }
    const router::Traits& traits = in_core_.traits;
    if (!traits.is_client || traits.is_container) {
        return std::nullopt;
    }
    return Error{kTransactionUnknownId, why};
}

/// What says which brokers keep the messages of its address; null: none do.
const router::Storage* PeerConnection::storage_of(const router::Link& ours) const {
    const router::AddressRules& rules = core_.rules();
    const router::AddressRule* const rule = rules.have_storage() && ours.address != nullptr
                                                ? rules.find(ours.address->key.name())
                                                : nullptr;
    const router::Storage* const storage = rule == nullptr ? nullptr : rule->storage.get();
    return storage == nullptr || storage->brokers.empty() ? nullptr : storage;
}

// --- links that were the core's, and pass --------------------------------------------------------

const router::Link* PeerConnection::kept_by_brokers(const amqp::Link& link) const {
    const router::Traits& traits = in_core_.traits;
    const bool may_be = traits.is_client && !traits.is_container && !link.passes();
    const router::Link* const ours = may_be ? core_link(link) : nullptr;
    return ours != nullptr && storage_of(*ours) != nullptr ? ours : nullptr;
}

void PeerConnection::renew_credit(amqp::Link& link) {
    if (!link.is_receiver() && !link.awaits_answer()) {
        const bool is_held =
            observer_.holds_credit(link.session()) && kept_by_brokers(link) != nullptr;
        core_.on_credit(*core_link(link), is_held ? 0 : link.credit(), !is_held && link.drain(),
                        now());
    }
}

std::optional<RoutedPast> PeerConnection::leave_core(amqp::Link& link) {
    router::Link& ours = *core_link(link);
    const bool is_over = ours.direction == router::Direction::out
                             ? ours.unsettled.empty()
                             : ours.account.outstanding() == 0 && ours.answered.empty();
    if (is_over) {
        core_.detach(ours, now());
        return std::nullopt;
    }
    if (ours.direction == router::Direction::out) {
        core_.deactivate(ours, now());
    }
    return RoutedPast{ours.self, amqp::Passage{link}.next_delivery()};
}

/// What a link that passes was before; null: that is over.
router::Link* PeerConnection::past_of(const amqp::Link& link) const {
    RoutedEnd* const end = RoutedLinks::of(link);
    return end != nullptr && end->past() ? core_.links().find(end->past()->link) : nullptr;
}

/// Null: the delivery is not of that time.
router::Link* PeerConnection::past_of(const amqp::Link& link, amqp::DeliveryId delivery) const {
    router::Link* const ours = past_of(link);
    return ours != nullptr && precedes(delivery, RoutedLinks::of(link)->past()->end) ? ours
                                                                                     : nullptr;
}

void PeerConnection::on_drained(amqp::Link& link) {
    if (router::Link* const ours = core_link(link)) {
        core_.on_drained(*ours, now());
    }
}

void PeerConnection::on_writable() {
    if (routed_links_) {
        routed_links_->on_room();
    }
    core_.on_writable(in_core_, now());
}

bool PeerConnection::on_over(amqp::Session& session) {
    if (routed_links_) {
        routed_links_->session_over(session);
    }
    observer_.forget(session);
    uncount(session);
    return false;
}

void PeerConnection::end_session(amqp::Session& session,
                                 const std::optional<amqp::ErrorView>& error) {
    uncount(session);
    session.end(error);
}

void PeerConnection::uncount(amqp::Session& session) {
    if (policing_) [[unlikely]] {
        policing_->gone(session);
    }
    if (tenancy_) [[unlikely]] {
        tenancy_->gone(session);
    }
}

void PeerConnection::police(std::unique_ptr<Policing> policing) {
    policing_ = std::move(policing);
    in_core_.admission = policing_.get();
}

void PeerConnection::belong(std::unique_ptr<Tenancy> tenancy) {
    tenancy_ = std::move(tenancy);
    in_core_.naming = &tenancy_->space();
}

void PeerConnection::uncount(const amqp::Link& link) {
    if (policing_) [[unlikely]] {
        policing_->gone(link);
    }
    if (tenancy_) [[unlikely]] {
        tenancy_->gone(link);
    }
}

// --- links that are passed on whole -------------------------------------------------------------

RoutedLinks& PeerConnection::routed_links() {
    if (!routed_links_) {
        routed_links_ = std::make_unique<RoutedLinks>(*this, observer_.routed_list());
    }
    return *routed_links_;
}

amqp::Session* PeerConnection::begin_session() {
    wake();
    return machine().begin();
}

void PeerConnection::attach_plain(amqp::Link& link, const amqp::Attach&) {
    refuse_link(link, {kNotFound, "Node not found"});
}

void PeerConnection::refuse_link(amqp::Link& link, const Error& why) {
    log_refused(link, why);
    uncount(link);
    const std::string words = tenancy_ ? tenancy_->space().own_words(why.text) : std::string{};
    link.refuse({why.condition, tenancy_ ? std::string_view{words} : why.text, {}});
    wake();
}

void PeerConnection::note_refused(std::string_view what,
                                  std::string_view subject,
                                  std::string_view why,
                                  std::string_view remedy) const {
    io::refusals().add({.what = what,
                        .peer = peer(),
                        .user = identity().user,
                        .client = engine().remote_container(),
                        .subject = std::string{subject},
                        .why = std::string{why},
                        .remedy = remedy});
}

void PeerConnection::log_refused(const amqp::Link& link, const Error& why) {
    if (may_log(router_config::LogModule::router_core, io::Level::info)) {
        WEFT_LOG(router_config::LogModule::router_core, io::Level::info,
                 tag() + " link " + std::string(link.name()) +
                     " refused: " + std::string(why.condition) + " " + why.text);
    }
}

bool PeerConnection::take_routed(amqp::Link& link, const amqp::Attach& attach) {
    if (RoutedEnd* const end = link.passes() ? RoutedLinks::of(link) : nullptr) {
        end->on_attach(attach);
    }
    return link.passes();
}

bool PeerConnection::take_routed(amqp::Link& link, bool closed, const amqp::ErrorView* error) {
    const bool passes = link.passes();
    if (RoutedEnd* const end = passes ? RoutedLinks::of(link) : nullptr) {
        if (router::Link* const ours = past_of(link)) {
            core_.detach(*ours, now());
        }
        end->on_detach(closed, error);  // the link may be gone
    }
    return passes;
}

void PeerConnection::end_routed(amqp::Link& link, const amqp::ErrorView& error) {
    RoutedEnd* const end = RoutedLinks::of(link);
    if (end != nullptr && end->machine().life() <= RoutedEnd::Life::open) {
        end->machine().give_up(error);
        wake();
    }
}

bool PeerConnection::is_for_routed(amqp::Session& session) const {
    return routed_links_ && routed_links_->has_begun(session);
}

void PeerConnection::tell_room(amqp::Session& session) {
    if (routed_links_) {
        routed_links_->on_room(session);
    }
}

void PeerConnection::lose_routed() {
    if (routed_links_) {
        routed_links_->connection_over();
    }
}

void PeerConnection::before_write() {
    if (routed_links_) [[unlikely]] {
        routed_links_->sweep();
    }
    Connection::before_write();
}

void PeerConnection::on_passed(amqp::Link& link,
                               const amqp::Transfer& transfer,
                               bool first,
                               Bytes payload,
                               amqp::Context& context) {
    if (tenancy_) [[unlikely]] {
        tenancy_->charge(link.session(), first, payload.size(), now());
    }
    if (RoutedEnd* const end = RoutedLinks::of(link)) {
        end->machine().on_transfer(transfer, first, payload, context);
    }
}

void PeerConnection::on_passed(amqp::Link& link, const amqp::Flow& flow) {
    if (RoutedEnd* const end = RoutedLinks::of(link)) {
        end->machine().on_flow(flow);
    }
}

// --- core → engine ------------------------------------------------------------------------------

wire::Sent PeerConnection::transfer(router::Link& link,
                                    const router::OutgoingHead& head,
                                    Bytes payload,
                                    bool more) {
    const wire::Sent sent = link_of(link).send(head, payload, more);
    wake();
    return sent;
}

void PeerConnection::abort(router::Link& link) {
    link_of(link).abort();
    wake();
}

void PeerConnection::update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) {
    wake();
    link_of(link).update(id, state, settled);
}

bool PeerConnection::reads_slowly(const router::Link&) const {
    return engine().is_crowded();
}

void PeerConnection::grant(router::Link& link, std::uint32_t credit, bool drain) {
    if (link_of(link).passes()) [[unlikely]] {
        return;  // its credit is another's to give
    }
    link_of(link).grant(credit, drain);
    wake();
}

void PeerConnection::drain(router::Link& link) {
    if (!link_of(link).passes()) [[likely]] {
        link_of(link).drain_told();
    }
    wake();
}

void PeerConnection::drained(router::Link& link) {
    if (!link_of(link).passes()) [[likely]] {
        link_of(link).drained();
    }
    wake();
}

void PeerConnection::hold(router::Link& link, std::ptrdiff_t bytes) {
    link_of(link).session().hold(bytes);
    wake();
}

void PeerConnection::spend(router::Link& link, std::size_t steps) {
    link_of(link).session().engine().spend(steps);
}

}  // namespace weft::node
