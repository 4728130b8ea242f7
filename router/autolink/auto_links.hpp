#pragma once

#include "common/base/result.hpp"
#include "router/autolink/auto_link.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weft::autolink {

/// Who attaches: the connections to containers. Called from within `work` and `remove` only, and
/// must not call back before it returned.
class AutoLinkPort {
public:
    virtual ~AutoLinkPort() = default;
    /// Attaches over the end's connection, which is open. Returns what `detach` finds it by; 0: the
    /// connection takes no link now. The answer comes as `attached` or `failed`.
    virtual std::uintptr_t attach(const AutoLink& link, const AutoLinkEnd& end) = 0;
    /// It is not wanted any more; nothing more is to be heard of it.
    virtual void detach(const AutoLinkEnd& end) = 0;
};

/// The auto-links of a router: attached while a container that they name is connected, over each of
/// its connections.
/// README.md has their life as a picture, and the invariants L1–L3.
/// Threading: loop-confined.
class AutoLinks {
public:
    static constexpr Duration kRetryMin = std::chrono::seconds{2};
    static constexpr Duration kRetryMax = std::chrono::seconds{32};
    /// Connections of one container, the oldest, over which an auto-link is attached: anybody may
    /// open with its id. Far more than a container has.
    static constexpr std::size_t kEndsMax = 1000;
    /// Ends of all auto-links that name one container, or one name of connections: where these are
    /// very many, each has its part of that, but one at least.
    static constexpr std::size_t kEndsTogetherMax = 200'000;

    using Links = std::vector<std::unique_ptr<AutoLink>>;  // by id

    /// `port` must outlive it.
    explicit AutoLinks(AutoLinkPort& port) : port_{port} {}

    /// Errors: amqp:precondition-failed (the name is another's).
    [[nodiscard]] Result<const AutoLink*> add(AutoLinkConfig config, Instant now);
    /// False: there is none.
    bool remove(std::uint64_t id);
    const Links& all() const { return links_; }
    /// Null if there is none.
    const AutoLink* find(std::uint64_t id) const;

    /// A connection to a container is open: the id the container opened with, and the name of the
    /// listener or connector. O(auto-links that name it).
    void opened(std::uint64_t connection,
                std::string_view container,
                std::string_view name,
                Instant now);
    /// It is over, and its links with it. Means nothing if it was never opened.
    void gone(std::uint64_t connection);

    /// The container accepted the auto-link `id` over that connection; `link` is the core's id.
    void attached(std::uint64_t id, std::uint64_t connection, std::uint64_t link, Instant now);
    /// What becomes of one that failed.
    struct Setback {
        Duration again{};       // it is tried after so long
        bool is_first = false;  // of those in a row over that connection: somebody is to hear of it
    };
    /// It was refused, or detached by the peer.
    Setback failed(std::uint64_t id, std::uint64_t connection, std::string why, Instant now);

    /// Attaches what is due, at most `budget` of them. True: there is more.
    bool work(Instant now, std::size_t budget);
    /// When `work` has something to do next; kNever: nothing as things are.
    Instant next_due() const { return due_.empty() ? kNever : std::get<Instant>(*due_.begin()); }

private:
    /// A container, or a name of connections, that auto-links name or that is connected.
    struct Place {
        std::vector<AutoLink*> links;
        std::vector<std::uint64_t> connections;  // open, in the order they came
    };
    using Places = std::unordered_map<std::string, Place>;

    AutoLink* known(std::uint64_t id);
    static std::size_t ends_max(const Place& place);
    void add_end(AutoLink& link, std::uint64_t connection, Instant now);
    void leave(const std::string& place, std::uint64_t connection);
    void forget_if_unused(Places::iterator at);
    void put_off(AutoLink& link, AutoLinkEnd& end, std::string why, Instant now);
    void plan(const AutoLink& link, AutoLinkEnd& end, Instant at);
    void unplan(const AutoLink& link, AutoLinkEnd& end);

    AutoLinkPort& port_;
    Links links_;
    std::unordered_set<std::string_view> names_;  // of those that have one
    Places places_;
    std::unordered_map<std::uint64_t, std::vector<std::string>> connections_;  // their places
    std::set<std::tuple<Instant, std::uint64_t, std::uint64_t>> due_;  // auto-link, connection
    std::uint64_t next_id_ = 1;
};

}  // namespace weft::autolink
