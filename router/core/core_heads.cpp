#include "common/base/conditions.hpp"
#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"
#include "router/core/core.hpp"
#include "router/core/outcome.hpp"

#include <algorithm>
#include <utility>

/// The sections before the bare message: what routers tell one another is read, written and removed
/// there.
namespace weft::router {
namespace {

/// The message without the annotations that only routers write.
Buffer without_router_annotations(Bytes message, const wire::Range& annotations) {
    Buffer stripped;
    stripped.reserve(message.size());
    append(stripped, message.first(annotations.offset));
    annotations::strip_router_annotations(stripped, annotations.of(message));
    append(stripped, message.subspan(annotations.offset + annotations.size));
    return stripped;
}

/// The message with the address that another router is to read.
Buffer with_target(Bytes message, const wire::Facts& facts, std::string_view target) {
    Buffer told;
    told.reserve(message.size() + target.size() + 64);
    append(told, message.first(facts.annotations_at()));
    annotations::RouterAnnotations ours;
    ours.to = target;
    annotations::write_router_annotations(told, facts.message_annotations.of(message), ours, {});
    append(told, message.subspan(facts.bare_message_at));
    return told;
}

std::string_view without_area(std::string_view ingress) {
    return ingress.substr(std::min(ingress.find('/') + 1, ingress.size()));
}

}  // namespace

/// Looks for what must be known of the sections before the body; waits for more of them if cut off.
void Core::find_head(Link& link, const Arrival& arrival, Delivery* known, std::uint64_t& context) {
    Buffer gathered;
    Arrival whole = arrival;
    if (known != nullptr) {
        gathered = pool_.gather(*known);
        whole.payload = gathered;
        whole.provenance = known->provenance;
    }
    Head head;
    Buffer rewritten;
    const Target target = target_of(link, whole, head, rewritten);
    if (target.cut_off) {
        // Not for each byte of a head that comes byte by byte.
        await_more(link, arrival, known, whole.payload.size() + whole.payload.size() / 8, context);
        return;
    }
    if (!target.outcome.empty()) {
        refuse(link, arrival, known, target.reason, target.outcome);
        return;
    }
    if (arrival.more && target.address != nullptr && target.address->routable &&
        whole.payload.size() < kStreamFrom) {
        await_more(link, arrival, known, kStreamFrom, context);
        return;
    }
    if (known != nullptr) {
        known->headless = false;
        hold(*known, -static_cast<std::ptrdiff_t>(pool_.drop_chunks(*known)));
        known->received = whole.payload.size();
        known->dropped = 0;
        known->provenance = whole.provenance;
    }
    route(link, target.address, whole, known, context);
}

/// What came in so far is kept until there are `look_at` bytes of it, or all.
void Core::await_more(Link& link,
                      const Arrival& arrival,
                      Delivery* known,
                      std::uint64_t look_at,
                      std::uint64_t& context) {
    Delivery& headless = delivery_for(link, arrival, known, context);
    headless.headless = true;
    headless.look_at = look_at;
    if (known == nullptr) {
        keep(headless, arrival.payload);
    }
    headless.in_hand = false;  // let go as it is: it has no branches yet
}

/// Where a message is to go, by what came in of it; its annotations are put right (`rewritten` is
/// the memory for that, `head` the one for what it says).
Core::Target Core::target_of(const Link& link, Arrival& message, Head& head, Buffer& rewritten) {
    const bool passed_on = link.connection.is_neighbour();
    const bool anonymous = link.address == nullptr && !passed_on;
    const auto until = anonymous ? wire::Until::to : wire::Until::bare_message;
    const wire::Facts& facts = head.facts = wire::scan(message.payload, !message.more, until);
    if (facts.status != wire::Facts::Status::complete) {
        return unreadable(facts);
    }
    message.head = &head;
    if (passed_on) {
        return passed_on_to(message, head);
    }
    if (anonymous) {
        return anonymous_target(link, message, facts, rewritten);
    }
    settle_annotations(link, message, facts, link.target, rewritten);
    return {.address = link.address};
}

Core::Target Core::unreadable(const wire::Facts& facts) {
    if (facts.status == wire::Facts::Status::incomplete) {
        return {.cut_off = true};
    }
    return {.reason = DropReason::malformed, .outcome = rejected(kDecodeError, facts.reason)};
}

/// The address of a message that another router passed on; null if nobody uses it here.
Core::Target Core::passed_on_to(Arrival& message, Head& head) {
    const auto annotations =
        annotations::read_router_annotations(head.facts.message_annotations.of(message.payload));
    if (!annotations) {
        const Error& error = annotations.error();
        return {.reason = DropReason::malformed, .outcome = rejected(error.condition, error.text)};
    }
    head.routers = *annotations;
    head.from_router = true;
    if (annotations::trace_lists(annotations->trace, own_annotation_)) {
        return {.reason = DropReason::looped,
                .outcome = Buffer(kReleased.begin(), kReleased.end())};
    }
    std::string_view to = annotations->to;
    if (to.empty()) {  // it was sent to no link's address, but to that of its own
        const wire::Facts more = wire::scan(message.payload, !message.more, wire::Until::to);
        if (more.status != wire::Facts::Status::complete) {
            return unreadable(more);
        }
        to = more.to.value_or("");
    }
    AddressKey key = parse_address(to, options_.router_id);
    if (key.text.empty()) {
        return {.reason = DropReason::no_address, .outcome = rejected(kInvalidField, "no address")};
    }
    if (key.address_class() == 'M') {
        key.text[1] = static_cast<char>('0' + annotations->phase);
    }
    message.provenance.annotated = true;
    message.provenance.origin = topology_ == nullptr || annotations->ingress.empty()
                                    ? kNoRouter
                                    : topology_->index_of(without_area(annotations->ingress));
    return {.address = addresses_.find(key.text)};
}

/// The address in `to`, null if nobody uses it.
Core::Target Core::anonymous_target(const Link& link,
                                    Arrival& message,
                                    const wire::Facts& facts,
                                    Buffer& rewritten) {
    std::string to(facts.to.value_or(""));
    if (admission_ != nullptr) {
        auto verdict = admission_->admit({link.connection, to, false, false});
        if (!verdict) {
            const Error& error = verdict.error();
            return {.reason = DropReason::refused,
                    .outcome = rejected(error.condition, error.text)};
        }
        to = std::move(verdict->address);
    }
    const AddressKey key = parse_address(to, options_.router_id);
    if (key.text.empty()) {
        return {.reason = DropReason::no_address,
                .outcome = rejected(kInvalidField,
                                    "an anonymous sender's message needs an address in `to`")};
    }
    Address* const address = addresses_.find(key.text);
    if (address != nullptr && address->treatment.distribution == Distribution::unavailable) {
        return {.reason = DropReason::refused,
                .outcome = rejected(kNotFound, to.substr(0, 64) + " is unavailable")};
    }
    const bool told = is_for_other_routers(key);
    settle_annotations(link, message, facts, told ? std::string_view(to) : "", rewritten);
    return {.address = address};
}

/// Writes `told`, if there is one, into a message that comes from this router's side of the mesh,
/// and removes what only routers may write.
void Core::settle_annotations(const Link& link,
                              Arrival& message,
                              const wire::Facts& facts,
                              std::string_view told,
                              Buffer& rewritten) {
    if (!told.empty()) {
        rewritten = with_target(message.payload, facts, told);
        message.payload = rewritten;
        message.head = nullptr;
        message.provenance.annotated = true;
        return;
    }
    if (!annotations::may_have_router_annotations(facts.message_annotations.of(message.payload))) {
        return;
    }
    if (link.connection.strip.in) {
        rewritten = without_router_annotations(message.payload, facts.message_annotations);
        message.payload = rewritten;
        message.head = nullptr;
    } else {
        message.provenance.annotated = true;
    }
}

/// Writes to `head_` what replaces the start of a message for a peer that is to see routers'
/// annotations, or none of those that are there; returns the size of that start. `known`: what it
/// says, if it was read already.
std::size_t Core::rewrite_head(const Branch& branch,
                               const Link& out,
                               Bytes payload,
                               const Head* known) {
    head_.clear();
    const Delivery& delivery = *branch.delivery;
    if (!out.annotates && !delivery.provenance.annotated) [[likely]] {
        return 0;
    }
    if (out.outlet.relay) {
        return 0;  // its loop will see to it
    }
    const wire::Facts facts = known != nullptr
                                  ? known->facts
                                  : wire::scan(payload, delivery.whole, wire::Until::bare_message);
    if (facts.status != wire::Facts::Status::complete) {
        return 0;
    }
    append(head_, payload.first(facts.annotations_at()));
    const Bytes section = facts.message_annotations.of(payload);
    if (!out.annotates) {
        annotations::strip_router_annotations(head_, section);
        return facts.bare_message_at;
    }
    annotations::RouterAnnotations ours;
    if (known != nullptr && known->from_router) {
        ours = known->routers;
    } else if (delivery.provenance.annotated) {
        ours = annotations::read_router_annotations(section).value_or(ours);
    }
    if (ours.ingress.empty()) {
        ours.trace = {};  // it has passed no router
    }
    std::string to;  // only of an odd name
    const AddressKey* const key = branch.route == nullptr ? nullptr : &branch.route->address->key;
    if (ours.to.empty() && key != nullptr && key->address_class() == 'M') {
        ours.to = mobile_address(key->name(), to);
        ours.phase = static_cast<std::uint8_t>(key->phase() - '0');
    }
    ours.stream = out.streams;
    annotations::write_router_annotations(head_, section, ours, own_annotation_);
    return facts.bare_message_at;
}

}  // namespace weft::router
