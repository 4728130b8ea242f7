#pragma once

#include "router/expansion/wants.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weft::expansion {

/// Who makes and takes back what addresses need. Called from within `work` only.
class ExpansionPort {
public:
    virtual ~ExpansionPort() = default;
    /// Returns the id; 0: it could not be made, and somebody was told.
    virtual std::uint64_t make(const autolink::AutoLinkConfig& link) = 0;
    virtual std::uint64_t make(const linkroute::LinkRouteConfig& route) = 0;
    virtual void remove_auto_link(std::uint64_t id) = 0;
    virtual void remove_link_route(std::uint64_t id) = 0;
};

/// What the addresses that brokers keep need on this router, made where those brokers are attached,
/// and taken back when they leave. README.md has its invariants X1–X4.
/// Threading: loop-confined.
class Expansion {
public:
    /// `port` must outlive it.
    explicit Expansion(ExpansionPort& port) : port_{port} {}

    /// The entry says this from now on. Its id is the rule's.
    void set(std::uint64_t id, StoredAddress address);
    /// It is gone. Means nothing if it never came.
    void remove(std::uint64_t id);

    /// A connection to a container is open, by the names that it has. The entries that name it are
    /// seen to in `work`.
    void container_came(std::uint64_t connection,
                        std::string_view container,
                        std::string_view name);
    /// Means nothing if it never came.
    void container_gone(std::uint64_t connection);

    /// Somebody else says where coordinators go, or nobody does any more.
    void leave_coordinators(bool to_others) { coordinators_left_ = to_others; }

    /// Makes and takes back what is needed for `budget` entries and brokers. True: there is more.
    bool work(std::size_t budget);
    bool is_idle() const {
        return due_.empty() && brokers_due_.empty() && followed_.empty() && lead_ == lead_wanted();
    }

    /// Entries that name brokers.
    std::size_t size() const { return entries_.size() - leaving_; }
    const Attached& attached() const { return attached_; }
    /// That entries name.
    const std::set<std::string>& brokers() const { return named_; }
    /// The auto-links that stand for an entry.
    std::vector<std::uint64_t> auto_links_of(std::uint64_t id) const;

private:
    struct Entry {
        StoredAddress address;  // without storage: it is leaving
        std::vector<Want> have;
        std::vector<std::uint64_t> made;  // the auto-link of each, 0 for none
        bool is_due = false;
    };
    struct Broker {
        std::set<std::uint64_t> entries;    // that name it
        std::optional<autolink::Finds> by;  // as its link routes say
        std::optional<std::uint64_t>
            followed;  // it came or went: from that entry on they don't know
        std::array<std::uint64_t, 2> made{};
        bool is_due = false;
    };

    void name_brokers(std::uint64_t id, const Entry& entry);
    void forget_brokers(std::uint64_t id, const Entry& entry);
    void follow(const std::string& broker);
    std::size_t follow_on(std::size_t budget);
    void forget_unmade(Entry& entry);
    void retry_one();
    void plan(std::uint64_t id, Entry& entry);
    void plan(const std::string& name, Broker& broker);
    void work_on(std::uint64_t id);
    void work_on(const std::string& name);
    std::optional<Lead> lead_wanted() const;
    void lead_coordinators();

    ExpansionPort& port_;
    Attached attached_;
    std::unordered_map<std::uint64_t, Entry> entries_;
    std::size_t leaving_ = 0;
    std::unordered_map<std::string, Broker> brokers_;
    std::set<std::string> named_;  // of those, by entries
    std::optional<Lead> lead_;     // as the link route of coordinators says
    std::uint64_t lead_route_ = 0;
    bool coordinators_left_ = false;  // to others
    std::deque<std::uint64_t> due_;
    std::deque<std::string> brokers_due_;
    std::deque<std::string> followed_;  // brokers
    std::set<std::uint64_t> unmade_;    // entries that want what could not be made
};

}  // namespace weft::expansion
