#pragma once

#include "common/base/router_index.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::router {

struct Address;

/// What consumers at other routers want of the containers here, for one address. Each router says
/// how many of the messages that came into the mesh here its consumers got, and up to which number
/// they want more. Nobody knows to which of them a message goes, so what is left is a sum: all that
/// they want, less what has left here and is under way to them.
///
///   drain of a router:  no ──it drains──▶ waits ──the containers have no more──▶ rested
///                       ▲                                                           │
///                       └──────what was under way then was taken: it is answered────┘
///
/// What leaves and is never taken, since it came back or was lost, counts as under way for
/// kUnderWayTicks at most. Threading: not shared.
class FarDemand {
public:
    /// What left so many ticks ago is under way no more, whatever became of it.
    static constexpr std::size_t kUnderWayTicks = 3;
    /// A router wants so many messages at most.
    static constexpr std::uint64_t kWantedMax = std::uint64_t{1} << 32U;

    struct Word {
        std::uint64_t limit = 0;
        std::uint64_t taken = 0;
        std::uint32_t drain = 0;  // the number of one that waits for its answer; 0: none does
    };
    /// The answer to a router's drain.
    struct Rest {
        RouterIndex router = kNoRouter;
        std::uint32_t drain = 0;
    };

    /// A router's last word. True: it drains, and did not before.
    bool tell(RouterIndex router, const Word& word);
    /// It has no consumers any more, or is gone.
    void forget(RouterIndex router);

    /// A message leaves for other routers.
    void sent();
    /// One that was to leave has not, and stays or goes another way.
    void returned() { arrive(1); }
    /// Messages that may still leave.
    std::uint64_t credit() const { return wanted_ > under_way_ ? wanted_ - under_way_ : 0; }
    /// All routers with consumers say what these want; else that is not known.
    bool is_exact() const { return exact_; }
    void set_exact(bool exact) { exact_ = exact; }

    /// Some router drains, and the containers are still to say whether they have more.
    bool waits() const { return waiting_ > 0; }
    /// They have no more: who drains is about to want nothing.
    void rest();
    /// The drains that may be answered now; each once.
    std::vector<Rest> take_answers();

    /// Each second.
    void tick();

private:
    enum class Drain : std::uint8_t { no, waits, rested };

    struct Party {
        Word word{};
        std::uint64_t wanted = 0;    // of `limit`, what is left
        std::uint64_t owed = 0;      // rested: so many are to be taken first
        std::uint32_t answered = 0;  // the last drain that was
        Drain drain = Drain::no;
    };

    bool follow_drain(Party& party, std::uint32_t number);
    void set_drain(Party& party, Drain drain);
    void set_wanted(Party& party, std::uint64_t wanted);
    void arrive(std::uint64_t messages);

    boost::unordered_flat_map<RouterIndex, Party> parties_;
    std::uint64_t wanted_ = 0;                             // by all
    std::uint64_t under_way_ = 0;                          // left here, and not taken yet
    std::array<std::uint64_t, kUnderWayTicks> left_in_{};  // since the last tick, and before
    std::size_t waiting_ = 0;                              // parties, by their drains
    std::size_t rested_ = 0;
    bool exact_ = true;
};

/// Who carries words between routers about that. No call may call back into the core.
class FarDemandObserver {
public:
    virtual ~FarDemandObserver() = default;
    /// The first container of an address came, and may be granted nothing before this returns; or
    /// the last one went.
    virtual void on_containers(Address& address, bool any) = 0;
    /// Some drains of other routers may be answered.
    virtual void on_rest(const Address& address) = 0;
    /// There are other routers that may ask what consumers here want.
    virtual bool has_others() const = 0;
};

}  // namespace weft::router
