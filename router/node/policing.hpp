#pragma once

#include "common/amqp/link.hpp"
#include "common/base/result.hpp"
#include "common/security/identity.hpp"
#include "router/core/admission.hpp"
#include "router/node/policy_desk.hpp"
#include "router/policy/permit.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft::node {

class PeerConnection;

/// The rules that hold for one connection: which of its sessions and links are let in, and which of
/// them count. What is refused is told to the desk.
///
/// Made when the connection is let in; with it the connection is not counted any more.
/// Threading: loop-confined (the connection's).
class Policing final : public router::Admission {
public:
    /// Of who came in. `of` must outlive it. Errors: as policy::Policy::connect.
    [[nodiscard]] static Result<std::unique_ptr<Policing>> let_in(const PeerConnection& of,
                                                                  PolicyDesk& desk,
                                                                  policy::Caller caller);
    /// Of what this router dialled, by the connector's policyVhost. Errors:
    /// amqp:resource-limit-exceeded, the vhost has no rules for that.
    [[nodiscard]] static Result<std::unique_ptr<Policing>> of_connector(const PeerConnection& of,
                                                                        PolicyDesk& desk,
                                                                        const std::string& vhost,
                                                                        std::string user);
    /// Of who may do what an authentication service has said, and no more. Errors:
    /// amqp:invalid-field, it names what no rule can.
    [[nodiscard]] static Result<std::unique_ptr<Policing>> of_grant(const PeerConnection& of,
                                                                    PolicyDesk& desk,
                                                                    const security::Identity& who);
    /// The same, besides the rules that hold already.
    [[nodiscard]] Result<void> add_grant(const security::Identity& who);
    ~Policing() override;
    Policing(const Policing&) = delete;
    Policing& operator=(const Policing&) = delete;

    const policy::Permit& permit() const { return permit_; }
    /// For messages: ' (vhost "v", group "g")'.
    std::string rule() const;

    /// False: the session is one too many.
    [[nodiscard]] bool admits(const amqp::Session& session);
    /// Nothing: the peer's attach is let in, and counts until the link is gone.
    [[nodiscard]] std::optional<policy::Refused> refuses(const amqp::Link& link,
                                                         const amqp::Attach& attach);
    // router::Admission
    std::optional<Error> refuses(const router::MessageFacts& message) override;
    bool judges_user_ids() const override {
        return permit_.judges_user_ids() || (granted_ && granted_->judges_user_ids());
    }
    /// It does not count any more, if it did.
    void gone(const amqp::Link& link);
    /// Its links neither.
    void gone(const amqp::Session& session);
    /// The peer sent more than may be in a message.
    void count_size();

    /// The vhosts have changed: the connection is as it would be let in now, and its links are to
    /// be judged. Errors: it would not be.
    [[nodiscard]] Result<void> review();
    bool is_judging() const { return !to_judge_.empty(); }
    /// The next link that would not be let in now, if it is among the next `left`; what is over of
    /// these is left.
    amqp::Link* judge_some(std::size_t& left);

private:
    struct Counted {
        std::string address;
        policy::LinkWish wish;  // but for the address

        policy::LinkWish as_wished() const;
    };

    Policing(const PeerConnection& of,
             PolicyDesk& desk,
             std::uint64_t connection,
             std::string vhost,
             std::shared_ptr<const policy::Rules> rules,
             std::string user);

    const PeerConnection& of_;
    PolicyDesk& desk_;
    std::uint64_t connection_;  // 0: it was dialled, and is not counted
    std::string vhost_;         // of what was dialled
    policy::Permit permit_;
    std::optional<policy::Permit> granted_{};  // by a service, besides those rules
    bool by_grant_ = false;                    // they are what a service has granted
    void judge_all();
    const Counted* find(const amqp::Session* session, amqp::Link* link) const;

    using Links = boost::unordered_flat_map<amqp::Link*, Counted>;
    using Place = std::pair<const amqp::Session*, amqp::Link*>;
    boost::unordered_flat_map<const amqp::Session*, Links> links_;  // that count
    boost::unordered_flat_set<const amqp::Session*> sessions_;      // likewise
    std::vector<Place> to_judge_;  // places of links, of which some may be gone
};

/// A flag of the rules that hold for the connection; without rules, true.
bool permits(const PeerConnection& connection, bool policy::GroupConfig::*flag);

}  // namespace weft::node
