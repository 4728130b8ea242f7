#include "router/node/policing.hpp"

#include "common/amqp/capabilities.hpp"
#include "common/amqp/session.hpp"
#include "common/base/conditions.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/peer_connection.hpp"
#include "router/node/termini.hpp"

#include <string_view>
#include <utility>

namespace weft::node {
namespace {

/// By the terminus on the router's side. Views into `attach`.
policy::LinkWish wish_of(const amqp::Attach& attach) {
    policy::LinkWish wish{.receives = attach.receiver};
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    if (!terminus) {
        return wish;
    }
    wish.address = terminus->address.value_or("");
    wish.dynamic = terminus->dynamic;
    wish.routed = wish.dynamic ? wanted_address(attach).value_or("") : "";
    wish.coordinator = terminus->kind == amqp::Terminus::Kind::coordinator;
    amqp::each_capability(terminus->capabilities, [&wish](const std::string& name) {
        wish.waypoint |= name.starts_with(kWaypointCapability);
        wish.fallback |= name == kFallbackCapability;
    });
    return wish;
}

Result<std::shared_ptr<const policy::Rules>> rules_of(const security::Grant& grant) {
    policy::GroupConfig group{.name = grant.by};
    group.dynamic_source = group.anonymous_sender = true;
    group.sources = grant.receive;
    group.targets = grant.send;
    return policy::Rules::compile({}, std::move(group), 0, {});
}

}  // namespace

Result<std::unique_ptr<Policing>> Policing::let_in(const PeerConnection& of,
                                                   PolicyDesk& desk,
                                                   policy::Caller caller) {
    const std::uint64_t connection = caller.connection;
    std::string user = caller.user;
    WEFT_TRY(auto rules, desk.connect(std::move(caller)));
    return std::unique_ptr<Policing>{
        new Policing{of, desk, connection, {}, std::move(rules), std::move(user)}};
}

Result<std::unique_ptr<Policing>> Policing::of_connector(const PeerConnection& of,
                                                         PolicyDesk& desk,
                                                         const std::string& vhost,
                                                         std::string user) {
    auto rules = desk.of_connector(vhost);
    if (rules == nullptr) {
        return fail(kResourceLimitExceeded,
                    "the policyVhost \"" + vhost + "\" has no group \"$connector\"");
    }
    return std::unique_ptr<Policing>{
        new Policing{of, desk, 0, vhost, std::move(rules), std::move(user)}};
}

Result<std::unique_ptr<Policing>> Policing::of_grant(const PeerConnection& of,
                                                     PolicyDesk& desk,
                                                     const security::Identity& who) {
    WEFT_TRY(auto rules, rules_of(*who.grant));
    std::unique_ptr<Policing> alone{new Policing{of, desk, 0, {}, std::move(rules), who.user}};
    alone->by_grant_ = true;
    return alone;
}

Result<void> Policing::add_grant(const security::Identity& who) {
    WEFT_TRY(auto rules, rules_of(*who.grant));
    granted_.emplace(std::move(rules), who.user);
    return {};
}

Policing::Policing(const PeerConnection& of,
                   PolicyDesk& desk,
                   std::uint64_t connection,
                   std::string vhost,
                   std::shared_ptr<const policy::Rules> rules,
                   std::string user)
    : of_{of},
      desk_{desk},
      connection_{connection},
      vhost_{std::move(vhost)},
      permit_{std::move(rules), std::move(user)} {}

Policing::~Policing() {
    if (connection_ != 0) {
        desk_.disconnect(connection_);
    }
}

std::string Policing::rule() const {
    if (by_grant_) {
        return " (by what the authentication service \"" + permit_.group().name + "\" grants)";
    }
    return " (vhost \"" + permit_.rules().vhost() + "\", group \"" + permit_.group().name + "\")";
}

std::optional<Error> Policing::refuses(const router::MessageFacts& message) {
    auto error = permit_.refuses(message);
    if (!error && granted_) {
        error = granted_->refuses(message);
    }
    if (error) {
        of_.note_refused("message", message.to.value_or(""), error->text + rule(),
                         policy::kMessageRemedy);
    }
    return error;
}

bool Policing::admits(const amqp::Session& session) {
    if (!permit_.begin_session()) {
        desk_.count(policy::Denial::session, permit_.rules().vhost());
        return false;
    }
    sessions_.insert(&session);
    return true;
}

std::optional<policy::Refused> Policing::refuses(const amqp::Link& link,
                                                 const amqp::Attach& attach) {
    const policy::LinkWish wish = wish_of(attach);
    auto refused = permit_.refuses(wish);
    if (!refused && granted_) {
        refused = granted_->forbids(wish);
    }
    if (refused) {
        desk_.count(wish.receives ? policy::Denial::receiver : policy::Denial::sender,
                    permit_.rules().vhost());
        return refused;
    }
    permit_.attached(wish.receives);
    Counted counted{std::string{wish.address}, wish};
    counted.wish.address = {};
    links_[&link.session()].insert_or_assign(const_cast<amqp::Link*>(&link), std::move(counted));
    return std::nullopt;
}

void Policing::gone(const amqp::Link& link) {
    const auto of_session = links_.find(&link.session());
    if (of_session == links_.end()) {
        return;
    }
    Links& links = of_session->second;
    if (const auto known = links.find(const_cast<amqp::Link*>(&link)); known != links.end()) {
        permit_.detached(known->second.wish.receives);
        links.erase(known);
    }
}

void Policing::gone(const amqp::Session& session) {
    if (sessions_.erase(&session) > 0) {
        permit_.end_session();
    }
    if (const auto over = links_.find(&session); over != links_.end()) {
        for (const auto& [link, counted] : over->second) {
            permit_.detached(counted.wish.receives);
        }
        links_.erase(over);
    }
}

void Policing::count_size() {
    desk_.count(policy::Denial::message_size, permit_.rules().vhost());
}

Result<void> Policing::review() {
    if (by_grant_) {
        return {};  // that is of the connection, and does not change
    }
    if (connection_ == 0) {
        auto rules = desk_.of_connector(vhost_);
        if (rules == nullptr) {
            return fail(kResourceLimitExceeded,
                        "the policyVhost \"" + vhost_ + "\" has no group \"$connector\"");
        }
        permit_.renew(std::move(rules));
    } else {
        WEFT_TRY(auto rules, desk_.reconsider(connection_));
        permit_.renew(std::move(rules));
    }
    judge_all();
    return {};
}

policy::LinkWish Policing::Counted::as_wished() const {
    policy::LinkWish whole = wish;
    whole.address = address;
    return whole;
}

void Policing::judge_all() {
    to_judge_.clear();
    for (const auto& [session, links] : links_) {
        for (const auto& [link, counted] : links) {
            to_judge_.emplace_back(session, link);
        }
    }
}

const Policing::Counted* Policing::find(const amqp::Session* session, amqp::Link* link) const {
    const auto of_session = links_.find(session);
    if (of_session == links_.end()) {
        return nullptr;
    }
    const auto known = of_session->second.find(link);
    return known == of_session->second.end() ? nullptr : &known->second;
}

amqp::Link* Policing::judge_some(std::size_t& left) {
    for (; left > 0 && is_judging(); --left) {
        const auto [session, link] = to_judge_.back();
        to_judge_.pop_back();
        const Counted* const counted = find(session, link);
        if (counted != nullptr && (permit_.forbids(counted->as_wished()) ||
                                   (granted_ && granted_->forbids(counted->as_wished())))) {
            --left;
            return link;
        }
    }
    if (!is_judging()) {
        to_judge_.shrink_to_fit();
    }
    return nullptr;
}

bool permits(const PeerConnection& connection, bool policy::GroupConfig::*flag) {
    const Policing* const policing = connection.policing();
    return policing == nullptr || policing->permit().group().*flag;
}

}  // namespace weft::node
