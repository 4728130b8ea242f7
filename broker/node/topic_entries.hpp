#pragma once

#include "broker/node/queue_entry.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace weft::broker {

class QueueNode;

/// The addresses that are topics, and what their entries say.
///
/// One is known while somebody holds it: each link to it, and each subscription to it; each says
/// its entry anew. Threading: loop-confined.
class TopicEntries {
public:
    static constexpr std::size_t kTopicsMax = 100'000;

    struct Topic {
        std::string address{};
        QueueEntry entry{};
        bool told = false;              // by an entry; else a link asked for the capability
        std::set<QueueNode*> queues{};  // of the subscriptions to it: the entry is theirs
    };
    /// Shared: who lets go of it last forgets it. Must not outlive the entries.
    using Hold = std::shared_ptr<Topic>;

    TopicEntries() = default;
    TopicEntries(const TopicEntries&) = delete;
    TopicEntries& operator=(const TopicEntries&) = delete;

    /// Errors: amqp:invalid-field, the address is too long; amqp:resource-limit-exceeded.
    [[nodiscard]] Result<Hold> hold(std::string_view address);
    /// Null: it is not known.
    const Topic* find(std::string_view address) const;
    /// It is a topic no more, whoever holds it.
    void forget(std::string_view address);
    std::size_t size() const { return topics_.size(); }
    /// Those that there are, in the order of their names.
    const std::map<std::string, std::weak_ptr<Topic>, std::less<>>& all() const { return topics_; }

private:
    std::map<std::string, std::weak_ptr<Topic>, std::less<>> topics_;
};

}  // namespace weft::broker
