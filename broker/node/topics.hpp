#pragma once

#include "broker/node/filters.hpp"
#include "broker/node/publications.hpp"
#include "broker/node/queue_node.hpp"
#include "broker/node/queues.hpp"
#include "broker/node/subscription_entry.hpp"
#include "broker/node/topic_entries.hpp"
#include "broker/topic/subscriptions.hpp"
#include "common/io/loop.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::broker {

/// What happened to messages of topics.
struct TopicCounters {
    std::uint64_t published = 0;  // messages that were taken
    std::uint64_t copies = 0;     // of them, for subscriptions
    std::uint64_t unwanted = 0;   // no subscription wanted them: accepted, and gone
    std::uint64_t judged = 0;     // by selectors
    std::uint64_t gave_up = 0;    // selectors of which nobody knows what they say
    std::uint64_t left_out = 0;   // copies that kPassingBytesMax left no room for
    queue::Counters gone{};       // of the queues of those that went with their links
};

/// Topics and subscriptions: who has which, and which message goes to whom.
///
/// A subscription's messages are in a queue of the store that is its own; each has a copy there. A
/// topic is known while a link or a subscription holds it: by its entry, or by who asks for the
/// capability "topic"; it is nothing but its subscriptions.
/// Threading: loop-confined.
class Topics {
public:
    /// Of what subscriptions hold that do not outlive their links; a queue of them has at most a
    /// `kPassingShares`th of what is left free, and what does not fit there is left out.
    static constexpr std::uint64_t kPassingBytesMax = std::uint64_t{4} * 1024 * 1024 * 1024;
    static constexpr std::uint64_t kPassingShares = 16;
    /// What one of these holds where its topic's entry sets no bound; then the oldest go.
    static constexpr std::uint64_t kPassingMessages = 10'000;
    static constexpr std::uint64_t kPassingBytes = std::uint64_t{64} * 1024 * 1024;

    /// Both must outlive it.
    Topics(io::Loop& loop, Queues& queues);
    Topics(const Topics&) = delete;
    Topics& operator=(const Topics&) = delete;
    /// Takes up the durable subscriptions that the store has, and drops the others. Once.
    void restore();
    /// What of the store could not be taken up; it is there, and gets no messages.
    const std::vector<std::string>& problems() const { return problems_; }

    /// The address is a topic's while somebody has what is returned. `told`: its entry, which the
    /// queues of its subscriptions have from now on; null: none was told. Errors: those of
    /// TopicEntries::hold.
    [[nodiscard]] Result<TopicEntries::Hold> learn(std::string_view address,
                                                   const QueueEntry* told);
    /// The address is that of a queue.
    void unlearn(std::string_view address) { entries_.forget(address); }
    bool knows(std::string_view address) const { return entries_.find(address) != nullptr; }
    Selectors& selectors() { return selectors_; }
    const Selectors& selectors() const { return selectors_; }

    /// What a link subscribes to.
    struct Wish {
        topic::Request request{};
        std::string address{};  // as it was asked for; empty: it resumes
        SharedSelector selector{};
        std::string container{};
        /// It has its subscription no more: amqp:link:stolen, amqp:resource-deleted.
        std::function<void(const Error&)> lost{};
    };
    struct Joined {
        topic::LinkId link{};
        const topic::Subscription* subscription = nullptr;
        QueueNode* queue = nullptr;
        bool made = false;  // the store has it after all that was asked of it up to now
    };
    /// Errors: those of topic::Subscriptions, and of `learn`.
    [[nodiscard]] Result<Joined> attach(Wish wish);
    /// Its consumer was closed before.
    void leave(topic::LinkId link, topic::Leaving leaving);

    /// Who gets a message.
    struct Chosen {
        std::vector<QueueNode*> goals{};
        std::size_t matched = 0;  // subscriptions whose filters mean its name
        std::size_t looks = 0;    // what it cost, as Choosing counts it
    };
    /// The queues of those who want a message, and have room. Errors: amqp:invalid-field, the name
    /// is none.
    [[nodiscard]] Result<Chosen> choose(std::string_view name,
                                        const queue::Payload& payload,
                                        std::string_view container);
    /// To those, all of which take it, at once.
    void give(const std::vector<QueueNode*>& goals, const Publications::Publication& publication);
    /// A message, to all who want it: its `copies`, of each of which `origin` hears when it is
    /// durable; 0: it is not kept; nothing: the producer hears later how many they are. Errors:
    /// amqp:invalid-field; amqp:resource-limit-exceeded, a subscription is full and its overflow
    /// says so: then none has it.
    [[nodiscard]] Result<std::optional<std::size_t>> publish(
        Publications::Publication publication) {
        return publications_.publish(std::move(publication));
    }
    const Publications& publications() const { return publications_; }
    /// False: a subscription is full, and lets producers wait. `waits`, if it is not null, is given
    /// credit once that one has room; or it is asked again in another turn, if this one has no
    /// steps left.
    bool takes_credit(std::string_view name, ProducerLink* waits);
    /// It waits no more.
    void remove_producer(ProducerLink& producer);

    /// By an operator: with all that it holds, and its links are told. False: there is none.
    bool remove(topic::SubscriptionId id);

    /// What there is, in an order that stays, from position `offset` on until `visit` says false.
    struct Kept {
        const topic::Subscription* subscription = nullptr;
        const QueueNode* queue = nullptr;
        std::string_view container{};  // of who subscribed
    };
    void each_subscription(std::size_t offset, const std::function<bool(const Kept&)>& visit) const;
    /// Null: there is none.
    Kept find(topic::SubscriptionId id) const;

    const TopicCounters& counters() const { return counters_; }
    const topic::Subscriptions& subscriptions() const { return subscriptions_; }
    const TopicEntries& entries() const { return entries_; }
    /// Bytes that subscriptions hold which do not outlive their links.
    std::uint64_t passing_bytes() const { return passing_bytes_; }

private:
    /// What a subscription holds its messages in, and which it wants.
    struct Held {
        QueueNode* queue = nullptr;
        SharedSelector selector{};
        bool blind = false;  // its selector can't be read: it gets nothing
        std::string container{};
        TopicEntries::Hold topic{};
    };
    void restore(QueueNode& queue, topic::SubscriptionId id);
    void note_problem(const QueueNode& queue, const Error& error);
    void lose(topic::LinkId link, const Error& error);
    void hold(const topic::Subscription& subscription, Wish& wish, const TopicEntries::Hold& topic);
    void drop(topic::SubscriptionId id);
    bool wants(const topic::Subscription& subscription,
               const Held& held,
               const queue::Payload& payload,
               std::string_view container,
               Choosing& choosing);
    queue::Choice verdict_of(const SharedSelector& selector,
                             const queue::Payload& payload,
                             Choosing& choosing);
    [[nodiscard]] Result<Choosing> match(std::string_view name);
    QueueNode* look(Choosing& choosing, const queue::Payload& payload, std::string_view container);
    bool has_room(const topic::Subscription& subscription,
                  const Held& held,
                  std::size_t bytes) const;
    bool give_one(QueueNode& queue, const Publications::Publication& publication);
    void note_given(std::size_t goals);
    void on_room(QueueNode& queue);
    void ask_later(ProducerLink& producer);
    void ask();
    void set_alarm();
    void expire();

    io::Loop& loop_;
    Queues& queues_;
    Selectors selectors_;
    TopicEntries entries_;
    topic::Subscriptions subscriptions_;
    Publications publications_;
    std::map<topic::SubscriptionId, Held> held_;
    std::map<topic::LinkId, std::function<void(const Error&)>> links_;
    std::uint64_t links_made_ = 0;
    std::uint64_t passing_bytes_ = 0;
    std::map<QueueNode*, std::set<ProducerLink*>> full_;  // that let these wait
    std::map<ProducerLink*, QueueNode*> waiting_;         // each for one
    std::set<ProducerLink*> unasked_;                     // that there were no steps for
    io::Timer asking_;                                    // runs while there are such
    bool asks_ = false;  // one of them is asked, whatever steps there are
    std::vector<std::string> problems_;
    TopicCounters counters_;
    io::Timer alarm_;
    Instant alarm_at_ = kNever;
};

}  // namespace weft::broker
