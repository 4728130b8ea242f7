#include "router/core/head_reader.hpp"

#include "common/base/conditions.hpp"
#include "common/wire/delivery_state.hpp"
#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace weft::router {
namespace {

/// Of a message of which no section was looked at.
const wire::Facts kNothingRead = wire::scan({}, /*complete=*/true, wire::Until::routers);

/// The message without the annotations that only routers write.
Buffer without_router_annotations(Bytes message, const wire::Range& annotations) {
    Buffer stripped;
    stripped.reserve(message.size());
    append(stripped, message.first(annotations.offset));
    annotations::strip_router_annotations(stripped, annotations.of(message));
    append(stripped, message.subspan(annotations.offset + annotations.size));
    return stripped;
}

/// What `traits` leave of what the peer said in the place of routers.
annotations::RouterAnnotations kept_of(const Traits& traits, Bytes section) {
    annotations::RouterAnnotations none;
    if (traits.strips && !traits.is_beyond) {
        return none;
    }
    const annotations::RouterAnnotations said =
        annotations::read_router_annotations(section).value_or(none);
    return traits.is_beyond ? annotations::RouterAnnotations{.trace = said.trace} : said;
}

/// The message with these for what routers say.
Buffer with_annotations(Bytes message,
                        const wire::Facts& facts,
                        const annotations::RouterAnnotations& ours) {
    Buffer told;
    told.reserve(message.size() + ours.to.size() + 64);
    append(told, message.first(facts.annotations_at()));
    annotations::write_router_annotations(told, facts.message_annotations.of(message), ours, {});
    append(told, message.subspan(facts.bare_message_at));
    return told;
}

/// Of an opaque message that an original passed on, which takes all messages for ones of sections:
/// what routers say, in front of all that its sender wrote.
Buffer with_annotations_first(Bytes message, const wire::Facts& facts) {
    const Bytes section = facts.message_annotations.of(message);
    Buffer first;
    first.reserve(message.size());
    annotations::RouterAnnotations none;
    annotations::write_router_annotations(
        first, {}, annotations::read_router_annotations(section).value_or(none), {});
    append(first, message.first(facts.annotations_at()));
    annotations::strip_router_annotations(first, section);
    append(first, message.subspan(facts.bare_message_at));
    return first;
}

/// Of an opaque message, which is all the same one of sections as a rule: what is judged of these.
wire::Facts sections_if_any(const Arrival& message, wire::Until until) {
    const wire::Facts facts = wire::scan(message.payload, !message.more, until);
    if (facts.status != wire::Facts::Status::malformed) {
        return facts;
    }
    wire::Facts judged = kNothingRead;
    judged.user_id = facts.user_id;  // others may read as far as that
    return judged;
}

std::string_view without_area(std::string_view ingress) {
    return ingress.substr(std::min(ingress.find('/') + 1, ingress.size()));
}

Target refused(std::string_view condition, std::string_view why) {
    return {.reason = DropReason::refused, .outcome = wire::rejected(condition, why)};
}

/// Of a message that was sent to no link's address, with `to` for its own.
Target no_address(std::string_view to) {
    const std::string why = to.empty()
                                ? "a message for no link's address needs one in `to`"
                                : "`to` is not an address: " + std::string(why_no_address(to));
    return {.reason = DropReason::no_address, .outcome = wire::rejected(kInvalidField, why)};
}

}  // namespace

HeadReader::HeadReader(std::string router_id,
                       AddressTable& addresses,
                       const Routes& routes,
                       const Resolver& resolver)
    : router_id_{std::move(router_id)},
      own_annotation_{"0/" + router_id_},
      addresses_{addresses},
      routes_{routes},
      resolver_{resolver} {}

Target HeadReader::read(const Link& link, Arrival& message, Head& head, Buffer& rewritten) const {
    const wire::Facts& facts = scan(link, message, head, rewritten);
    if (facts.status != wire::Facts::Status::complete) {
        return unreadable(facts);
    }
    if (link.connection.traits.from_router) {
        message.head = &head;
        return passed_on_to(message, head);
    }
    if (link.connection.admission != nullptr) [[unlikely]] {
        if (auto refusal = inadmissible(link, facts)) {
            return *std::move(refusal);
        }
    }
    message.head = message.is_opaque() ? nullptr : &head;
    if (link.address == nullptr) {
        const Traits& traits = link.connection.traits;
        return traits.is_uplink ? target_from_mesh(message, facts)
               : traits.is_edge ? target_from_edge(link, message, facts, rewritten)
                                : anonymous_target(link, message, facts, rewritten);
    }
    if (auto loop = going_around(link, facts.message_annotations.of(message.payload))) {
        return *std::move(loop);
    }
    std::string memory;
    std::string_view told;
    if (link.target != nullptr) {
        told = *link.target;
    } else if (link.connection.traits.is_edge) {
        told = other_than_said(link, facts.message_annotations.of(message.payload), memory);
    }
    settle_annotations(link, message, message.is_opaque() ? kNothingRead : facts, told, rewritten);
    return {.address = link.address};
}

/// What must be known of the first sections.
const wire::Facts& HeadReader::scan(const Link& link,
                                    Arrival& message,
                                    Head& head,
                                    Buffer& rewritten) {
    const bool passed_on = link.connection.traits.from_router;
    const bool anonymous = link.address == nullptr && !passed_on;
    const Trunk* const trunk = link.connection.trunk;
    Admission* const admission = link.connection.admission;
    const bool judged = admission != nullptr && admission->judges_user_ids();
    auto until = anonymous || judged ? wire::Until::to : wire::Until::bare_message;
    if (message.is_opaque()) [[unlikely]] {
        if (!passed_on && !anonymous) {
            return head.facts = judged ? sections_if_any(message, until) : kNothingRead;
        }
        if (trunk != nullptr && !trunk->weft) {
            const wire::Facts facts = wire::scan(message.payload, !message.more, until);
            if (facts.status == wire::Facts::Status::incomplete) {
                return head.facts = facts;
            }
            if (facts.status == wire::Facts::Status::complete) {
                rewritten = with_annotations_first(message.payload, facts);
                message.payload = rewritten;
            }
        }
        until = passed_on ? wire::Until::routers : until;
    }
    return head.facts = wire::scan(message.payload, !message.more, until);
}

/// What the rules for the connection say of the message, if they refuse it.
std::optional<Target> HeadReader::inadmissible(const Link& link, const wire::Facts& facts) {
    router::MessageFacts message{.user_id = facts.user_id};
    if (link.address == nullptr) {
        message.to = facts.to.value_or("");
    }
    const auto error = link.connection.admission->refuses(message);
    return error ? std::optional{refused(error->condition, error->text)} : std::nullopt;
}

Target HeadReader::unreadable(const wire::Facts& facts) {
    if (facts.status == wire::Facts::Status::incomplete) {
        return {.cut_off = true};
    }
    return {.reason = DropReason::malformed, .outcome = wire::rejected(kDecodeError, facts.reason)};
}

/// The address of a message that another router passed on; null if nobody uses it here.
Target HeadReader::passed_on_to(Arrival& message, Head& head) const {
    const auto annotations =
        annotations::read_router_annotations(head.facts.message_annotations.of(message.payload));
    if (!annotations) {
        const Error& error = annotations.error();
        return {.reason = DropReason::malformed,
                .outcome = wire::rejected(error.condition, error.text)};
    }
    head.routers = *annotations;
    head.from_router = true;
    if (annotations::trace_lists(annotations->trace, own_annotation_)) {
        return {.reason = DropReason::looped,
                .outcome = Buffer(wire::kReleased.begin(), wire::kReleased.end())};
    }
    std::string_view to = annotations->to;
    if (to.empty()) {  // it was sent to no link's address, but to that of its own
        const Bytes own =
            message.payload.subspan(message.is_opaque() ? head.facts.bare_message_at : 0);
        const wire::Facts more = wire::scan(own, !message.more, wire::Until::to);
        if (more.status != wire::Facts::Status::complete) {
            return unreadable(more);
        }
        to = more.to.value_or("");
    }
    AddressKey key = parse_address(to, router_id_);
    if (key.text.empty()) {
        return no_address(to);
    }
    key.set_phase(annotations->phase);
    message.provenance.annotated = true;
    message.provenance.origin = annotations->ingress.empty()
                                    ? kNoRouter
                                    : routes_.index_of(without_area(annotations->ingress));
    message.provenance.for_wildcards = annotations->wildcards;
    return {.address = annotations->wildcards ? used_or_meant(key, Distribution::multicast)
                                              : addresses_.find(key.text)};
}

Address& HeadReader::address_of(std::string_view name) const {
    const AddressKey key{"M0" + std::string(name)};
    Address* const known = addresses_.find(key.text);
    return known != nullptr ? *known : addresses_.obtain_passing(key, resolver_.treatment_of(key));
}

/// Null if nobody uses it, nor has subscribed to it with wildcards. `hint`: how another router
/// treats it; none: a client has named it.
Address* HeadReader::used_or_meant(const AddressKey& key, std::optional<Distribution> hint) const {
    Address* const known = addresses_.find(key.text);
    if (known != nullptr || addresses_.wildcards().empty() || key.address_class() != 'M') {
        return known;
    }
    const Treatment treatment =
        hint ? resolver_.treatment_from_afar(key, hint) : resolver_.treatment_of(key);
    if (!may_have_wildcards(key, treatment)) {
        return nullptr;
    }
    const auto read = read_wildcards(key.name());
    const bool is_plain = !read || !*read;  // else it is for those alone who subscribed to that
    const bool meant = is_plain && addresses_.wildcards().reach(key.name());
    return meant ? &addresses_.obtain_passing(key, treatment) : nullptr;
}

/// What nobody uses is treated as the next one who attaches to it would find it. Nothing: messages
/// that were sent to no link's address may go there.
std::optional<Target> HeadReader::refusal(const AddressKey& key, const Address* address) const {
    const Distribution distribution = address != nullptr ? address->treatment.distribution
                                                         : resolver_.treatment_of(key).distribution;
    if (distribution == Distribution::unavailable) {
        return refused(kNotFound, kNodeNotFound);
    }
    if (address == nullptr && resolver_.passes_links(key)) {
        return refused(kPreconditionFailed,
                       "links to the address in `to` are passed on to a broker: send over a link "
                       "that is attached to it");
    }
    return std::nullopt;
}

/// The address in `to`, null if nobody uses it.
Target HeadReader::anonymous_target(const Link& link,
                                    Arrival& message,
                                    const wire::Facts& facts,
                                    Buffer& rewritten) const {
    if (auto loop = going_around(link, facts.message_annotations.of(message.payload))) {
        return *std::move(loop);
    }
    if (wire::outcome_of(message.state) == wire::Outcome::transactional) {
        return refused(kPreconditionFailed,
                       "a message of a transaction is sent over a link that is attached to its "
                       "address");
    }
    std::string_view to = facts.to.value_or("");
    if (Naming* const naming = link.connection.naming; naming != nullptr) [[unlikely]] {
        const auto whole = naming->whole(to);
        if (!whole) {
            return refused(whole.error().condition, whole.error().text);
        }
        to = *whole;
    }
    AddressKey key = parse_address(to, router_id_);
    if (key.text.empty()) {
        return no_address(to);
    }
    resolver_.enter(key);
    Address* address = used_or_meant(key, std::nullopt);
    if (auto target = refusal(key, address)) {
        return *std::move(target);
    }
    bool told = is_for_other_routers(key);
    if (Address* const upstream = addresses_.upstream(); upstream != nullptr) [[unlikely]] {
        const bool rises = goes_up(key, address);
        told = (told && !rises) ||
               (link.connection.naming != nullptr && (rises || is_multicast(address)));
        address = rises ? upstream : address;
    }
    settle_annotations(link, message, message.is_opaque() ? kNothingRead : facts, told ? to : "",
                       rewritten);
    return {.address = address};
}

/// Nobody here gets a message for `key`, and by its uplink an edge router may find somebody.
bool HeadReader::goes_up(const AddressKey& key, const Address* address) const {
    const bool is_mobile = key.address_class() == 'M' && !is_management(key);
    const bool is_reached = address != nullptr && address->reachable();
    return is_elsewhere(key) || (is_mobile && !is_reached && addresses_.upstream()->reachable());
}

/// What a message says of where it goes that came from or to an edge router for no link's address:
/// to be told by routers, or else its own.
std::optional<Target> HeadReader::said_in(const Arrival& message,
                                          const wire::Facts& facts,
                                          Said& said) const {
    const auto routers =
        annotations::read_router_annotations(facts.message_annotations.of(message.payload));
    if (!routers) {
        return Target{.reason = DropReason::malformed,
                      .outcome = wire::rejected(routers.error().condition, routers.error().text)};
    }
    said.by_routers = !routers->to.empty();
    said.to = said.by_routers ? routers->to : facts.to.value_or("");
    said.key = parse_address(said.to, router_id_);
    if (said.key.text.empty()) {
        return no_address(said.to);
    }
    said.key.set_phase(routers->phase);
    return std::nullopt;
}

/// The address of a message that came down to an edge router for no link's address.
Target HeadReader::target_from_mesh(Arrival& message, const wire::Facts& facts) const {
    Said said;
    if (auto refused = said_in(message, facts, said)) {
        return *std::move(refused);
    }
    message.provenance.annotated = !facts.message_annotations.empty();
    return {.address = said.key.text == kUpstreamKey ? nullptr : addresses_.find(said.key.text)};
}

/// The address of a message that an edge router brought for no link's address.
Target HeadReader::target_from_edge(const Link& link,
                                    Arrival& message,
                                    const wire::Facts& facts,
                                    Buffer& rewritten) const {
    Said said;
    if (auto refused = said_in(message, facts, said)) {
        return *std::move(refused);
    }
    if (!said.by_routers) {
        resolver_.enter(said.key);
    }
    Address* const address = used_or_meant(said.key, std::nullopt);
    if (auto refused = refusal(said.key, address)) {
        return *std::move(refused);
    }
    const bool told = is_for_other_routers(said.key) && !said.by_routers;
    settle_annotations(link, message, message.is_opaque() ? kNothingRead : facts,
                       told ? said.to : "", rewritten);
    return {.address = address};
}

/// Of a message that an edge router brought over a link that has an address: that, if it says
/// another one.
std::string_view HeadReader::other_than_said(const Link& link,
                                             Bytes section,
                                             std::string& memory) const {
    if (!annotations::may_have_router_annotations(section)) {
        return {};
    }
    const annotations::RouterAnnotations none;
    const std::string_view said = annotations::read_router_annotations(section).value_or(none).to;
    const std::string_view name = link.address->key.name();
    const bool is_same = said.empty() || parse_address(said, router_id_).name() == name;
    return is_same ? std::string_view{} : mobile_address(name, memory);
}

/// Routers whose waypoints feed each other pass a message around for ever.
std::optional<Target> HeadReader::going_around(const Link& link, Bytes section) const {
    if (!link.connection.traits.is_beyond || !annotations::may_have_router_annotations(section)) {
        return std::nullopt;
    }
    const annotations::RouterAnnotations none;
    const std::vector<std::string_view> passed =
        annotations::routers_in(annotations::read_router_annotations(section).value_or(none).trace);
    if (std::ranges::count(passed, own_annotation_) < kPassesMax) {
        return std::nullopt;
    }
    const auto last = std::find(passed.rbegin(), passed.rend(), own_annotation_);
    std::string names = router_id_;
    for (auto at = last.base(); at != passed.end(); ++at) {
        names += ", " + std::string(without_area(*at));
    }
    return Target{.reason = DropReason::looped,
                  .outcome = wire::rejected(kPreconditionFailed,
                                            "the message goes around: waypoints of the routers " +
                                                names + " feed each other")};
}

/// Writes `told`, if there is one, into a message that comes from this router's side of the mesh,
/// and removes what only routers may write.
void HeadReader::settle_annotations(const Link& link,
                                    Arrival& message,
                                    const wire::Facts& facts,
                                    std::string_view told,
                                    Buffer& rewritten) {
    const Traits& traits = link.connection.traits;
    const Bytes section = facts.message_annotations.of(message.payload);
    if (!told.empty()) {
        auto ours = kept_of(traits, section);
        ours.to = told;
        rewritten = with_annotations(message.payload, facts, ours);
        message.payload = rewritten;
        message.head = nullptr;
        message.provenance.annotated = true;
        return;
    }
    if (!annotations::may_have_router_annotations(section)) {
        return;
    }
    if (traits.is_beyond) {
        rewritten = with_annotations(message.payload, facts, kept_of(traits, section));
        message.payload = rewritten;
        message.head = nullptr;
        message.provenance.annotated = true;
    } else if (traits.strips) {
        rewritten = without_router_annotations(message.payload, facts.message_annotations);
        message.payload = rewritten;
        message.head = nullptr;
    } else {
        message.provenance.annotated = true;
    }
}

}  // namespace weft::router
