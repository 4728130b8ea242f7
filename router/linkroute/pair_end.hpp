#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"
#include "router/linkroute/pair_link.hpp"
#include "router/linkroute/unsettled.hpp"
#include "router/linkroute/waiting_words.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::linkroute {

inline constexpr std::string_view kRoutedLinkLost = "qd:routed-link-lost";
inline constexpr std::string_view kLostText = "Connectivity to the peer container was lost";

/// One end of a pair: a link, and what is said over it passed to the other end's and back, with
/// deliveries numbered anew and nothing else changed. README.md has its life as a picture, and the
/// invariants P1–P4.
///
/// Both ends are such, whichever of them has asked; between them stands nothing, or what brings
/// their words to another loop. Threading: loop-confined.
class PairEnd final : public Partner {
public:
    /// Of a pair whose near link was attached before the pair is made.
    struct Late {
        /// Of a link over which the end's peer receives: the delivery-count of what comes next.
        /// At the near end the partner's peer counts from another number; at the far end the
        /// partner may say more than its own peer has given credit for, and that waits.
        std::optional<std::uint32_t> count{};
    };
    enum class Life : std::uint8_t {
        asked,      // the peer attached; our answer is the partner's
        offered,    // our attach is sent, the peer's is awaited
        open,       // attached
        answering,  // the peer detached; our answer is the partner's
        departing,  // our detach is sent, the peer's is awaited
        over,       // the link is not ours any more
    };
    /// `survives`: the peer may come back for its terminus after a loss. `late`: the near link was
    /// attached before; then the near end is open and the far one offered (P7).
    PairEnd(PairLink& link, Life life, bool survives, std::optional<Late> late = std::nullopt);
    PairEnd(const PairEnd&) = delete;
    PairEnd& operator=(const PairEnd&) = delete;

    Life life() const { return life_; }
    bool is_over() const { return life_ == Life::over; }
    /// Null: there is none (any more).
    Partner* partner() const { return partner_; }
    /// From now on what its peer says goes there. It outlives this, or has said `lost` before.
    void join(Partner& partner) { partner_ = &partner; }
    /// Deliveries that are not settled.
    std::size_t unsettled() const { return unsettled_.count(); }
    std::uint64_t deliveries() const { return deliveries_; }
    /// What waits for room, or for credit.
    const WaitingWords& waiting() const { return waiting_; }
    /// Others wait for that to go out: the link hears if it is dropped instead.
    void mark_waiting() { waiting_.mark(); }

    // What the link's peer says.
    void on_attach(const amqp::Attach& attach);
    /// `context` is kept by the engine for the delivery.
    void on_transfer(const amqp::Transfer& transfer,
                     bool first,
                     Bytes payload,
                     amqp::Context& context);
    void on_flow(const amqp::Flow& flow);
    void on_update(const amqp::DeliveryUpdate& update, amqp::Context context);
    void on_detach(bool closed, const amqp::ErrorView* error);
    /// There may be room. False: something waits still.
    bool on_room();
    /// The link is gone with its session or connection; or `alone`, as its name was attached again
    /// and the engine has told its peer so.
    void on_lost(bool alone = false);
    /// This router ends the pair, and both peers hear why: the link is refused, or withdrawn, or
    /// detached; what outlasts it stays. Not once it is detached.
    void give_up(const amqp::ErrorView& error);
    /// As `transferred`, of a partner that counts `charged` bytes for it already: it hears
    /// `passed_on` of these, now or later.
    void deliver(const amqp::Transfer& transfer, Bytes payload, std::size_t charged);
    /// Who stood between this and its partner has passed on what it held, and so much of that is
    /// held at the partner now, until `passed_on`.
    void held_on(std::size_t bytes);

    // Partner
    void attached(const amqp::Attach& attach) override;
    std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) override;
    bool flowed(const amqp::Flow& flow) override;
    bool updated(const amqp::DeliveryUpdate& update) override;
    void passed_on(std::size_t bytes) override;
    void detached(bool closed, const amqp::ErrorView* error) override;
    void lost(bool closed) override;

private:
    /// Of what our peer sends now: whether it may be a message.
    enum class Coming : std::uint8_t {
        empty,   // so far
        good,    // it has bytes, or needs none
        refused  // it is none: what still comes of it is for nobody
    };

    /// How the two peers of a link that is sent over count the same deliveries.
    struct Count {
        std::uint32_t own = 0;
        std::optional<std::uint32_t> theirs{};  // at the same delivery; none: not known yet
    };
    /// Serial numbers of deliveries: that of the next one, and of the first without credit.
    struct Gate {
        std::uint32_t count = 0;
        std::uint32_t limit = 0;
    };

    void become(Life life) { life_ = life; }
    bool lacks_credit(DeliveryNumber delivery) const;
    void open_gate(const amqp::Flow& flow);
    amqp::Flow counted_by_partner(amqp::Flow flow) const;
    void tell_detached(Partner& partner, bool closed, const amqp::ErrorView* error);
    bool waits() const { return waiting_.any(); }
    bool say(Word& word);
    bool send(amqp::Transfer& transfer, Bytes& payload, DeliveryNumber delivery);
    void begin(const amqp::Transfer& transfer, amqp::Context& context);
    void refuse(std::string_view condition, std::string_view text);
    void tell(const amqp::Transfer& transfer, Bytes payload);
    [[nodiscard]] bool update_own(const amqp::DeliveryUpdate& update);
    void answer_detach(bool closed, const amqp::ErrorView* error);
    void detach_own(bool closed, const amqp::ErrorView* error);
    bool pass(amqp::Transfer& transfer, Bytes& payload);
    void overflow();
    void drop_waiting();
    void part();
    void end();

    PairLink& link_;
    Partner* partner_ = nullptr;
    WaitingWords waiting_;
    Unsettled unsettled_;
    std::size_t held_ = 0;  // bytes of our peer's that wait at the partner
    std::uint64_t deliveries_ = 0;
    DeliveryNumber number_ = 0;  // of the delivery that began last
    Coming coming_ = Coming::good;
    Life life_;
    bool survives_;
    bool closed_ = false;  // answering: so did the peer detach it
    const bool late_;      // as Late
    std::optional<Count> count_;
    std::optional<Gate> gate_;
};

}  // namespace weft::linkroute
