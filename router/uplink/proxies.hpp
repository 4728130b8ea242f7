#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/time.hpp"
#include "router/core/link.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::uplink {

/// One of the two links that the uplink may have for an address.
///
///   unwanted ─▶ due ──▶ asked ──▶ attached
///               ▲ after a while     │ refused, or detached by the peer
///               └────── failed ◀────┘
struct ProxyEnd {
    enum class Life : std::uint8_t { unwanted, due, asked, attached, failed };

    Life life = Life::unwanted;
    std::uint8_t failures = 0;  // in a row
    Instant due = kNever;       // failed: when it is tried again
    std::uintptr_t link = 0;    // the port's word for it; asked and attached
};

/// What the uplink has to do with an address: a link that brings what is sent to it elsewhere,
/// while clients here receive from it, and one that takes there what clients here send to it.
struct Proxy {
    std::string key;              // of the address, phase included: "M0orders"
    std::uint32_t producers = 0;  // loops that have some
    bool received = false;        // clients here receive from it
    bool upstream = false;        // the mesh has consumers of it, by what it said last
    bool assumed = false;         // that was of another uplink, and the present one has not said
    std::size_t position = 0;     // among all
    ProxyEnd in;
    ProxyEnd out;

    ProxyEnd& end(router::Direction direction) {
        return direction == router::Direction::in ? in : out;
    }
    bool wants(router::Direction direction) const {
        return direction == router::Direction::in ? received : producers > 0;
    }
};

/// Who attaches: the active uplink. Called from within the calls of Proxies, and must not call back
/// before it returned.
class ProxyPort {
public:
    virtual ~ProxyPort() = default;
    /// Attaches a link for the address; `in` brings messages from the mesh. Returns what `detach`
    /// and `lead` find it by; 0: the uplink takes no link now. The answer comes as `attached` or
    /// `failed`.
    virtual std::uintptr_t attach(const Proxy& proxy, router::Direction direction) = 0;
    /// It is not wanted any more; nothing more is to be heard of it.
    virtual void detach(std::uintptr_t link) = 0;
    /// One that goes out: consumers are to be found that way from now on, or no more.
    virtual void lead(std::uintptr_t link, bool upstream) = 0;
};

/// Which addresses of an edge router its uplink has links for: one that brings messages for each
/// that clients here receive from, one that takes messages for each that they send to. The latter
/// is a way to consumers only while the router at the other end says that there are some.
///
/// When another uplink takes over, what the last one said of consumers holds on until the new one
/// has had kAssumed to say so itself: what waits here waits for it, and does not come back.
///
/// Invariants:
///   P1  while there is an uplink, each end that is wanted is due, asked, attached or failed, and
///       no other is
///   P2  a proxy is there as long as one of its ends is wanted
///   P3  `lead` was told of an end that goes out what `upstream` is, once it is not unwanted
///
/// Threading: loop-confined.
class Proxies {
public:
    static constexpr Duration kRetryMin = std::chrono::seconds{2};
    static constexpr Duration kRetryMax = std::chrono::seconds{32};
    /// From the answer to the attach of a sender on.
    static constexpr Duration kAssumed = std::chrono::milliseconds{500};

    /// `port` must outlive it.
    explicit Proxies(ProxyPort& port) : port_{port} {}

    // --- what the core says -----------------------------------------------------------------
    /// Clients here receive from it, or none does any more.
    void set_received(std::string_view key, bool received);
    /// One more loop has clients that send to it, or one fewer.
    void set_produced(std::string_view key, bool produced);

    // --- what the uplink says ---------------------------------------------------------------
    /// There is one, without a link yet: `work` attaches.
    void established();
    /// There is none any more, and its links are gone or about to go.
    void lost();
    void attached(std::string_view key, router::Direction direction, Instant now);
    /// It was refused, or detached by the peer, or could not be attached. Returns after how long
    /// it is tried again.
    Duration failed(std::string_view key, router::Direction direction, Instant now);
    /// The mesh has consumers of it, or none any more.
    void told(std::string_view key, bool upstream);

    /// Attaches what is due, at most `budget` links. True: there is more, for now.
    bool work(Instant now, std::size_t budget);
    /// When `work` has something to do next; kNever: nothing as things are.
    Instant next_due() const;

    /// Null: the uplink has nothing to do with it.
    const Proxy* find(std::string_view key) const;
    std::size_t size() const { return listed_.size(); }

private:
    using Life = ProxyEnd::Life;

    Proxy& obtain(std::string_view key);
    Proxy* known(std::string_view key) const;
    void review(Proxy& proxy, router::Direction direction);
    void attach(Proxy& proxy, router::Direction direction, Instant now);
    void put_off(Proxy& proxy, router::Direction direction, Instant now);
    void end(Proxy& proxy, router::Direction direction);
    void lead(Proxy& proxy, bool upstream);
    void forget_if_unwanted(Proxy& proxy);

    ProxyPort& port_;
    boost::unordered_flat_map<std::string_view, std::unique_ptr<Proxy>, TextHash, std::equal_to<>>
        by_key_;
    std::vector<Proxy*> listed_;
    bool established_ = false;
    std::size_t unswept_ = 0;  // the first so many have not been seen to since the uplink came
    std::deque<std::string> due_;
    std::set<std::tuple<Instant, std::string, router::Direction>> failed_;
    std::deque<std::pair<Instant, std::string>> assumed_;  // until then
};

}  // namespace weft::uplink
