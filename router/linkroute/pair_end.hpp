#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

namespace weft::linkroute {

inline constexpr std::string_view kRoutedLinkLost = "qd:routed-link-lost";
inline constexpr std::string_view kLostText = "Connectivity to the peer container was lost";

/// The number of a delivery, the same at both ends of its pair.
using DeliveryNumber = std::uint32_t;

/// What became of a delivery, as it is counted.
enum class Fate : std::uint8_t { presettled, accepted, rejected, released, modified };
inline constexpr std::size_t kFates = 5;

/// What one end of a pair says to the other, each way in order. Nothing is said after `lost`, and
/// nothing but that after `detached`.
class Partner {
public:
    /// A link is asked for like this, or the answer to that.
    virtual void attached(const amqp::Attach& attach) = 0;
    /// A frame of a delivery, whose number stands for its id. Returns how much memory it takes
    /// until `passed_on` says so; 0: it was passed on.
    virtual std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) = 0;
    virtual void flowed(const amqp::Flow& flow) = 0;
    /// The number of the delivery stands for its id.
    virtual void updated(const amqp::DeliveryUpdate& update) = 0;
    virtual void passed_on(std::size_t bytes) = 0;
    virtual void detached(bool closed, const amqp::ErrorView* error) = 0;
    /// The other end is gone, and so is who spoke; the link is detached for that, `closed` or not.
    virtual void lost(bool closed) = 0;

protected:
    ~Partner() = default;
};

/// The engine's link at an end, which passes (amqp::Passage).
class PairLink {
public:
    /// False: it was refused, and is gone.
    [[nodiscard]] virtual bool accept(const amqp::Attach& attach) = 0;
    virtual void refuse(const amqp::ErrorView& error) = 0;
    virtual void detach(bool closed, const amqp::ErrorView* error) = 0;
    /// As amqp::Passage::transfer; `id` gets the delivery's id.
    [[nodiscard]] virtual bool transfer(amqp::Transfer& transfer,
                                        Bytes& payload,
                                        DeliveryNumber context,
                                        amqp::DeliveryId& id) = 0;
    [[nodiscard]] virtual bool flow(const amqp::Flow& flow) = 0;
    /// False: what settles nothing must wait for room.
    [[nodiscard]] virtual bool update(const amqp::DeliveryUpdate& update) = 0;
    /// As amqp::Session::hold.
    virtual void hold(std::ptrdiff_t bytes) = 0;
    /// It waits for room: PairEnd::on_room is to be called once there may be some.
    virtual void await_room() = 0;
    /// So many bytes are to be kept, for what waits or is not settled. False: nothing more may.
    [[nodiscard]] virtual bool keep(std::size_t bytes) = 0;
    /// They are kept no more.
    virtual void give_back(std::size_t bytes) = 0;
    /// What becomes of a delivery: once of each, or never.
    virtual void count(Fate fate) = 0;
    /// The end is over: it calls and is called no more, and may be destroyed later.
    virtual void over() = 0;

protected:
    ~PairLink() = default;
};

/// One end of a pair: a link, and what is said over it passed to the other end's and back, with
/// deliveries numbered anew and nothing else changed. README.md has its life as a picture, and the
/// invariants P1–P4.
///
/// Both ends are such, whichever of them has asked; between them stands nothing, or what brings
/// their words to another loop. Threading: loop-confined.
class PairEnd final : public Partner {
public:
    enum class Life : std::uint8_t {
        asked,      // the peer attached; our answer is the partner's
        offered,    // our attach is sent, the peer's is awaited
        open,       // attached
        answering,  // the peer detached; our answer is the partner's
        departing,  // our detach is sent, the peer's is awaited
        over,       // the link is not ours any more
    };
    /// Words but transfers that wait for room; with more of them the link is detached.
    static constexpr std::size_t kWordsWaitingMax = 10'000;
    /// What a delivery that is not settled takes, at both ends together, and how many are paid for
    /// at once.
    static constexpr std::size_t kUnsettledBytes = 256;
    static constexpr std::size_t kPaidAtOnce = 8;

    /// `survives`: the peer may come back for its terminus after a loss.
    PairEnd(PairLink& link, Life life, bool survives)
        : link_{link}, life_{life}, survives_{survives} {}
    PairEnd(const PairEnd&) = delete;
    PairEnd& operator=(const PairEnd&) = delete;

    Life life() const { return life_; }
    bool is_over() const { return life_ == Life::over; }
    /// Null: there is none (any more).
    Partner* partner() const { return partner_; }
    /// From now on what its peer says goes there. It outlives this, or has said `lost` before.
    void join(Partner& partner) { partner_ = &partner; }
    /// Deliveries that are not settled.
    std::size_t unsettled() const { return ids_.size(); }
    std::uint64_t deliveries() const { return deliveries_; }
    /// Frames that wait for room.
    std::size_t waiting_frames() const {
        return waiting_ ? waiting_->words.size() - waiting_->small : 0;
    }
    /// Bytes that wait for room.
    std::size_t waiting_bytes() const { return waiting_ ? waiting_->bytes : 0; }
    /// Something waits for room.
    bool waits() const { return waiting_ != nullptr; }

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
    void on_room();
    /// The link is gone with its session or connection.
    void on_lost();
    /// The link is refused, or withdrawn, by this router. Only while it is asked or offered.
    void give_up(const amqp::ErrorView& error);
    /// As `transferred`, of a partner that counts `charged` bytes for it already: it hears
    /// `passed_on` of these, now or later.
    void deliver(const amqp::Transfer& transfer, Bytes payload, std::size_t charged);

    // Partner
    void attached(const amqp::Attach& attach) override;
    std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) override;
    void flowed(const amqp::Flow& flow) override;
    void updated(const amqp::DeliveryUpdate& update) override;
    void passed_on(std::size_t bytes) override;
    void detached(bool closed, const amqp::ErrorView* error) override;
    void lost(bool closed) override;

private:
    /// A word of the partner's that waits for room.
    struct Word {
        enum class Kind : std::uint8_t { transfer, flow, update, detach };
        Kind kind = Kind::transfer;
        bool closed = false;          // detach
        DeliveryNumber delivery = 0;  // transfer
        std::size_t charged = 0;      // bytes that the partner holds for it
        amqp::Transfer transfer{};
        amqp::Flow flow{};
        amqp::DeliveryUpdate update{};
        std::optional<amqp::ErrorView> error{};
        Bytes payload{};
        Buffer storage;  // of all views
    };
    /// A delivery that is not settled.
    struct Unsettled {
        amqp::DeliveryId id = 0;
        bool is_decided = false;  // and counted
    };
    using Deliveries = boost::unordered_flat_map<DeliveryNumber, Unsettled>;
    /// Of what our peer sends now: whether it may be a message.
    enum class Coming : std::uint8_t {
        empty,   // so far
        good,    // it has bytes, or needs none
        refused  // it is none: what still comes of it is for nobody
    };
    struct Waiting {
        std::deque<Word> words;
        std::size_t bytes = 0;  // of payload, states and properties
        std::size_t small = 0;  // words but transfers
    };

    void become(Life life) { life_ = life; }
    /// What it takes while it waits.
    static std::size_t memory_of(const Word& word) { return sizeof(Word) + word.storage.size(); }
    bool say(Word& word);
    bool send(amqp::Transfer& transfer, Bytes& payload, DeliveryNumber delivery);
    void begin(const amqp::Transfer& transfer, amqp::Context& context);
    [[nodiscard]] bool pays();
    void pay_less();
    void forget_deliveries();
    void refuse(std::string_view condition, std::string_view text);
    void tell(const amqp::Transfer& transfer, Bytes payload);
    void note(Deliveries::iterator delivery, const amqp::DeliveryUpdate& update);
    [[nodiscard]] bool update_own(const amqp::DeliveryUpdate& update);
    void answer_detach(bool closed, const amqp::ErrorView* error);
    void detach_own(bool closed, const amqp::ErrorView* error);
    Word& wait(Word::Kind kind);
    [[nodiscard]] bool has_kept(const Word& word);
    void drop_waiting();
    bool pass(amqp::Transfer& transfer, Bytes& payload);
    Word* keep_transfer(const amqp::Transfer& left, DeliveryNumber delivery, Bytes payload);
    void overflow();
    void end();

    PairLink& link_;
    Partner* partner_ = nullptr;
    std::unique_ptr<Waiting> waiting_;  // null: nothing waits
    Deliveries ids_;                    // unsettled
    std::size_t held_ = 0;              // bytes of our peer's that wait at the partner
    std::uint64_t deliveries_ = 0;
    DeliveryNumber number_ = 0;  // of the delivery that began last
    std::size_t paid_ = 0;       // deliveries of our peer's, for which it is kept
    Coming coming_ = Coming::good;
    Life life_;
    bool survives_;
    bool closed_ = false;  // answering: so did the peer detach it
};

}  // namespace weft::linkroute
