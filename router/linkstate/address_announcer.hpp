#pragma once

#include "common/base/time.hpp"
#include "router/linkstate/adverts.hpp"
#include "router/linkstate/courier.hpp"
#include "router/linkstate/ground.hpp"
#include "router/linkstate/local_addresses.hpp"
#include "router/linkstate/messages.hpp"
#include "router/linkstate/reachability.hpp"

#include <map>

namespace weft::linkstate {

/// Tells all routers which addresses have consumers here (MAU), at most ten times a second.
///
/// An original complains of the addresses of a router that it does not know, and gets to know one
/// with its next tick: when one appears, the addresses wait a moment, but never for long.
///
/// Threading: loop-confined.
class AddressAnnouncer {
public:
    static constexpr Duration kGap = std::chrono::milliseconds(100);
    /// What an original needs to get to know us.
    static constexpr Duration kShy = std::chrono::milliseconds(1500);
    /// Between two answers to one router: so long, and a second more for each kAnswerRate bytes.
    /// Over one link all answers together have that rate, too.
    static constexpr Duration kAnswerGap = std::chrono::milliseconds(50);
    static constexpr std::size_t kAnswerRate = std::size_t{32} * 1024 * 1024;

    /// All must outlive it.
    AddressAnnouncer(Ground& ground,
                     LocalAddresses& addresses,
                     const Reachability& reachability,
                     Courier& courier,
                     Adverts& adverts)
        : ground_{ground},
          addresses_{addresses},
          reachability_{reachability},
          courier_{courier},
          adverts_{adverts} {}

    /// The first call of all: time begins.
    void start(Instant now) { due_ = now; }

    void announce_if_due(Instant now);
    Instant deadline() const { return may_announce() ? due_ : kNever; }
    /// Answers a request that came over `from`, if the asker lacks something, and has not had an
    /// answer just now: anybody may ask in its name, and the answer may be long. At once if it is
    /// short; if not, `work` goes on with it.
    void answer(RouterIndex asker,
                const MobileRequest& request,
                const Adjacency& from,
                Instant now);
    /// Somebody waits for his answer.
    bool has_work() const { return !waiting_.empty(); }
    /// Writes a slice of the answer, or sends it to one who waits for it.
    void work(Instant now);

private:
    /// While all addresses are being written there are no differences.
    bool may_announce() const { return addresses_.pending() && !addresses_.is_writing(); }
    PeerLink way_to(const RouterRecord& router, PeerLink from) const;
    void send_all(RouterIndex asker, PeerLink from, Instant now);
    bool is_shy(Instant now);
    bool is_with_strangers(Instant now) const;
    void report_left_out();

    Ground& ground_;
    LocalAddresses& addresses_;
    const Reachability& reachability_;
    Courier& courier_;
    Adverts& adverts_;
    Instant due_{};
    Instant shy_until_ = kNever;  // at the latest; kNever: the addresses do not wait
    bool left_out_reported_ = false;
    std::map<PeerLink, Instant> answered_;       // until when nobody is answered over a link
    std::map<RouterIndex, PeerLink> waiting_{};  // who asked, and over which link that came
};

}  // namespace weft::linkstate
