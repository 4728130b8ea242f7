#include "broker/topic/subscriptions.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace weft::topic {
namespace {

std::string in_words(const Owner& owner) {
    return "the subscription \"" + printable(owner.name) + "\"" +
           (owner.global ? std::string{} : " of \"" + printable(owner.container) + "\"");
}

}  // namespace

const char* name_of(Kind kind) {
    switch (kind) {
        case Kind::passing:
            return "passing";
        case Kind::shared:
            return "shared";
        case Kind::durable:
            return "durable";
        case Kind::shared_durable:
            return "shared durable";
    }
    return "";
}

Subscriptions::Key Subscriptions::key_of(const Owner& owner, bool durable) {
    return {durable, owner.global, owner.container, owner.name};
}

Result<Subscriptions::Attached> Subscriptions::attach(const Request& request, LinkId link) {
    WEFT_CHECK(!links_.contains(link));
    if (request.resumes) {
        return resume(request.owner, link);
    }
    if (request.kind == Kind::passing) {
        return attach_first(request, link);
    }
    const auto known = named_.find(key_of(request.owner, is_durable(request.kind)));
    return known == named_.end() ? attach_first(request, link)
                                 : attach_again(*known->second, request, link);
}

Result<Subscriptions::Attached> Subscriptions::attach_first(const Request& request, LinkId link) {
    if (subscriptions_.size() >= kSubscriptionsMax) {
        ++counters_.refused;
        return fail(kResourceLimitExceeded,
                    "there are " + std::to_string(kSubscriptionsMax) +
                        " subscriptions, as many as there may be; close some that nobody needs");
    }
    if (auto admitted = admit_filter(request); !admitted) {
        return tl::unexpected(admitted.error());
    }
    return make(request, link);
}

Subscriptions::Attached Subscriptions::make(const Request& request, LinkId link) {
    const SubscriptionId id{++last_id_};
    auto made = std::make_unique<Subscription>(Subscription{.id = id,
                                                            .kind = request.kind,
                                                            .owner = request.owner,
                                                            .interest = request.interest,
                                                            .expiry = request.expiry});
    Subscription& subscription = *made;
    subscriptions_.emplace(id, std::move(made));
    if (subscription.kind != Kind::passing) {
        named_.emplace(key_of(subscription.owner, is_durable(subscription.kind)), &subscription);
    }
    index_.add(subscription, request.bringer);
    join(subscription, link);
    return Attached{.subscription = &subscription, .made = true};
}

Result<Subscriptions::Attached> Subscriptions::attach_again(Subscription& known,
                                                            const Request& request,
                                                            LinkId link) {
    if (const auto admitted = admit(known, request); !admitted) {
        return tl::unexpected<Error>(admitted.error());
    }
    if (known.interest != request.interest) {
        return replace(known, request, link);
    }
    Attached attached{.subscription = &known};
    if (!is_shared(known.kind) && !known.links.empty()) {
        // The same link on another session or connection: the newer one is meant.
        // Spec: AMQP 1.0 §2.6.1
        attached.stolen = known.links.front();
        links_.erase(known.links.front());
        known.links.clear();
        ++counters_.stolen;
    }
    if (is_shared(known.kind) && known.links.size() >= kLinksMax) {
        ++counters_.refused;
        return fail(kResourceLimitExceeded, in_words(known.owner) + " has " +
                                                std::to_string(kLinksMax) +
                                                " links, as many as there may be");
    }
    known.expiry = request.expiry;
    join(known, link);
    return attached;
}

Result<void> Subscriptions::admit_filter(const Request& request) {
    const Filter& filter = request.interest.filter;
    if (index_.may_bring(filter, request.bringer)) {
        return {};
    }
    ++counters_.refused;
    return fail(
        kResourceLimitExceeded,
        "the filter \"" + printable(std::string_view{filter.text}.substr(0, 64)) +
            "\" has wildcards at levels where no other subscription has them, and there are "
            "as many such shapes as may be; have them at the same levels as others, or at "
            "the last one alone" +
            (floats(filter) ? ", or '*' for each level instead of a '#' before others" : ""));
}

/// One of another interest has the same name: it is closed, and a new one begins.
Result<Subscriptions::Attached> Subscriptions::replace(Subscription& known,
                                                       const Request& request,
                                                       LinkId link) {
    const SubscriptionId id = known.id;
    const std::optional<LinkId> former =
        known.links.empty() ? std::nullopt : std::optional{known.links.front()};
    if (auto admitted = admit_filter(request); !admitted) {
        return tl::unexpected(admitted.error());
    }
    close(known);
    Attached attached = make(request, link);
    attached.replaced = id;
    attached.stolen = former;
    ++counters_.replaced;
    counters_.stolen += former ? 1U : 0U;
    return attached;
}

/// Spec: JMS 2.0 §8.3.3, §8.3.4
Result<void> Subscriptions::admit(const Subscription& known, const Request& request) const {
    if (known.kind != request.kind) {
        return fail(kNotAllowed, in_words(known.owner) + " is " + name_of(known.kind) + ", not " +
                                     name_of(request.kind) +
                                     "; close it first, or take another name");
    }
    if (is_shared(known.kind) && !known.links.empty() && known.interest != request.interest) {
        return fail(
            kNotAllowed,
            in_words(known.owner) +
                " has links that share it with another topic or selector; ask for the same, "
                "or take another name");
    }
    return {};
}

Result<Subscriptions::Attached> Subscriptions::resume(const Owner& owner, LinkId link) {
    const auto known = named_.find(key_of(owner, /*durable=*/true));
    if (known == named_.end()) {
        return fail(kNotFound, in_words(owner) + " does not exist");
    }
    Subscription& subscription = *known->second;
    if (!subscription.links.empty()) {
        return fail(kResourceLocked, in_words(owner) + " has links; close them first");
    }
    join(subscription, link);
    return Attached{.subscription = &subscription};
}

void Subscriptions::join(Subscription& subscription, LinkId link) {
    waiting_.erase({subscription.expires_at, subscription.id});
    subscription.expires_at = kNever;
    subscription.life = Life::attached;
    subscription.links.push_back(link);
    links_.emplace(link, &subscription);
}

std::optional<Subscriptions::Left> Subscriptions::leave(LinkId link, Leaving leaving, Instant now) {
    const auto found = links_.find(link);
    if (found == links_.end()) {
        return std::nullopt;
    }
    Subscription& subscription = *found->second;
    const SubscriptionId id = subscription.id;
    links_.erase(found);
    std::erase(subscription.links, link);
    if (!subscription.links.empty()) {
        return Left{.id = id, .life = Life::attached};  // U3; what others share nobody closes
    }
    if (is_durable(subscription.kind) && leaving != Leaving::closed) {
        wait(subscription, now);
        return Left{.id = id, .life = Life::detached};
    }
    close(subscription);
    counters_.closed += 1;
    return Left{.id = id, .life = Life::closed};
}

void Subscriptions::wait(Subscription& subscription, Instant now) {
    subscription.life = Life::detached;
    if (subscription.expiry) {
        subscription.expires_at = now + std::chrono::seconds{*subscription.expiry};
        waiting_.emplace(subscription.expires_at, subscription.id);
    }
}

std::optional<SubscriptionId> Subscriptions::restore(Subscription stored, Instant now) {
    WEFT_CHECK(is_durable(stored.kind));
    const SubscriptionId id = stored.id;
    std::optional<SubscriptionId> replaced;
    if (const auto known = named_.find(key_of(stored.owner, /*durable=*/true));
        known != named_.end()) {
        replaced = known->second->id;
        close(*known->second);
        ++counters_.replaced;
    }
    last_id_ = std::max(last_id_, static_cast<std::uint64_t>(id));
    stored.links.clear();
    const auto [place, is_new] =
        subscriptions_.emplace(id, std::make_unique<Subscription>(std::move(stored)));
    WEFT_CHECK(is_new);
    Subscription& subscription = *place->second;
    WEFT_CHECK(named_.emplace(key_of(subscription.owner, /*durable=*/true), &subscription).second);
    index_.add(subscription);
    wait(subscription, now);
    return replaced;
}

bool Subscriptions::remove(SubscriptionId id) {
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) {
        return false;
    }
    close(*found->second);
    ++counters_.removed;
    return true;
}

/// Not counted here: that says why.
void Subscriptions::close(Subscription& subscription) {
    for (const LinkId link : subscription.links) {
        links_.erase(link);
    }
    waiting_.erase({subscription.expires_at, subscription.id});
    if (subscription.kind != Kind::passing) {
        named_.erase(key_of(subscription.owner, is_durable(subscription.kind)));
    }
    index_.remove(subscription);
    subscriptions_.erase(subscription.id);
}

Instant Subscriptions::deadline() const {
    return waiting_.empty() ? kNever : waiting_.begin()->first;
}

void Subscriptions::expire(Instant now, std::vector<SubscriptionId>& gone) {
    for (std::size_t i = 0;
         i < kExpiredAtOnceMax && !waiting_.empty() && waiting_.begin()->first <= now; ++i) {
        const SubscriptionId id = waiting_.begin()->second;
        close(*subscriptions_.at(id));
        ++counters_.expired;
        gone.push_back(id);
    }
}

const Subscription* Subscriptions::find(SubscriptionId id) const {
    const auto found = subscriptions_.find(id);
    return found == subscriptions_.end() ? nullptr : found->second.get();
}

}  // namespace weft::topic
