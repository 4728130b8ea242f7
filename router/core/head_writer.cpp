#include "router/core/head_writer.hpp"

#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"
#include "router/core/address_table.hpp"

#include <string>

namespace weft::router {

std::size_t HeadWriter::write(const Branch& branch,
                              const Link& out,
                              Bytes payload,
                              const Head* known) {
    head_.clear();
    const Delivery& delivery = *branch.delivery;
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
