#pragma once

#include "common/amqp/engine.hpp"
#include "common/daemon/messages.hpp"
#include "common/mgmt/agent.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weft::daemon {

/// The agent behind `$management`, on the links of one connection.
///
/// Requests come on links to `$management`. A reply goes out on the link of the same connection
/// whose source is the request's reply-to: one with a dynamic address, which is made here, or any
/// that the peer chose beneath kReplies. The owner passes on the engine's events of links that
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
    explicit ManagementLinks(mgmt::Agent& agent) : agent_{agent} {}

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

    void serve(amqp::Link& link, const amqp::IncomingTransfer& last, Inbox& inbox);
    bool may_reply(std::string_view address);
    Outbox* replies_to(std::string_view address);

    mgmt::Agent& agent_;
    std::map<const amqp::Link*, Inbox> requests_;
    std::map<const amqp::Link*, Replies> replies_;
    std::size_t unfinished_ = 0;  // bytes of requests
    std::uint64_t dynamic_ = 0;   // addresses made
};

}  // namespace weft::daemon
