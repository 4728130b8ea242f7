#pragma once

#include "common/base/keyed_hash.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::node {

/// The containers of other routers, as this one's core sees them: for each address of which a
/// router asked what consumers here want, a link that brings messages on demand. What the core
/// grants there is what that router is told. The messages themselves come as all others do.
///
/// A router is told what it may send up to, absolutely: when it has half of it left or less, is
/// drained, or loses some.
/// Threading: loop-confined (home's).
class FarContainers final : private router::Port {
public:
    /// Of an address that was not asked for again for so long nothing is told any more.
    static constexpr Duration kForgottenAfter = std::chrono::seconds{35};
    /// Addresses of which routers may ask.
    struct Limits {
        std::size_t of_one = 20'000;
        std::size_t of_all = 50'000;
    };

    /// `told`: something is to be told to that router, soon. The core must outlive it.
    FarContainers(router::Core& core, std::function<void(RouterIndex)> told, const Limits& limits);
    ~FarContainers() override;
    FarContainers(const FarContainers&) = delete;
    FarContainers& operator=(const FarContainers&) = delete;

    /// A router asks for what consumers of `key` want, or has no container for it any more. False:
    /// it asks for too many.
    bool ask(RouterIndex router, std::string_view key, bool wanted, Instant now);
    /// The drain of that number is answered.
    void rest(RouterIndex router, std::string_view key, std::uint32_t drain, Instant now);
    /// It is gone, or can't be reached.
    void forget(RouterIndex router);
    /// A slice of what was not asked for again.
    void forget_old(Instant now);

    /// What is to be told now of one address.
    struct Word {
        std::string key;
        std::uint64_t limit = 0;
        std::uint64_t taken = 0;
        std::uint32_t drain = 0;
    };
    bool has_words(RouterIndex router) const;
    Word take_word(RouterIndex router);

private:
    static constexpr std::size_t kForgottenAtOnce = 500;

    struct Wanted;
    using ByAge = std::list<Wanted>;  // those that were asked for last come last

    struct Asker {
        RouterIndex router = kNoRouter;
        /// The last number of a drain. Begins with the time: none is given out twice.
        std::uint32_t drains = 0;
        boost::unordered_flat_map<std::string_view, ByAge::iterator, TextHash> by_key;
        std::vector<Wanted*> due;  // to be told
    };
    struct Wanted {
        Asker& asker;
        std::string key;
        router::Link* link = nullptr;
        std::uint32_t credit = 0;  // that the core grants now
        std::uint64_t limit = 0;   // of messages
        std::uint64_t told_limit = 0;
        std::uint64_t told_taken = 0;
        std::uint32_t drain = 0;  // the number of the last one
        bool draining = false;
        bool due = false;
        Instant asked{};

        std::uint64_t taken() const { return link->counters.deliveries; }
    };

    // Port: no message goes over these links
    void grant(router::Link& link, std::uint32_t credit, bool drain) override;
    void spend(router::Link& link, std::size_t steps) override;
    wire::Sent transfer(router::Link&, const router::OutgoingHead&, Bytes, bool) override {
        return {};
    }
    void abort(router::Link&) override {}
    void update(router::Link&, wire::DeliveryId, Bytes, bool) override {}
    void drain(router::Link&) override {}
    void drained(router::Link&) override {}
    void hold(router::Link&, std::ptrdiff_t) override {}

    Wanted* find(RouterIndex router, std::string_view key);
    Asker& asker_of(RouterIndex router, Instant now);
    void begin(Asker& asker, std::string_view key, Instant now);
    static bool must_hear(const Wanted& wanted);
    void tell(Wanted& wanted);
    void drop(ByAge::iterator at, Instant now);

    router::Core& core_;
    std::function<void(RouterIndex)> told_;
    Limits limits_;
    router::Connection& connection_;  // with a session for each router
    std::map<RouterIndex, Asker> askers_;
    ByAge by_age_;
};

}  // namespace weft::node
