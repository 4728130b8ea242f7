#pragma once

#include "common/base/result.hpp"
#include "common/io/http_server.hpp"
#include "common/io/loop.hpp"
#include "common/io/loop_thread.hpp"
#include "router/config/router_config.hpp"
#include "router/core/address_rules.hpp"
#include "router/node/shard.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace weft::node {

/// A router's loops, each with its shard: `workerThreads` of them. The first one, home, runs on the
/// caller's loop; the others have threads of their own from `start` until this goes.
///
/// Rules are changed on home and told to the others, which nobody waits for.
/// Threading: loop-confined (home's loop); shards as they say.
class Shards final {
public:
    /// `home` must outlive it.
    Shards(const router_config::NodeConfig& config, io::Loop& home);
    ~Shards();
    Shards(const Shards&) = delete;
    Shards& operator=(const Shards&) = delete;

    /// Starts the other loops. Until then they stand still, and their shards are home's to use.
    void start();
    /// Ends the other loops, and drops all connections: the caller's loop may run on, and the
    /// others go after their shards. Before what the shards refer to goes.
    void halt();

    std::size_t size() const { return shards_.size(); }
    /// Whether the other loops run: until the start, and after the halt, they stand still, and
    /// their shards are home's to use.
    bool are_running() const { return running_; }
    Shard& at(std::size_t index) { return *shards_[index]; }
    Shard& home() { return *shards_.front(); }
    const Shard& home() const { return *shards_.front(); }
    /// The position of the shard that gave a link or connection its id, which is not 0.
    std::size_t index_of(std::uint64_t id) const;

    /// Runs `f` on the loop of one shard after another, and waits for each: for the start and the
    /// end.
    void on_each(const std::function<void(Shard&)>& f);

    // As AddressRules has them, in all shards; a rule's id is the same in all. The others hear of
    // it before what is posted to them later.
    Result<std::uint64_t> add_rule(const router::AddressRule& rule);
    bool remove_rule(std::uint64_t id);
    bool change_rule(std::uint64_t id,
                     const router::Treatment& treatment,
                     const std::shared_ptr<const router::Storage>& storage = {});
    /// Who hears of each rule that is made or changed, and of one that is gone (null).
    using RuleNews = std::function<void(std::uint64_t id, const router::AddressRule* rule)>;
    void tell_of_rules(RuleNews tell) { rule_news_ = std::move(tell); }

    /// Whether other loops are to ask home for each link that is attached.
    void set_asking(bool asking);

    /// Home says what it knows of an address that an edge router asks about on any loop.
    using LookUp = std::function<edge::LookUpReply(const edge::LookUp& question)>;
    void set_look_up(const LookUp& look_up);

    /// As Shard has it, in all shards.
    void set_policy_desk(PolicyDesk& desk);
    /// As Shard has it, on each loop in a turn of its own.
    void review_connections();
    /// Accepted connections that are not gone.
    std::size_t placed() const;

    /// Gives an accepted connection of a client, or an edge router, to the shard that has the
    /// fewest; others to home: what goes from one router to another stays on one loop, and
    /// containers are its affair.
    void place(io::Socket socket,
               const io::Security& security,
               std::shared_ptr<const PeerProfile> profile);
    /// The same for a WebSocket to come.
    io::WebsocketPlace place_websocket(std::shared_ptr<const PeerProfile> profile);

private:
    std::size_t choose(const PeerProfile& profile) const;
    io::ProtocolFactory take_place(std::size_t index, std::shared_ptr<const PeerProfile> profile);
    void announce_rule(std::uint64_t id);
    template <class Words>
    void hand(std::size_t from, std::size_t to, Words words);
    void tell_others(const std::function<void(Shard&)>& f);

    io::Loop& home_loop_;
    std::vector<std::unique_ptr<io::LoopThread>> threads_;  // of all shards but home
    std::vector<std::unique_ptr<Shard>> shards_;
    std::vector<std::size_t> placed_;  // connections that each shard was given and has still
    bool running_ = false;             // the other loops
    RuleNews rule_news_;
    std::shared_ptr<Shards*> self_;  // what is posted to home's loop may find it gone
};

}  // namespace weft::node
