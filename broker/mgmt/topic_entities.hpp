#pragma once

#include "broker/node/topics.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/source.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weft::broker_mgmt {

/// The entity type "topic".
mgmt::EntityType topic_type();
/// The entity type "subscription".
mgmt::EntityType subscription_type();

/// The topics whose entries the broker knows. Threading: loop-confined.
class TopicSource final : public mgmt::Source {
public:
    /// `topics` must outlive it.
    explicit TopicSource(const broker::Topics& topics) : topics_{topics} {}

    std::size_t size() const override { return topics_.entries().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    const broker::Topics& topics_;
};

/// Who subscribed to what, and what waits for it. Threading: loop-confined.
class SubscriptionSource final : public mgmt::Source {
public:
    /// Both must outlive it.
    SubscriptionSource(broker::Topics& topics, const mgmt::Agent& agent)
        : topics_{topics}, agent_{agent} {}

    std::size_t size() const override { return topics_.subscriptions().size(); }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    /// Refused where it has messages or links.
    Result<void> remove(const std::string& identity) override;
    Result<void> remove_by_force(const std::string& identity) override;

private:
    broker::Topics& topics_;
    const mgmt::Agent& agent_;
};

}  // namespace weft::broker_mgmt
