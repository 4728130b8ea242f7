#pragma once

#include "common/amqp/engine.hpp"
#include "common/daemon/messages.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/management_message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::daemon {

/// What the owner of ManagementLinks does for them. Threading: as these.
struct ManagementOwner {
    /// An answer that came later is to be written.
    std::function<void()> wake = [] {};
    /// Who asks.
    std::function<mgmt::Requester()> who = [] { return mgmt::Requester{}; };
};

/// The agent behind `$management`, on the links of one connection.
///
/// Requests come on links to `$management`. A reply goes out on the link of the same connection
/// whose source is the request's reply-to: one with a dynamic address, which is made here, or any
/// that the peer chose beneath kReplies. What the agent can't answer at once is answered later, in
/// the order in which it was asked. The owner passes on the engine's events of links that
/// `owns` says are its.
/// Threading: loop-confined (loop 0, the agent's).
class ManagementLinks {
public:
    static constexpr std::string_view kAddress = "$management";
    static constexpr std::string_view kReplies = "$replies/";
    /// Links of both kinds; further ones are refused.
    static constexpr std::size_t kLinksMax = 256;
    /// Bytes of a request, and of all that have begun and not ended; a larger one is rejected.
    static constexpr std::size_t kRequestMax = 1024 * 1024;
    static constexpr std::size_t kUnfinishedMax = std::size_t{4} * 1024 * 1024;
    /// Replies that may wait for the credit of one link, and bytes of all that wait; requests that
    /// come then are rejected.
    static constexpr std::size_t kRepliesWaitingMax = 100;
    static constexpr std::size_t kReplyBytesWaitingMax = std::size_t{8} * 1024 * 1024;
    /// Requests that a peer may send ahead.
    static constexpr std::uint32_t kRequestsMax = 50;

    /// `agent` must outlive it.
    explicit ManagementLinks(mgmt::Agent& agent, ManagementOwner owner = {})
        : agent_{agent}, owner_{std::move(owner)} {}

    /// Answers an attach of the peer's to the address, or for replies; false if it is neither.
    bool attach(amqp::Link& link, const amqp::Attach& attach);
    bool owns(const amqp::Link& link) const {
        return requests_.contains(&link) || replies_.contains(&link);
    }

    // Events of the links that it owns.
    void on_transfer(amqp::Link& link, const amqp::IncomingTransfer& transfer);
    void on_credit(const amqp::Link& link);
    void on_detach(const amqp::Link& link);
    void on_writable();

private:
    struct Replies {
        std::string address;
        Outbox outbox;
    };

    /// A request that is being answered.
    struct Asked {
        amqp::Link* link = nullptr;
        wire::DeliveryId delivery = 0;
        bool settled = false;
        Buffer bytes;
    };

    void serve(amqp::Link& link, const amqp::IncomingTransfer& last, Inbox& inbox);
    void ask(std::uint64_t number);
    void conclude(std::uint64_t number, mgmt::Served served);
    void grant(amqp::Link& link);
    bool may_reply(std::string_view address);
    Outbox* replies_to(std::string_view address);

    mgmt::Agent& agent_;
    ManagementOwner owner_;
    std::map<const amqp::Link*, Inbox> requests_;
    std::map<const amqp::Link*, Replies> replies_;
    std::size_t unfinished_ = 0;            // bytes of requests
    std::uint64_t dynamic_ = 0;             // addresses made
    std::map<std::uint64_t, Asked> asked_;  // by number
    std::uint64_t asked_ever_ = 0;
    std::shared_ptr<bool> self_ = std::make_shared<bool>(true);  // an answer finds it gone
};

}  // namespace weft::daemon
