#include "router/linkstate/reception.hpp"

#include "router/linkstate/control_fields.hpp"

#include <utility>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using What = Received::What;
using Whom = ControlAddress::Whom;

bool is_request(const Message& message) {
    return std::holds_alternative<LinkStateRequest>(message) ||
           std::holds_alternative<MobileRequest>(message);
}

}  // namespace

Received Reception::read(Adjacency& from, Bytes message, Instant now) {
    ++ground_.counters.received;
    from.alive = now;
    const auto envelope = read_envelope(message);
    if (!envelope) {
        ground_.reports.malformed(from, envelope.error().text);
        return {};
    }
    const std::string& self = ground_.options.id;
    Received received{
        .to = read_control_address(envelope->to), .envelope = *envelope, .message = message};
    const ControlAddress& to = received.to;
    const auto with_content = [&](What what) {
        received.content = content_of(from, to, *envelope);
        received.what = received.content ? what : What::nothing;
    };
    if (to.whom == Whom::nobody) {
        ground_.reports.malformed(from, "'" + std::string(envelope->to.substr(0, kRouterIdMax)) +
                                            "' is not an address of the control link");
    } else if (to.whom == Whom::neighbour) {
        with_content(What::hello);
    } else if (envelope->ingress == self || has_passed(*envelope, self)) {
        on_looped(from, *envelope, now);
    } else if (to.whom == Whom::all) {
        if (memory_.is_new(envelope->ingress, envelope->content, now)) {
            with_content(What::flood);
        } else {
            ++ground_.counters.duplicates;
        }
    } else if (to.router != self) {
        received.what = What::transit;
    } else if (to.part != ControlAddress::Part::extension) {
        with_content(What::unicast);
    } else if (is_router_id(envelope->ingress)) {
        received.what = What::extension;
    } else {
        ground_.reports.malformed(from, "a message between Weft routers does not say who sent it");
    }
    return received;
}

/// It came back; or somebody with our id sent it.
void Reception::on_looped(Adjacency& from, const Envelope& envelope, Instant now) {
    ++ground_.counters.looped;
    if (envelope.ingress != ground_.options.id) {
        return;
    }
    const auto content = read_message(envelope.content, /*keys_max=*/0);
    const auto* advert = content ? std::get_if<RouterAdvert>(&*content) : nullptr;
    if (advert == nullptr || advert->instance == ground_.options.instance) {
        return;
    }
    // For a while it may also be what this router sent in its former life.
    if (advert->instance > ground_.options.instance || now - started_ > kFormerLife) {
        ground_.reports.duplicate_id(from, ground_.options.id,
                                     "another router of the mesh has this router's id");
    }
}

/// The content, if it is for that address, and its speaker is who sent it.
std::optional<Message> Reception::content_of(Adjacency& from,
                                             const ControlAddress& to,
                                             const Envelope& envelope) {
    auto content = read_message(envelope.content, ground_.options.slice);
    if (!content) {
        ground_.reports.malformed(from, content.error().text);
        return std::nullopt;
    }
    const Speaker& speaker = speaker_of(*content);
    if (!is_known_version(speaker)) {
        return std::nullopt;
    }
    const std::string opcode(opcode_of(*content));
    if (part_of(*content) != to.part || (to.whom == Whom::all && is_request(*content))) {
        ground_.reports.malformed(from, opcode + " sent to '" + std::string(envelope.to) + "'");
        return std::nullopt;
    }
    if (!envelope.ingress.empty() && envelope.ingress != speaker.id) {
        ground_.reports.impostor(from, speaker.id,
                                 opcode + " of '" + speaker.id + "' was sent by '" +
                                     std::string(envelope.ingress) + "'");
        return std::nullopt;
    }
    if (speaker.id == ground_.options.id && to.whom != Whom::neighbour) {
        ground_.reports.impostor(from, speaker.id, opcode + " in this router's name");
        return std::nullopt;
    }
    return std::move(*content);
}

bool Reception::is_known_version(const Speaker& speaker) {
    if (speaker.version <= kProtocolVersion) {
        return true;
    }
    if (strangers_.size() < kStrangersMax && strangers_.insert(speaker.id).second) {
        ground_.reports.tell(
            Kind::version_mismatch, speaker.id,
            "it speaks version " + std::to_string(speaker.version) + ", and is ignored");
    }
    return false;
}

}  // namespace weft::linkstate
