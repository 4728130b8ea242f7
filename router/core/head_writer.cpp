#include "router/core/head_writer.hpp"

#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"
#include "router/core/address_table.hpp"
#include "router/core/branch.hpp"

#include <string>

namespace weft::router {

namespace {

/// The routers' annotations, and what stands before them: of an opaque message nothing does, and
/// there are none before a router has written them.
wire::Facts scan(std::uint32_t format, bool annotated, bool whole, Bytes payload) {
    if (format == 0) {
        return wire::scan(payload, whole, wire::Until::bare_message);
    }
    return annotated ? wire::scan(payload, whole, wire::Until::routers)
                     : wire::scan({}, /*complete=*/true, wire::Until::routers);
}

std::size_t routers_bytes_of(const wire::Facts& facts, Bytes payload) {
    if (facts.status != wire::Facts::Status::complete || facts.message_annotations.empty()) {
        return 0;
    }
    const Bytes section = facts.message_annotations.of(payload);
    Buffer without;
    annotations::strip_router_annotations(without, section);
    return section.size() - without.size();
}

}  // namespace

std::size_t HeadWriter::write(const Branch& branch,
                              const Link& out,
                              Bytes payload,
                              const Head* known) {
    head_.clear();
    if (out.outlet.relay || out.connection.traits.is_exchange) {
        return 0;  // who is behind it will see to it
    }
    if (!out.annotates && !branch.delivery->provenance.annotated && !tells_address(branch)) {
        return 0;
    }
    if (known != nullptr) {
        return write_known(branch, out, payload, *known);
    }
    const Delivery& delivery = *branch.delivery;
    const Head read{.facts = scan(delivery.message_format, delivery.provenance.annotated,
                                  delivery.whole, payload)};
    return write_known(branch, out, payload, read);
}

/// It goes to a neighbour that is to give it to all who mean its address.
bool HeadWriter::goes_to_all(const Branch& branch) {
    return branch.delivery->sent_to != nullptr && branch.route != nullptr &&
           branch.route->trunk->expands;
}

/// Who subscribed with wildcards hears which address a message was sent to; from the last router
/// that knows.
bool HeadWriter::tells_address(const Branch& branch) {
    const Delivery& delivery = *branch.delivery;
    const Address* const to = address_of(branch);
    return delivery.sent_to != nullptr && delivery.message_format == 0 && to != nullptr &&
           to->wildcard != nullptr && !goes_to_all(branch);
}

std::size_t HeadWriter::write_known(const Branch& branch,
                                    const Link& out,
                                    Bytes payload,
                                    const Head& known) {
    const Delivery& delivery = *branch.delivery;
    const bool opaque = delivery.message_format != 0;
    const wire::Facts& facts = known.facts;
    if (facts.status != wire::Facts::Status::complete) {
        return 0;
    }
    append(head_, payload.first(facts.annotations_at()));
    Bytes section = facts.message_annotations.of(payload);
    if (tells_address(branch)) {
        told_.clear();
        const Naming* const naming = out.connection.naming;
        const std::string_view name = delivery.sent_to->name;
        std::string odd;
        annotations::write_address(
            told_, section, mobile_address(naming == nullptr ? name : naming->own(name), odd));
        section = told_;
    }
    if (out.connection.traits.is_uplink) {  // of what routers say, where it is to go is enough
        const auto said = annotations::read_router_annotations(section);
        annotations::write_router_annotations(head_, section,
                                              {.to = said ? said->to : std::string_view{}}, {});
        return facts.bare_message_at;
    }
    if (!out.annotates || (opaque && !out.connection.traits.from_router)) {
        annotations::strip_router_annotations(head_, section);
        return facts.bare_message_at;
    }
    annotations::RouterAnnotations ours;
    if (known.from_router) {
        ours = known.routers;
    } else if (delivery.provenance.annotated) {
        ours = annotations::read_router_annotations(section).value_or(ours);
    }
    std::string to;  // only of an odd name
    const AddressKey* const key = branch.route == nullptr ? nullptr : &branch.route->address->key;
    ours.wildcards = goes_to_all(branch);
    if (delivery.sent_to != nullptr && key != nullptr) [[unlikely]] {
        ours.to = mobile_address(
            ours.wildcards ? std::string_view(delivery.sent_to->name) : key->name(), to);
    } else if (ours.to.empty() && key != nullptr && key->address_class() == 'M') {
        ours.to = mobile_address(key->name(), to);
        ours.phase = static_cast<std::uint8_t>(key->phase() - '0');
    } else if (key != nullptr && key->address_class() == 'M') {
        ours.phase = static_cast<std::uint8_t>(key->phase() - '0');  // whatever it was meant for
    }
    if (out.connection.traits.is_beyond) {
        annotations::write_router_annotations(head_, section, {.trace = ours.trace},
                                              own_annotation_);
        return facts.bare_message_at;
    }
    ours.stream = out.streams;
    if (opaque && out.connection.trunk != nullptr && !out.connection.trunk->weft) {
        return facts.bare_message_at +
               write_for_original(delivery, payload.subspan(facts.bare_message_at), ours);
    }
    annotations::write_router_annotations(head_, section, ours, own_annotation_);
    return facts.bare_message_at;
}

/// An original takes every message for one of sections, whatever its format says: annotations go
/// where they belong among those, if that is what the message is.
std::size_t HeadWriter::write_for_original(const Delivery& delivery,
                                           Bytes opaque,
                                           const annotations::RouterAnnotations& ours) {
    const wire::Facts facts = wire::scan(opaque, delivery.whole, wire::Until::bare_message);
    const bool sections = facts.status == wire::Facts::Status::complete;
    append(head_, sections ? opaque.first(facts.annotations_at()) : Bytes{});
    annotations::write_router_annotations(
        head_, sections ? facts.message_annotations.of(opaque) : Bytes{}, ours, own_annotation_);
    return sections ? facts.bare_message_at : 0;
}

std::size_t HeadWriter::routers_bytes(const Delivery& delivery, Bytes start) {
    if (!delivery.provenance.annotated) {
        return 0;
    }
    return routers_bytes_of(
        scan(delivery.message_format, /*annotated=*/true, delivery.whole, start), start);
}

std::size_t HeadWriter::routers_bytes(const Arrival& arrival) {
    if (!arrival.provenance.annotated) {
        return 0;
    }
    return routers_bytes_of(
        arrival.head != nullptr
            ? arrival.head->facts
            : scan(arrival.message_format, /*annotated=*/true, !arrival.more, arrival.payload),
        arrival.payload);
}

}  // namespace weft::router
