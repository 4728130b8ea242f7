#include "router/linkstate/control_fields.hpp"
#include "router/linkstate/state.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace weft::linkstate {
namespace {

/// Which part of a router such a message is for.
ControlAddress::Part part_of(const Message& message) {
    if (std::holds_alternative<Hello>(message)) {
        return ControlAddress::Part::hello;
    }
    return std::holds_alternative<MobileRequest>(message) ||
                   std::holds_alternative<MobileUpdate>(message)
               ? ControlAddress::Part::addresses
               : ControlAddress::Part::links;
}

bool is_request(const Message& message) {
    return std::holds_alternative<LinkStateRequest>(message) ||
           std::holds_alternative<MobileRequest>(message);
}

std::string_view name_of(ControlAddress::Part part) {
    switch (part) {
        case ControlAddress::Part::addresses:
            return "/qdrouter.ma";
        case ControlAddress::Part::extension:
            return "/weft";
        case ControlAddress::Part::hello:
        case ControlAddress::Part::links:
            break;
    }
    return "/qdrouter";
}

std::string unicast_address(std::string_view router, ControlAddress::Part part) {
    return std::string("amqp:/_topo/0/").append(router).append(name_of(part));
}

}  // namespace

void LinkState::State::report(Kind kind, std::string_view router, std::string text, PeerLink link) {
    output_->on_event(
        {.kind = kind, .router = std::string(router), .text = std::move(text), .link = link});
}

void LinkState::State::report_malformed(Adjacency& adjacency, std::string text) {
    ++counters_.malformed;
    if (!std::exchange(adjacency.told_malformed, true)) {
        report(Kind::malformed, adjacency.id, std::move(text), adjacency.link);
    }
}

void LinkState::State::report_impostor(Adjacency& adjacency,
                                       std::string_view router,
                                       std::string text) {
    ++counters_.malformed;
    if (!std::exchange(adjacency.told_impostor, true)) {
        report(Kind::impostor, router, std::move(text), adjacency.link);
    }
}

RouterIndex LinkState::State::learn(std::string_view id) {
    const RouterIndex router = database_.learn(id, now_);
    if (router == kNoRouter && !std::exchange(routers_reported_, true)) {
        report(Kind::limit, id,
               "not taken: there are " + std::to_string(database_.size()) + " routers already");
    }
    return router;
}

void LinkState::State::receive(PeerLink link, Bytes message, Instant now) {
    begin(now);
    Adjacency* from = neighbours_.find(link);
    if (from == nullptr) {
        return;
    }
    ++counters_.received;
    from->alive = now_;
    const auto envelope = read_envelope(message);
    if (!envelope) {
        report_malformed(*from, envelope.error().text);
        return;
    }
    const ControlAddress to = read_control_address(envelope->to);
    if (to.whom == ControlAddress::Whom::nobody) {
        report_malformed(*from, "'" + std::string(envelope->to.substr(0, kRouterIdMax)) +
                                    "' is not an address of the control link");
    } else if (to.whom == ControlAddress::Whom::neighbour) {
        if (const auto content = read(*from, to, *envelope)) {
            on_hello(*from, std::get<Hello>(*content));
        }
    } else if (envelope->ingress == options_.id || has_passed(*envelope, options_.id)) {
        on_looped(*from, *envelope);
    } else if (to.whom == ControlAddress::Whom::all) {
        on_flood(*from, to, *envelope);
    } else {
        on_unicast(*from, to, *envelope);
    }
}

/// It came back; or somebody with our id sent it.
void LinkState::State::on_looped(Adjacency& from, const Envelope& envelope) {
    ++counters_.looped;
    if (envelope.ingress != options_.id || from.told_duplicate) {
        return;
    }
    const auto content = read_message(envelope.content);
    const auto* advert = content ? std::get_if<RouterAdvert>(&*content) : nullptr;
    if (advert == nullptr || advert->instance == options_.instance) {
        return;
    }
    // For a while it may also be what this router sent in its former life.
    if (advert->instance > options_.instance || now_ - started_ > kFormerLife) {
        from.told_duplicate = true;
        report(Kind::duplicate_id, options_.id, "another router of the mesh has this router's id",
               from.link);
    }
}

/// The content, if it is for that address, and its speaker is who sent it.
std::optional<Message> LinkState::State::read(Adjacency& from,
                                              const ControlAddress& to,
                                              const Envelope& envelope) {
    auto content = read_message(envelope.content);
    if (!content) {
        report_malformed(from, content.error().text);
        return std::nullopt;
    }
    const Speaker& speaker = speaker_of(*content);
    if (speaker.version > kProtocolVersion) {
        const bool is_new =
            strangers_.size() < kStrangersMax && strangers_.insert(speaker.id).second;
        if (is_new) {
            report(Kind::version_mismatch, speaker.id,
                   "it speaks version " + std::to_string(speaker.version) + ", and is ignored");
        }
        return std::nullopt;
    }
    const bool to_all = to.whom == ControlAddress::Whom::all;
    if (part_of(*content) != to.part || (to_all && is_request(*content))) {
        report_malformed(
            from, std::string(opcode_of(*content)) + " sent to '" + std::string(envelope.to) + "'");
        return std::nullopt;
    }
    if (!envelope.ingress.empty() && envelope.ingress != speaker.id) {
        report_impostor(from, speaker.id,
                        std::string(opcode_of(*content)) + " of '" + speaker.id +
                            "' was sent by '" + std::string(envelope.ingress) + "'");
        return std::nullopt;
    }
    if (speaker.id == options_.id && to.whom != ControlAddress::Whom::neighbour) {
        report_impostor(from, speaker.id,
                        std::string(opcode_of(*content)) + " in this router's name");
        return std::nullopt;
    }
    return std::move(*content);
}

/// True if others may hear it, too.
bool LinkState::State::handle(Adjacency& from, const Message& message) {
    return std::visit(
        [&](const auto& content) {
            using Content = std::decay_t<decltype(content)>;
            if constexpr (std::is_same_v<Content, RouterAdvert>) {
                return on_advert(from, content);
            } else if constexpr (std::is_same_v<Content, LinkStateRequest>) {
                return on_links_requested(from, content);
            } else if constexpr (std::is_same_v<Content, LinkStateUpdate>) {
                return on_links(from, content);
            } else if constexpr (std::is_same_v<Content, MobileRequest>) {
                return on_addresses_requested(from, content);
            } else if constexpr (std::is_same_v<Content, MobileUpdate>) {
                return on_addresses(from, content);
            } else {
                return false;
            }
        },
        message);
}

void LinkState::State::on_flood(Adjacency& from,
                                const ControlAddress& to,
                                const Envelope& envelope) {
    if (!memory_.is_new(envelope.ingress, envelope.content, now_)) {
        ++counters_.duplicates;
        return;
    }
    const auto content = read(from, to, envelope);
    if (content && handle(from, *content)) {
        pass_flood(from, speaker_of(*content).id, envelope);
    }
}

void LinkState::State::on_unicast(Adjacency& from,
                                  const ControlAddress& to,
                                  const Envelope& envelope) {
    if (to.router != options_.id) {
        pass_on(from, to.router, envelope);
    } else if (to.part == ControlAddress::Part::extension) {
        on_extension(from, envelope);
    } else if (const auto content = read(from, to, envelope)) {
        static_cast<void>(handle(from, *content));
    }
}

/// What it says is not this machine's affair, only who does.
void LinkState::State::on_extension(Adjacency& from, const Envelope& envelope) {
    if (!is_router_id(envelope.ingress)) {
        report_malformed(from, "a message between Weft routers does not say who sent it");
        return;
    }
    output_->on_extension(envelope.ingress, envelope.content);
}

void LinkState::State::pass_on(const Adjacency& from,
                               std::string_view to,
                               const Envelope& envelope) {
    const RouterIndex router = database_.find(to);
    if (router == kNoRouter || !database_.at(router).path) {
        ++counters_.no_path;
        return;
    }
    const RouterRecord& record = database_.at(router);
    if (record.path->link == from.link || has_passed(envelope, database_.at(record.next_hop).id)) {
        ++counters_.looped;
        return;
    }
    sender_.spread(std::array{record.path->link}, envelope, /*forwarded=*/true);
}

/// Whether what `origin` floods follows its tree here: all routers have had the time to hear of the
/// last change, and it came the way that we expect.
bool LinkState::State::trees_hold(const Adjacency& from, RouterIndex origin) {
    if (origin == kNoRouter || now_ - graph_changed_ < 2 * options_.ra_interval_flux ||
        !tree_.usable()) {
        return false;
    }
    const RouterIndex sender = database_.find(from.id);
    return sender == kNoRouter || !database_.at(sender).is_weft ||
           tree_.parent(kThisRouter, origin) == sender;
}

void LinkState::State::pass_flood(const Adjacency& from,
                                  std::string_view origin,
                                  const Envelope& envelope) {
    const RouterIndex source = database_.find(origin);
    const bool by_tree = trees_hold(from, source);
    const std::vector<std::string_view> passed = routers_passed(envelope);
    std::vector<PeerLink> links;
    for (const Edge& edge : database_.at(kThisRouter).edges) {
        const RouterRecord& neighbour = database_.at(edge.to);
        const bool has_it = neighbour.id == from.id || neighbour.id == origin ||
                            std::ranges::find(passed, neighbour.id) != passed.end();
        const bool gets_it_here =
            !by_tree || !neighbour.is_weft || tree_.parent(edge.to, source) == kThisRouter;
        if (!has_it && gets_it_here) {
            links.push_back(*neighbour.link);
        }
    }
    if (links.empty()) {
        return;
    }
    Envelope passed_on = envelope;
    if (by_tree && only_weft_) {
        // A tree has no loops, and all remember what they had: half of the bytes are saved.
        passed_on.trace = {};
    }
    sender_.spread(links, passed_on, /*forwarded=*/true);
}

void LinkState::State::flood(std::string_view to, const Message& message) {
    const bool by_tree = now_ - graph_changed_ >= 2 * options_.ra_interval_flux && tree_.usable();
    std::vector<PeerLink> links;
    for (const Edge& edge : database_.at(kThisRouter).edges) {
        const RouterRecord& neighbour = database_.at(edge.to);
        if (!by_tree || !neighbour.is_weft || tree_.parent(edge.to, kThisRouter) == kThisRouter) {
            links.push_back(*neighbour.link);
        }
    }
    if (links.empty()) {
        return;
    }
    Buffer content;
    write_message(content, message);
    sender_.spread(links, {.to = to, .ingress = {}, .trace = {}, .content = content},
                   /*forwarded=*/false);
}

/// An answer whose asker we have no path to goes back to whom it came from.
bool LinkState::State::send_to(std::string_view router,
                               ControlAddress::Part part,
                               Bytes content,
                               const Adjacency* fallback) {
    const RouterIndex to = database_.find(router);
    const bool has_path = to != kNoRouter && database_.at(to).path;
    if (!has_path && fallback == nullptr) {
        ++counters_.no_path;
        return false;
    }
    sender_.send_content(has_path ? database_.at(to).path->link : fallback->link,
                         unicast_address(router, part), content);
    return true;
}

bool LinkState::State::send_to(std::string_view router,
                               const Message& message,
                               const Adjacency* fallback) {
    Buffer content;
    write_message(content, message);
    return send_to(router, part_of(message), content, fallback);
}

}  // namespace weft::linkstate
