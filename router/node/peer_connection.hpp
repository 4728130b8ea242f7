#pragma once

#include "common/endpoint/connection.hpp"
#include "router/core/core.hpp"
#include "router/node/peer_profile.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace weft::node {

class ClientConnection;
class PeerConnection;
class MemoryShares;
class Policing;
class PolicyDesk;
class RoutedEnd;
class RoutedLinks;
class RoutedList;
struct RoutedPast;
class Tenancy;

inline constexpr std::string_view kTooManyAttaches =
    "too many attaches of this connection wait for an answer: other loops of the router are busy";

/// Who wants to know of the connections of a loop.
class PeerObserver {
public:
    virtual ~PeerObserver() = default;
    virtual void on_made(PeerConnection& connection) = 0;
    virtual void on_gone(PeerConnection& connection) = 0;
    /// Whether all loops know of the consumers attached so far. If not, ClientConnection::answer is
    /// called for `link` once they do, soon in any case.
    virtual bool others_know(ClientConnection& connection, const router::Link& link) = 0;
    /// A peer attached, and waits for the answer: true if the link is passed on whole, or refused
    /// for that, or it is being asked whether it is (attach_plain is called if not).
    virtual bool routes(PeerConnection&, amqp::Link&, const amqp::Attach&) { return false; }
    /// Of the ends of pairs on the loop.
    virtual RoutedList& routed_list() = 0;
    /// What attaches that are not answered yet take.
    virtual MemoryShares& attaches() = 0;
    /// A delivery in that state is on a link of the core's whose messages brokers keep, and so, for
    /// `why`, no part of its transaction: that can only be rolled back. False: the router
    /// coordinates none for the session.
    virtual bool refuses_part(const amqp::Session&, Bytes /*state*/, const std::string& /*why*/) {
        return false;
    }
    /// Consumers of the session that are kept_by_brokers get nothing more from the core, until
    /// PeerConnection::renew_credit is called.
    virtual bool holds_credit(const amqp::Session&) { return false; }
    /// Where who is let in is asked; null: everybody is.
    virtual PolicyDesk* policy_desk() { return nullptr; }
    /// The link is gone, and so are all of the session: it may have been asked of them.
    virtual void forget(const amqp::Link&) {}
    virtual void forget(const amqp::Session&) {}
};

/// A connection whose links are the core's: of a client, or of another router.
///
/// What the core wishes of a link becomes a call of the engine here; updates, drains and room go to
/// the core. What attaches, transfers and credit mean is the derived class's.
/// Threading: loop-confined.
class PeerConnection : public endpoint::Connection, protected router::Port {
public:
    /// What the core knows the connection as.
    const router::Connection& in_core() const { return in_core_; }
    const PeerProfile& profile() const {
        return static_cast<const PeerProfile&>(endpoint::Connection::profile());
    }

    ~PeerConnection() override;

    /// Messages go over it; of several uplinks over one alone.
    virtual bool is_active() const { return true; }
    /// Of links that are passed on whole.
    RoutedLinks& routed_links();
    /// A session of our own. Null: the peer takes none.
    amqp::Session* begin_session();
    /// PeerObserver::routes was asked, and such a link is not passed on.
    virtual void attach_plain(amqp::Link& link, const amqp::Attach& attach);
    void refuse_link(amqp::Link& link, const Error& why);
    /// For whoever asks later why the peer did not get `subject`.
    void note_refused(std::string_view what,
                      std::string_view subject,
                      std::string_view why,
                      std::string_view remedy) const;
    /// The core's link behind one of a client's that does not pass, if brokers keep the messages of
    /// its address; else null.
    const router::Link* kept_by_brokers(const amqp::Link& link) const;
    /// The core gives such a link nothing, if it is a consumer's, while PeerObserver::holds_credit;
    /// otherwise what it has credit for.
    void renew_credit(amqp::Link& link);
    /// Such a link passes since now: it is the core's no more, but for the deliveries of before.
    std::optional<RoutedPast> leave_core(amqp::Link& link);
    /// The rules that hold for it; null: there are none.
    const Policing* policing() const { return policing_.get(); }
    /// The tenant that it belongs to; null: to none.
    Tenancy* tenancy() const { return tenancy_.get(); }
    /// The rules for connections have changed: it has those of now, or is closed.
    virtual void reconsider() {}
    /// Of its links that were attached before that, `left` at most are judged, and of these what is
    /// not let in now ends; `left` is what is over. True: all are judged.
    [[nodiscard]] virtual bool judge(std::size_t& /*left*/) { return true; }
    /// Ends it: nothing is heard of its end but that, so that it is forgotten now.
    void end_session(amqp::Session& session, const std::optional<amqp::ErrorView>& error);
    /// The link counts no more among those that the rules limit: it is over for us.
    void uncount(const amqp::Link& link);
    /// The same of a session, and of its links.
    void uncount(amqp::Session& session);

    /// The engine's link behind a link of the core's.
    static amqp::Link& link_of(const router::Link& link) {
        return *reinterpret_cast<amqp::Link*>(link.port_link);
    }

protected:
    PeerConnection(router::Core& core,
                   io::Transport& transport,
                   std::shared_ptr<const PeerProfile> profile,
                   PeerObserver& observer,
                   router::Traits traits);

    /// At the end of the derived class's constructor. Does not throw.
    void begin();
    router::Core& core() { return core_; }
    /// in_core(), to be changed or acted on.
    router::Connection& core_connection() { return in_core_; }
    PeerObserver& observer() { return observer_; }
    /// The core knows from now on who the peer is: before its first attach.
    void identify() { in_core_.identity = identity(); }
    /// When the present turn of the loop began.
    Instant now() const { return loop_.now(); }
    /// The core's link behind one of the engine's; null: it is not the core's.
    static router::Link* core_link(const amqp::Link& link) {
        return reinterpret_cast<router::Link*>(link.user);
    }
    Policing* policing() { return policing_.get(); }
    /// From now on its addresses are the tenant's.
    void belong(std::unique_ptr<Tenancy> tenancy);
    /// From now on these rules hold.
    void police(std::unique_ptr<Policing> policing);
    /// core_link() of `link` from now on. The way back is the core's `port_link`, which it is given
    /// with the attach.
    static void tie(amqp::Link& link, router::Link& ours) {
        link.user = reinterpret_cast<std::uintptr_t>(&ours);
    }

    /// True: the link is passed on whole, and was seen to.
    static bool take_routed(amqp::Link& link, const amqp::Attach& attach);
    bool take_routed(amqp::Link& link, bool closed, const amqp::ErrorView* error);
    /// A link that passes is detached, and both ends hear why.
    void end_routed(amqp::Link& link, const amqp::ErrorView& error);
    /// Its links are all of the router's making: it ends with the last of them.
    bool is_for_routed(amqp::Session& session) const;
    /// Why a delivery of the core's link `ours` in that state, whatever it is, is no part of a
    /// transaction that a broker has; PeerObserver::refuses_part was called. Where the router
    /// coordinates none, a client has none of which such a link could be:
    /// amqp:transaction:unknown-id.
    std::optional<Error> refuses_part(const amqp::Link& link,
                                      const router::Link& ours,
                                      Bytes state) const;
    /// There is room on a session.
    void tell_room(amqp::Session& session);
    /// The connection is over for the links that are passed on.
    void lose_routed();
    void log_refused(const amqp::Link& link, const Error& why);

    // endpoint::Connection
    void on_gone(std::string_view why) override;
    void before_write() final;

    // amqp::Handler
    void on_update(amqp::Link& link,
                   const amqp::DeliveryUpdate& update,
                   amqp::Context context) final;
    void on_drained(amqp::Link& link) final;
    void on_passed(amqp::Link& link,
                   const amqp::Transfer& transfer,
                   bool first,
                   Bytes payload,
                   amqp::Context& context) final;
    void on_passed(amqp::Link& link, const amqp::Flow& flow) final;
    void on_writable() override;
    bool on_over(amqp::Session& session) override;

private:
    const router::Storage* storage_of(const router::Link& ours) const;
    router::Link* past_of(const amqp::Link& link) const;
    router::Link* past_of(const amqp::Link& link, amqp::DeliveryId delivery) const;
    void update_in_transaction(amqp::Link& link,
                               router::Link& ours,
                               const amqp::DeliveryUpdate& update,
                               amqp::Context context);

    // Port
    wire::Sent transfer(router::Link& link,
                        const router::OutgoingHead& head,
                        Bytes payload,
                        bool more) final;
    void abort(router::Link& link) final;
    void update(router::Link& link, wire::DeliveryId id, Bytes state, bool settled) final;
    bool reads_slowly(const router::Link& link) const final;
    void grant(router::Link& link, std::uint32_t credit, bool drain) final;
    void drain(router::Link& link) final;
    void drained(router::Link& link) final;
    void hold(router::Link& link, std::ptrdiff_t bytes) final;
    void spend(router::Link& link, std::size_t steps) final;

    router::Core& core_;
    PeerObserver& observer_;
    const io::Loop& loop_;
    router::Connection& in_core_;
    std::unique_ptr<RoutedLinks> routed_links_;  // null: there was none
    std::unique_ptr<Policing> policing_;         // null: nothing limits it
    std::unique_ptr<Tenancy> tenancy_;           // null: it is no tenant's
};

}  // namespace weft::node
