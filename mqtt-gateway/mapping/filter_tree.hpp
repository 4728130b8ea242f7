#pragma once

#include "common/keys/key_tree.hpp"
#include "mqtt-gateway/codec/entries.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mqtt_mapping {

/// Who has subscriptions, in the words of whoever keeps them: a number of its own.
enum class SubscriberId : std::uint32_t {};

/// One subscription.
struct Subscriber {
    SubscriberId id{};
    std::uint32_t identifier = 0;  // the subscription identifier; 0: none
    mqtt::Qos qos = mqtt::Qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;

    bool operator==(const Subscriber&) const = default;
};

/// The subscribers of one filter, or of one group that shares one ($share/GROUP/FILTER), of which
/// each message goes to one.
class FilterEntry {
public:
    const std::string& filter() const { return filter_; }  // as it was given
    bool shared() const { return shared_; }
    const std::vector<Subscriber>& subscribers() const { return subscribers_; }

    /// Of a shared one: the next one in turn of those that `ready(Subscriber)` lets through; null:
    /// none. It costs those that are not ready.
    template <class Ready>
    const Subscriber* choose(Ready&& ready) {
        for (std::size_t i = 0; i < subscribers_.size(); ++i) {
            turn_ = turn_ + 1 < subscribers_.size() ? turn_ + 1 : 0;
            if (ready(subscribers_[turn_])) {
                return &subscribers_[turn_];
            }
        }
        return nullptr;
    }

private:
    friend class FilterTree;

    /// As many as there are: it is not there.
    std::size_t place_of(SubscriberId id) const;
    void add(const Subscriber& subscriber);
    void remove(std::size_t place);

    std::string filter_;
    bool shared_ = false;
    std::vector<Subscriber> subscribers_;
    boost::unordered_flat_map<std::uint32_t, std::uint32_t> places_;  // by id; if they were many
    std::size_t turn_ = 0;
};

/// Who wants a message. Valid until the tree changes.
struct Matches {
    /// Those of one subscriber whose filters overlap stand side by side.
    std::vector<Subscriber> plain;
    std::vector<FilterEntry*> shared;

    void clear() {
        plain.clear();
        shared.clear();
    }
};

/// The subscriptions of the devices of one loop.
///
///   T1  what a topic costs is its levels, the filters that match it so far, and who wants it,
///       however many subscriptions there are; of filters with wildcards on the same levels one
///       matches so far at most, so that whoever adds them bounds it (keys::WildcardShapes)
///   T2  a subscriber has a filter once; a filter that nobody has is gone
///   T3  topics that begin with '$' are not meant by filters that begin with a wildcard
///
/// Threading: loop-confined. Spec: MQTT 5 §4.7, §4.8.2
class FilterTree {
public:
    /// What became of a subscription.
    enum class Change : std::uint8_t {
        nothing,   // removed: it was not there
        replaced,  // it was there, and is another now
        one_more,  // others have the filter, too
        first,     // it is the first of its filter
        one_less,
        last,  // the filter is gone
    };

    /// Levels of filters, a few hundred bytes each, of those that do not begin alike.
    static constexpr std::size_t kNodesMax = 1'000'000;

    explicit FilterTree(std::size_t nodes_max = kNodesMax) : nodes_max_{nodes_max} {}

    /// False: it would be one filter too many.
    bool has_room_for(std::string_view filter) const {
        return tree_.size() < nodes_max_ || find(filter) != nullptr;
    }
    /// `filter` was taken by AddressSpace::sources, and there is room for it.
    Change add(std::string_view filter, const Subscriber& subscriber);
    Change remove(std::string_view filter, SubscriberId subscriber);
    /// Null: nobody has it.
    const FilterEntry* find(std::string_view filter) const;

    /// Overwrites `found`.
    void match(std::string_view topic, Matches& found) const;

    std::size_t filters() const { return entries_.size(); }
    std::size_t subscriptions() const { return subscriptions_; }
    /// Nodes that were looked at, ever.
    std::uint64_t steps() const { return tree_.steps(); }

private:
    boost::unordered_flat_map<std::string_view, std::unique_ptr<FilterEntry>, TextHash> entries_;
    keys::KeyTree<FilterEntry> tree_{keys::MatchMethod::mqtt};
    std::size_t nodes_max_;
    std::size_t subscriptions_ = 0;
    mutable std::vector<FilterEntry*> matched_;  // of the search under way
};

}  // namespace weft::mqtt_mapping
