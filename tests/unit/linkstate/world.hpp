#pragma once

#include "router/linkstate/link_state.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::linkstate {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = LinkStateEvent::Kind;

/// The machine of router "me", between neighbours that a test plays.
class World final : public LinkStateOutput {
public:
    struct Sent {
        PeerLink link = 0;
        std::string to;
        std::string ingress;
        std::vector<std::string> trace;
        Message message;
    };

    explicit World(LinkStateOptions options = {}) : machine{named(std::move(options)), *this} {}

    // What the machine is told.

    void link_up(PeerLink link, std::uint32_t cost = 1) {
        machine.link_up(link, cost, now);
        machine.flush(now);
    }
    void hello(PeerLink link,
               const std::string& id,
               bool hears_us = true,
               std::int64_t instance = 1,
               std::int64_t interval_ms = 0) {
        Hello hello{
            .from = {.id = id}, .instance = instance, .seen = {}, .interval_ms = interval_ms};
        if (hears_us) {
            hello.seen.emplace_back("me");
        }
        tell(link, hello);
    }
    /// A new neighbour that hears us, with nothing but a link to us; all it makes us say is
    /// forgotten.
    void neighbour(PeerLink link, const std::string& id, std::uint32_t cost = 1) {
        link_up(link, cost);
        hello(link, id);
        links(link, id, {{"me", cost}});
        advert(link, id, 1, 0);
        pass(milliseconds(1600), {{link, id}});
        sent.clear();
    }
    /// The same, that is known as a Weft router.
    void weft_neighbour(PeerLink link, const std::string& id, std::uint32_t cost = 1) {
        neighbour(link, id, cost);
        addresses(link, id, 1, {"M0_weft/" + id});
        sent.clear();
    }
    void links(PeerLink link,
               const std::string& id,
               std::vector<std::pair<std::string, std::int64_t>> peers,
               std::int64_t sequence = 1,
               std::int64_t instance = 1) {
        LinkStateUpdate update{
            .from = {.id = id}, .instance = instance, .ls_seq = sequence, .peers = {}};
        update.peers = std::move(peers);
        tell(link, update);
    }
    void advert(PeerLink link,
                const std::string& id,
                std::int64_t ls_seq,
                std::int64_t mobile_seq,
                std::int64_t instance = 1) {
        tell(link, RouterAdvert{.from = {.id = id},
                                .instance = instance,
                                .ls_seq = ls_seq,
                                .mobile_seq = mobile_seq});
    }
    void addresses(PeerLink link,
                   const std::string& id,
                   std::int64_t sequence,
                   std::vector<std::string> add,
                   std::vector<std::string> del = {}) {
        MobileUpdate update;
        update.from.id = id;
        update.mobile_seq = sequence;
        update.add = std::move(add);
        update.del = std::move(del);
        tell(link, update);
    }
    void all_addresses(PeerLink link,
                       const std::string& id,
                       std::int64_t sequence,
                       std::vector<std::string> exist) {
        MobileUpdate update;
        update.from.id = id;
        update.mobile_seq = sequence;
        update.exist = std::move(exist);
        tell(link, update, "amqp:/_topo/0/me/qdrouter.ma");
    }
    /// From the speaker, by way of `trace`, to where such a message usually goes.
    void tell(PeerLink link,
              const Message& message,
              std::string to = {},
              const std::vector<std::string>& trace = {}) {
        receive(link, encoded(message, std::move(to), trace));
    }
    void receive(PeerLink link, const Buffer& bytes) {
        now += milliseconds(1);
        machine.receive(link, bytes, now);
        machine.flush(now);
    }
    /// Does a slice of what was put off.
    void work() {
        machine.work(now);
        machine.flush(now);
    }
    static Buffer encoded(const Message& message,
                          std::string to = {},
                          const std::vector<std::string>& trace = {}) {
        if (to.empty()) {
            to = usual_address(message);
        }
        Buffer content;
        write_message(content, message);
        Buffer bytes;
        write_envelope(bytes, {.to = to, .ingress = {}, .trace = {}, .content = content},
                       speaker_of(message).id);
        for (const std::string& hop : trace) {
            const Buffer before = std::exchange(bytes, {});
            write_envelope(bytes, *read_envelope(before), hop);
        }
        return bytes;
    }
    /// Ticks whenever the machine wants to, for so long. Neighbours in `alive` say HELLO each
    /// second.
    void pass(Duration time, const std::map<PeerLink, std::string>& alive = {}) {
        const Instant end = now + time;
        while (now < end) {
            const Instant hello_at = alive.empty() ? kNever : next_hello_;
            now = std::max(now, std::min({machine.deadline(), hello_at, end}));
            if (now >= hello_at) {
                next_hello_ = now + seconds(1);
                for (const auto& [link, id] : alive) {
                    hello(link, id);
                }
            }
            if (machine.deadline() <= now) {
                machine.tick(now);
            }
        }
    }

    // What it did.

    /// What it sent of one kind, in order.
    template <class Content>
    std::vector<std::pair<PeerLink, Content>> said() const {
        std::vector<std::pair<PeerLink, Content>> found;
        for (const Sent& each : sent) {
            if (const auto* content = std::get_if<Content>(&each.message)) {
                found.emplace_back(each.link, *content);
            }
        }
        return found;
    }
    std::size_t count(Kind kind) const {
        return static_cast<std::size_t>(std::ranges::count(events, kind, &LinkStateEvent::kind));
    }
    std::optional<Path> path(std::string_view id) const {
        const RouterIndex router = machine.index_of(id);
        return router == kNoRouter ? std::nullopt : machine.path_to(router);
    }
    std::set<std::string> keys_of(std::string_view id) const {
        const auto found = keys.find(machine.index_of(id));
        return found == keys.end() ? std::set<std::string>{} : found->second;
    }
    std::optional<RouterNode> node(std::string_view id) const {
        for (RouterNode& each : machine.nodes()) {
            if (each.id == id) {
                return std::move(each);
            }
        }
        return std::nullopt;
    }

    void send(PeerLink link, Bytes message) override {
        const Buffer bytes(message.begin(), message.end());
        const Envelope envelope = *read_envelope(bytes);
        Sent one{.link = link,
                 .to = std::string(envelope.to),
                 .ingress = std::string(envelope.ingress),
                 .trace = {},
                 .message = *read_message(envelope.content)};
        for (const std::string_view hop : routers_passed(envelope)) {
            one.trace.emplace_back(hop);
        }
        sent.push_back(std::move(one));
    }
    void on_path(RouterIndex router, const std::optional<Path>& path) override {
        log.push_back(std::string(machine.id_of(router)) + (path ? " reached" : " lost"));
    }
    void on_remote_address(RouterIndex router, std::string_view key, bool has, Hint hint) override {
        log.push_back(std::string(machine.id_of(router)) + (has ? " +" : " -") + std::string(key));
        hints[std::string(key)] = hint;
        if (has) {
            keys[router].emplace(key);
        } else {
            keys[router].erase(std::string(key));
        }
    }
    void on_silent(PeerLink link, std::string_view /*why*/) override { silent.push_back(link); }
    void on_event(const LinkStateEvent& event) override { events.push_back(event); }

    Instant now{std::chrono::hours(1)};
    LinkState machine;
    std::vector<Sent> sent;
    std::vector<LinkStateEvent> events;
    std::vector<PeerLink> silent;
    std::vector<std::string> log;  // paths and addresses, as told
    std::map<RouterIndex, std::set<std::string>> keys;
    std::map<std::string, Hint> hints;

private:
    static LinkStateOptions named(LinkStateOptions options) {
        options.id = "me";
        options.instance = 100;
        return options;
    }
    static std::string usual_address(const Message& message) {
        switch (message.index()) {
            case 0:
                return "amqp:/_local/qdhello";
            case 2:
                return "amqp:/_topo/0/me/qdrouter";
            case 4:
                return "amqp:/_topo/0/me/qdrouter.ma";
            case 5:
                return "_topo/0/all/qdrouter.ma";
            default:
                return "amqp:/_topo/0/all/qdrouter";
        }
    }

    Instant next_hello_{};
};

}  // namespace weft::linkstate
