#pragma once

#include "router/linkstate/parts.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// Writes down what the nouns tell the output.
class Recorder final : public LinkStateOutput {
public:
    void send(PeerLink link, Bytes message) override {
        const Buffer bytes(message.begin(), message.end());
        const auto envelope = *read_envelope(bytes);
        sent.emplace_back(link, std::string(envelope.to));
        messages.push_back(*read_message(envelope.content));
    }
    void on_path(RouterIndex router, const std::optional<Path>& path) override {
        log.push_back(std::to_string(router) + (path ? " reached" : " lost"));
    }
    void on_remote_address(RouterIndex router, std::string_view key, bool has, Hint) override {
        log.push_back(std::to_string(router) + (has ? " +" : " -") + std::string(key));
    }
    void on_silent(PeerLink link, std::string_view why) override {
        log.push_back("silent " + std::to_string(link) + ": " + std::string(why));
    }
    void on_event(const LinkStateEvent& event) override { events.push_back(event); }

    std::size_t count(LinkStateEvent::Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(events, kind, &LinkStateEvent::kind));
    }
    /// The opcodes of what was sent since the last call, in order.
    std::vector<std::string> opcodes() {
        std::vector<std::string> found;
        for (const Message& each : std::exchange(messages, {})) {
            found.emplace_back(opcode_of(each));
        }
        sent.clear();
        return found;
    }

    std::vector<std::pair<PeerLink, std::string>> sent;  // link and address
    std::vector<Message> messages;                       // of sent
    std::vector<LinkStateEvent> events;
    std::vector<std::string> log;
};

/// The nouns of router "me", of which each test takes one.
struct Room {
    explicit Room(LinkStateOptions options = {}) : parts{named(std::move(options)), output} {
        parts.adverts.start(now);
        parts.link_announcer.start(now);
        parts.address_announcer.start(now);
        parts.reception.start(now);
    }

    /// Router `id` over `link`: it says a HELLO that names us.
    void neighbour(PeerLink link, const std::string& id, std::int64_t instance = 1) {
        parts.adjacencies.link_up(link, 1, now);
        at(link).alive = now;
        parts.adjacencies.take(at(link), hello(id, instance), now);
    }
    Adjacency& at(PeerLink link) { return *parts.neighbours.find(link); }
    RouterIndex index(std::string_view id) const { return parts.ground.database.find(id); }
    RouterRecord& record(std::string_view id) { return parts.ground.database.at(index(id)); }
    static Hello hello(const std::string& id, std::int64_t instance = 1) {
        return {.from = {.id = id}, .instance = instance, .seen = {"me"}};
    }

    static LinkStateOptions named(LinkStateOptions options) {
        options.id = "me";
        options.instance = 100;
        return options;
    }

    Instant now{std::chrono::hours(1)};
    Recorder output;
    Parts parts;
};

}  // namespace weft::linkstate
