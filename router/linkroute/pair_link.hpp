#pragma once

#include "common/amqp/delivery.hpp"
#include "common/amqp/performatives.hpp"
#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace weft::linkroute {

/// The number of a delivery, the same at both ends of its pair.
using DeliveryNumber = std::uint32_t;

/// What became of a delivery, as it is counted.
enum class Fate : std::uint8_t { presettled, accepted, rejected, released, modified };
inline constexpr std::size_t kFates = 5;

/// What one end of a pair says to the other, each way in order. Nothing is said after `parted`,
/// nothing but that after `lost`, and nothing but those after `detached`.
class Partner {
public:
    /// A link is asked for like this, or the answer to that.
    virtual void attached(const amqp::Attach& attach) = 0;
    /// A frame of a delivery, whose number stands for its id. Returns how much memory it takes
    /// until `passed_on` says so; 0: it was passed on.
    virtual std::size_t transferred(const amqp::Transfer& transfer, Bytes payload) = 0;
    /// False: it is not told, as too much is on the way to it already.
    [[nodiscard]] virtual bool flowed(const amqp::Flow& flow) = 0;
    /// The number of the delivery stands for its id. False: as above.
    [[nodiscard]] virtual bool updated(const amqp::DeliveryUpdate& update) = 0;
    virtual void passed_on(std::size_t bytes) = 0;
    virtual void detached(bool closed, const amqp::ErrorView* error) = 0;
    /// The other end is gone, and so is who spoke; the link is detached for that, `closed` or not.
    virtual void lost(bool closed) = 0;
    /// Neither end has more to say: whoever stands between them and holds words of who spoke passes
    /// the last one, as the other end may wait for it, and forgets that end, which may go.
    virtual void parted() {}

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
    /// It will be, once there is room, and what its peer says from now on is for nobody.
    virtual void departs() {}
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
    /// Of one that was attached before its pair is made: the partner's peer has answered.
    virtual void joined() {}
    /// Its peer gave credit for which some waited: PairEnd::on_room is to be called.
    virtual void credited() {}
    /// Of what waited for room, and others have waited for (PairEnd::mark_waiting), some is
    /// dropped.
    virtual void dropped() {}
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

}  // namespace weft::linkroute
