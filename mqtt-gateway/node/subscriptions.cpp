#include "mqtt-gateway/node/subscriptions.hpp"

#include "common/base/text.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/mapping/digest.hpp"
#include "mqtt-gateway/mapping/outcome.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::gateway {
namespace {

mqtt::Reason reason_of(mqtt::Qos qos) {
    return static_cast<mqtt::Reason>(qos);
}

std::string shape_of(std::string_view filter) {
    return keys::WildcardShapes::of(keys::MatchMethod::mqtt, mqtt::split(filter).filter);
}

std::uint32_t plain(session::SubscriptionNumber number) {
    return static_cast<std::uint32_t>(number);
}

}  // namespace

void Subscriptions::subscribe(Device& device,
                              const session::Subscribe& request,
                              Instant now,
                              Answers& answers) {
    const session::SubscriptionNumber number = request.ticket.subscription;
    const bool was_stored = request.ticket.request == 0;  // judged when somebody comes for it
    if (!was_stored && !permissions_.may_subscribe(device, request.filter)) {
        answers.push_back({device.id, request.ticket, mqtt::Reason::not_authorized});
        return;
    }
    const Asked asked{request.ticket, request.qos, request.send_retained};
    SlotNumber at = 0;
    if (Slot* slot = find(device, number, at); slot != nullptr) {
        ask(at, *slot, asked, now, answers);
        return;
    }
    const session::SubscriptionEntry* entry = device.session.subscriptions().find(number);
    const std::string filter = entry != nullptr ? entry->filter : std::string{request.filter};
    const auto sources = space_.sources(filter);
    if (!sources) {
        answers.push_back(
            {.device = device.id, .ticket = request.ticket, .reason = sources.error().reason});
        return;
    }
    const bool is_divided = is_kept_at_brokers(device) && mqtt::split(filter).shared() &&
                            std::ranges::any_of(*sources, [](const mqtt_mapping::Source& source) {
                                return mqtt_mapping::is_shared_out(source.type);
                            });
    if (is_divided) {
        answers.push_back({.device = device.id,
                           .ticket = request.ticket,
                           .reason = mqtt::Reason::shared_subscriptions_not_supported});
        return;
    }
    const std::string shape = shape_of(filter);
    const bool may_have_shape = was_stored || shapes_.may_bring(shape, device.id);
    if (!may_have_shape || !tree_.has_room_for(filter)) {
        answers.push_back({.device = device.id,
                           .ticket = request.ticket,
                           .reason = mqtt::Reason::quota_exceeded});
        return;
    }
    shapes_.add(shape);
    shapes_.charge(shape, device.id);
    at = ++last_;
    by_device_.emplace(std::pair{device.id, plain(number)}, at);
    Slot& slot = slots_
                     .emplace(at, Slot{.device = &device,
                                       .number = number,
                                       .filter = filter,
                                       .links = {},
                                       .asked = {}})
                     .first->second;
    for (const mqtt_mapping::Source& source : *sources) {
        const ReceptionId link = link_for(source, at, device, was_stored);
        if (std::ranges::find(slot.links, link) == slot.links.end()) {
            slot.links.push_back(link);
        }
    }
    ask(at, slot, asked, now, answers);
}

/// A message of a queue goes to another consumer when this gateway dies, so that a session which
/// outlives the gateway can't have it exactly once. Nor can it if its gateway alone knows what it
/// was sent. Where brokers keep what is for the session, what no broker has may be lost.
void Subscriptions::ask(SlotNumber at, Slot& slot, Asked asked, Instant now, Answers& answers) {
    for (const ReceptionId id : slot.links) {
        Link& link = links_.at(id);
        if (!link.attached) {
            link.asked.insert(at);
        }
        if (link.exclusive && slot.device->is_kept()) {
            asked.qos = std::min(asked.qos, mqtt::Qos::at_least_once);
        } else if (is_kept_at_brokers(*slot.device)) {
            asked.qos = mqtt::Qos::at_most_once;
        }
    }
    slot.asked.push_back(asked);
    grant_if_ready(at, slot, answers);
    if (!slot.asked.empty() && asked.ticket.request != 0) {
        waits_.emplace_back(now, at);
    }
}

/// The filter of a source means nothing to a router that does not know it, and the tree leaves out
/// what it brings beyond: one link for all filters of an address.
ReceptionId Subscriptions::link_for(const mqtt_mapping::Source& source,
                                    SlotNumber slot,
                                    Device& device,
                                    bool stands) {
    const bool kept = source.type == mqtt_mapping::AddressType::topic && is_kept_at_brokers(device);
    if (const ReceptionId known = kept ? kept_link(device, source.address) : 0; known != 0) {
        links_.at(known).slots.insert(slot);
        return known;
    }
    const bool exclusive = kept || !mqtt_mapping::is_shared_out(source.type);
    if (!exclusive) {
        if (const auto found = shared_.find(source.address); found != shared_.end()) {
            links_.at(found->second).slots.insert(slot);
            return found->second;
        }
    }
    const bool wildcards = source.type == mqtt_mapping::AddressType::multicast &&
                           mqtt_mapping::is_pattern(source.address, space_.separator());
    Interest interest{.address = source.address, .exclusive = exclusive, .wildcards = wildcards};
    if (kept) {
        const std::uint32_t expiry = device.session.life().expiry_seconds;
        interest.subscription = name_of(device, source.address);
        interest.stands = stands;
        if (expiry != session::kNeverExpires) {
            interest.seconds = expiry;
        }
    }
    const ReceptionId id = uplink_.receive(std::move(interest));
    links_.emplace(id, Link{.address = source.address,
                            .type = source.type,
                            .exclusive = exclusive,
                            .kept = kept,
                            .slots = {slot},
                            .asked = {}});
    if (exclusive) {
        device.exclusive.push_back(id);
        device.share = Device::kNoShare;
    } else {
        shared_.emplace(source.address, id);
    }
    return id;
}

/// 0: there is none.
ReceptionId Subscriptions::kept_link(const Device& device, std::string_view address) const {
    const auto found = std::ranges::find_if(device.exclusive, [&](ReceptionId id) {
        const Link& link = links_.at(id);
        return link.kept && link.address == address;
    });
    return found == device.exclusive.end() ? 0 : *found;
}

/// Of the session, whoever has it; each link has a name of its own behind '|'.
std::string Subscriptions::name_of(const Device& device, std::string_view address) {
    constexpr std::size_t kGatewayMax = 64;
    std::string name{"mqtt/"};
    name += std::to_string(device.session.life().birth);
    mqtt_mapping::Digest digest;
    digest.add(as_bytes(address));
    const mqtt_mapping::Digest::Value value = digest.end();
    name += '/';
    append_hex(name, Bytes{value});
    return name + "|" + gateway_.substr(0, kGatewayMax) + "/" + std::to_string(++last_kept_);
}

void Subscriptions::grant_if_ready(SlotNumber at, Slot& slot, Answers& answers) {
    const bool ready =
        std::ranges::all_of(slot.links, [&](ReceptionId link) { return links_.at(link).attached; });
    if (!ready) {
        return;
    }
    if (std::exchange(slot.life, Life::granted) == Life::asked) {
        (void)tree_.add(slot.filter, {.id = mqtt_mapping::SubscriberId{at}});
    }
    for (const Asked& asked : slot.asked) {
        answers.push_back({.device = slot.device->id,
                           .ticket = asked.ticket,
                           .reason = reason_of(asked.qos),
                           .send_retained = asked.send_retained});
    }
    slot.asked.clear();
}

void Subscriptions::unsubscribe(Device& device,
                                session::SubscriptionNumber number,
                                Answers& answers) {
    SlotNumber at = 0;
    if (Slot* slot = find(device, number, at); slot != nullptr) {
        for (const Asked& asked : slot->asked) {
            answers.push_back(
                {.device = device.id, .ticket = asked.ticket, .reason = reason_of(asked.qos)});
        }
        leave(at, *slot);
    }
}

void Subscriptions::drop(Device& device) {
    while (true) {
        const auto first = by_device_.lower_bound({device.id, 0});
        if (first == by_device_.end() || first->first.first != device.id) {
            return;
        }
        const SlotNumber at = first->second;
        leave(at, slots_.at(at));
    }
}

void Subscriptions::leave(SlotNumber at, Slot& slot) {
    if (slot.life == Life::granted) {
        (void)tree_.remove(slot.filter, mqtt_mapping::SubscriberId{at});
    }
    for (const ReceptionId id : slot.links) {
        const auto link = links_.find(id);
        if (link == links_.end()) {
            continue;  // refused
        }
        link->second.slots.erase(at);
        link->second.asked.erase(at);
        if (link->second.slots.empty()) {
            if (link->second.exclusive) {
                std::erase(slot.device->exclusive, id);
                slot.device->share = Device::kNoShare;
            } else {
                shared_.erase(link->second.address);
            }
            const bool may_be_shared = link->second.kept && slot.device->is_inherited;
            links_.erase(link);
            if (slot.device->is_lost) {
                uplink_.end(id, Uplink::Ending::left);
            } else {
                uplink_.end(id, may_be_shared ? Uplink::Ending::later : Uplink::Ending::settled);
            }
        }
    }
    shapes_.remove(shape_of(slot.filter));
    by_device_.erase({slot.device->id, plain(slot.number)});
    slots_.erase(at);
}

void Subscriptions::on_attached(ReceptionId id, Answers& answers) {
    const auto link = links_.find(id);
    if (link == links_.end()) {
        return;
    }
    link->second.attached = true;
    const std::unordered_set<SlotNumber> asked = std::exchange(link->second.asked, {});
    std::vector<SlotNumber> in_order{asked.begin(), asked.end()};
    std::ranges::sort(in_order);
    for (const SlotNumber at : in_order) {
        grant_if_ready(at, slots_.at(at), answers);
    }
    if (link->second.exclusive) {
        slots_.at(*link->second.slots.begin()).device->share = Device::kNoShare;
    }
}

void Subscriptions::on_detached(ReceptionId id) {
    if (const auto link = links_.find(id); link != links_.end()) {
        link->second.attached = false;
    }
}

void Subscriptions::end_waits(Instant now, Answers& answers) {
    for (; !waits_.empty() && waits_.front().first + kPatience <= now; waits_.pop_front()) {
        const SlotNumber at = waits_.front().second;
        if (const auto slot = slots_.find(at); slot != slots_.end()) {
            give_up(at, slot->second, answers);
        }
    }
}

/// What a device asked for and has not got. What a store had is the session's, and waits on.
void Subscriptions::give_up(SlotNumber at, Slot& slot, Answers& answers) {
    for (const Asked& asked : slot.asked) {
        if (asked.ticket.request != 0) {
            answers.push_back({.device = slot.device->id,
                               .ticket = asked.ticket,
                               .reason = mqtt::Reason::unspecified_error});
        }
    }
    std::erase_if(slot.asked, [](const Asked& asked) { return asked.ticket.request != 0; });
    if (slot.life == Life::asked && slot.asked.empty()) {
        leave(at, slot);
    }
}

void Subscriptions::on_refused(ReceptionId id, const Error& why, Answers& answers) {
    const auto link = links_.find(id);
    if (link == links_.end()) {
        return;
    }
    std::vector<SlotNumber> slots{link->second.slots.begin(), link->second.slots.end()};
    std::ranges::sort(slots);
    if (link->second.exclusive) {
        std::erase(slots_.at(slots.front()).device->exclusive, id);
    } else {
        shared_.erase(link->second.address);
    }
    links_.erase(link);
    for (const SlotNumber at : slots) {
        Slot& slot = slots_.at(at);
        for (const Asked& asked : slot.asked) {
            answers.push_back({.device = slot.device->id,
                               .ticket = asked.ticket,
                               .reason = mqtt_mapping::subscribe_reason(why.condition)});
        }
        leave(at, slot);
    }
}

/// Addresses with wildcards may stand for the same address, and for others of their type that are
/// declared beside them. What one of their links that is not attached would bring comes by the next
/// one alone: `instead_of` is the first of these.
bool Subscriptions::is_brought_by(ReceptionId by,
                                  const Slot& slot,
                                  std::string_view address,
                                  ReceptionId& instead_of) const {
    if (slot.links.size() == 1) {
        return slot.links.front() == by;
    }
    if (std::ranges::find(slot.links, by) == slot.links.end()) {
        return false;
    }
    const mqtt_mapping::AddressType type = links_.at(by).type;
    for (const ReceptionId id : slot.links) {
        if (id == by) {
            return true;
        }
        const Link& link = links_.at(id);
        if (link.type != type ||
            !mqtt_mapping::stands_for(link.address, address, space_.separator())) {
            continue;
        }
        if (link.attached) {
            return false;
        }
        instead_of = instead_of == 0 ? id : instead_of;
    }
    return false;
}

void Subscriptions::match(ReceptionId by,
                          const mqtt_mapping::MeshMessage& message,
                          std::vector<Wanted>& wanted) {
    wanted.clear();
    tree_.match(message.topic, matches_);
    const auto add = [&](const mqtt_mapping::Subscriber& subscriber) {
        const Slot& slot = slots_.at(static_cast<SlotNumber>(subscriber.id));
        ReceptionId instead_of = 0;
        if (is_brought_by(by, slot, message.address, instead_of)) {
            wanted.push_back(
                {.device = slot.device, .number = slot.number, .instead_of = instead_of});
        }
    };
    for (const mqtt_mapping::Subscriber& subscriber : matches_.plain) {
        add(subscriber);
    }
    for (mqtt_mapping::FilterEntry* group : matches_.shared) {
        const auto is_there = [&](const mqtt_mapping::Subscriber& subscriber) {
            return slots_.at(static_cast<SlotNumber>(subscriber.id)).device->credit() > 0;
        };
        const mqtt_mapping::Subscriber* chosen = group->choose(is_there);
        if (chosen == nullptr) {
            chosen = group->choose([](const mqtt_mapping::Subscriber&) { return true; });
        }
        if (chosen != nullptr) {
            add(*chosen);
        }
    }
    given_ += wanted.size();
    if (wanted.size() > 1) {
        std::ranges::stable_sort(wanted, std::less{},
                                 [](const Wanted& each) { return each.device->id; });
    }
}

bool Subscriptions::take_out(std::vector<Wanted>& wanted,
                             const std::function<bool(std::string_view address)>& came) const {
    ReceptionId asked = 0;
    bool it_came = false;
    const auto has_it = [&](const Wanted& one) {
        if (one.instead_of != 0 && std::exchange(asked, one.instead_of) != one.instead_of) {
            it_came = came(address_of(one.instead_of));
        }
        return one.instead_of != 0 && it_came;
    };
    return std::erase_if(wanted, has_it) > 0;
}

Subscriptions::Wanted Subscriptions::owner_of(ReceptionId id) const {
    const auto link = links_.find(id);
    if (link == links_.end() || !link->second.exclusive) {
        return {};
    }
    const Slot& slot = slots_.at(*link->second.slots.begin());
    return {.device = slot.device, .number = slot.number};
}

std::string_view Subscriptions::address_of(ReceptionId id) const {
    const auto link = links_.find(id);
    return link == links_.end() ? std::string_view{} : link->second.address;
}

void Subscriptions::allow(Device& device) {
    if (device.exclusive.empty()) {
        return;
    }
    const auto links = static_cast<std::uint32_t>(device.exclusive.size());
    const std::uint32_t credit = device.credit();
    const std::uint32_t share = credit == 0 ? 0 : std::max<std::uint32_t>(1, credit / links);
    if (std::exchange(device.share, share) == share) {
        return;
    }
    for (const ReceptionId id : device.exclusive) {
        uplink_.allow(id, share);
    }
}

Subscriptions::Slot* Subscriptions::find(const Device& device,
                                         session::SubscriptionNumber number,
                                         SlotNumber& at) {
    const auto found = by_device_.find({device.id, plain(number)});
    if (found == by_device_.end()) {
        return nullptr;
    }
    at = found->second;
    return &slots_.at(at);
}

}  // namespace weft::gateway
