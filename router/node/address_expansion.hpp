#pragma once

#include "common/io/loop.hpp"
#include "router/core/address_rules.hpp"
#include "router/expansion/expansion.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace weft::node {

class Containers;

/// What the addresses that brokers keep need on this router: follows the rules and the containers,
/// and makes auto-links and link routes of them, in turns of its own.
/// Threading: loop-confined (home's loop).
class AddressExpansion final : private expansion::ExpansionPort {
public:
    /// Entries that are seen to in one turn of the loop.
    static constexpr std::size_t kExpandedAtOnce = 100;

    /// Both must outlive it.
    AddressExpansion(io::Loop& loop, Containers& containers)
        : loop_{loop}, containers_{containers} {}

    /// As Shards tells of rules.
    void rule_changed(std::uint64_t id, const router::AddressRule* rule);

    /// Of link routes that no address makes, some take coordinators, or none does any more.
    void leave_coordinators(bool to_others);

    // What connections to containers tell.
    void opened(std::uint64_t connection, std::string_view container, std::string_view name);
    void gone(std::uint64_t connection);

    const expansion::Expansion& entries() const { return expansion_; }

private:
    // ExpansionPort
    std::uint64_t make(const autolink::AutoLinkConfig& link) override;
    std::uint64_t make(const linkroute::LinkRouteConfig& route) override;
    void remove_auto_link(std::uint64_t id) override;
    void remove_link_route(std::uint64_t id) override;

    void plan();
    void work();

    io::Loop& loop_;
    Containers& containers_;
    expansion::Expansion expansion_{*this};
    std::unordered_set<std::uint64_t> stored_;  // rules whose messages somebody keeps
    io::Timer next_;
    bool planned_ = false;
};

}  // namespace weft::node
