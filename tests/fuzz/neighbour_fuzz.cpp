// A router's neighbours: one that dials it, and one that it dials, keep to AMQP and say whatever
// the input says; a client is there, too. The core's books are right after each move, and once the
// neighbours are gone nothing of theirs is left.
//
// Paths, addresses and streams come of control messages that are written from the input, or of its
// very bytes. Byte 0: 1 the one that dials is a neighbour already, 2 the other is.
#include "common/base/assert.hpp"
#include "common/wire/value.hpp"
#include "router/linkstate/control_address.hpp"
#include "router/linkstate/messages.hpp"
#include "router/node/mesh.hpp"
#include "router/node/neighbour_connection.hpp"
#include "tests/fuzz/core_bed.hpp"
#include "tests/fuzz/messages.hpp"
#include "tests/fuzz/run_due.hpp"
#include "tests/fuzz/scripted_peer.hpp"

#include <array>
#include <string>
#include <string_view>

namespace weft::fuzz {
namespace {

constexpr std::size_t kMovesMax = 400;
constexpr std::string_view kRouters[] = {"P", "Q", "A", "R", "S", ""};

enum Who : std::uint8_t { dials, is_dialled, client, count };

router_config::NodeConfig interior() {
    router_config::NodeConfig config;
    config.id = "A";
    config.hello_interval = std::chrono::seconds(1);
    config.fast_hello = std::chrono::milliseconds(200);
    config.hello_max_age = std::chrono::seconds(3);
    config.ra_interval = std::chrono::seconds(30);
    config.ra_interval_flux = std::chrono::seconds(4);
    config.remote_ls_max_age = std::chrono::seconds(60);
    return config;
}

/// The content of a control message, with numbers so small that they meet again.
class ControlMessages {
public:
    explicit ControlMessages(Script& script) : script_{script} {}

    Buffer message(std::string_view self) {
        static constexpr std::string_view kTo[] = {
            linkstate::kToNeighbour, "amqp:/_topo/0/A/qdrouter", "amqp:/_topo/0/Q/qdrouter.ma",
            "amqp:/_topo/0/A/weft"};
        const std::uint8_t how = script_.byte();
        const std::size_t kind = how % 8;
        const Buffer content = content_of(kind, script_.below(4) == 0 ? router() : self);
        const std::size_t whom = how / 8 % 8;
        const std::string_view to = whom < std::size(kTo) ? kTo[whom] : to_all(kind);
        Buffer out;
        if (how >= 192) {
            linkstate::write_short_envelope(out, to, content);
        } else {
            linkstate::write_envelope(out,
                                      {.to = to,
                                       .ingress = how >= 128 ? router() : std::string_view{},
                                       .trace = {},
                                       .content = content},
                                      self);
        }
        return out;
    }
    static Buffer in_envelope(std::string_view self, const linkstate::Message& message) {
        const Buffer content = written(message);
        Buffer out;
        linkstate::write_envelope(
            out, {.to = to_all(message.index()), .ingress = {}, .trace = {}, .content = content},
            self);
        return out;
    }

private:
    /// Of the message's index in linkstate::Message.
    static std::string_view to_all(std::size_t kind) {
        return kind == 0   ? linkstate::kToNeighbour
               : kind >= 4 ? linkstate::kToAllMobile
                           : linkstate::kToAll;
    }
    std::string_view router() { return script_.one_of(kRouters); }
    std::int64_t number() {
        static constexpr std::int64_t kLarge[] = {linkstate::kSequenceMax, linkstate::kCostMax, -1};
        const std::uint8_t small = script_.byte();
        return small < 250 ? small % 8 : kLarge[small % 3];
    }
    std::vector<std::string> routers() {
        std::vector<std::string> some;
        for (std::size_t left = script_.below(4); left > 0; --left) {
            some.emplace_back(router());
        }
        return some;
    }
    std::vector<std::string> keys() {
        static constexpr std::string_view kKeys[] = {"M0any.a", "M0many",    "M0lossy", "M0other",
                                                     "M1any.a", "M0_weft/P", "Hx",      ""};
        std::vector<std::string> some;
        for (std::size_t left = script_.below(5); left > 0; --left) {
            some.emplace_back(script_.one_of(kKeys));
        }
        return some;
    }

    Buffer content_of(std::size_t kind, std::string_view speaker) {
        linkstate::Speaker from{.id = std::string{speaker}};
        switch (kind) {
            case 0:
                return written(linkstate::Hello{from, number(), routers(), number() * 100});
            case 1:
                return written(linkstate::RouterAdvert{from, number(), number(), number()});
            case 2:
                return written(linkstate::LinkStateRequest{from});
            case 3:
                return written(update(from));
            case 4:
                return written(linkstate::MobileRequest{from, number()});
            case 5:
                return written(addresses(from));
            case 6:
                return written(linkstate::Hello{from, 1, {"A"}, 0});
            default:
                const Bytes any = script_.text();
                return {any.begin(), any.end()};
        }
    }
    linkstate::LinkStateUpdate update(const linkstate::Speaker& from) {
        linkstate::LinkStateUpdate update{from, number(), number(), {}};
        for (std::size_t left = script_.below(5); left > 0; --left) {
            update.peers.emplace_back(router(), number());
        }
        return update;
    }
    linkstate::MobileUpdate addresses(const linkstate::Speaker& from) {
        linkstate::MobileUpdate update{from, number(), {}, {}, {}, {}};
        if (script_.flag()) {
            update.exist = keys();
        } else {
            update.add = keys();
            update.del = keys();
        }
        if (script_.flag()) {
            const std::size_t size = update.exist ? update.exist->size() : update.add.size();
            for (std::size_t i = 0; i < size; ++i) {
                update.hints.push_back(static_cast<linkstate::Hint>(script_.below(6)));
            }
        }
        return update;
    }
    static Buffer written(const linkstate::Message& message) {
        Buffer out;
        linkstate::write_message(out, message);
        return out;
    }

    Script& script_;
};

class Neighbours {
public:
    explicit Neighbours(Bytes input) : script_{input} {
        for (std::uint8_t who = 0; who < Who::count; ++who) {
            renew(static_cast<Who>(who));
        }
        const std::uint8_t up = script_.byte();
        if ((up & 1) != 0) {
            bring_up(Who::dials);
        }
        if ((up & 2) != 0) {
            bring_up(Who::is_dialled);
        }
    }

    void run() {
        for (std::size_t i = 0; i < kMovesMax && !script_.empty(); ++i) {
            act();
            look();
        }
        for (auto& peer : peers_) {
            peer->exchange();
            look();
        }
        for (auto& peer : peers_) {
            peer.reset();
            look();
        }
        run_due(bed_.loop());
        WEFT_CHECK(mesh_.neighbours().empty());
        bed_.check_empty();
    }

private:
    void look() {
        bed_.look();
        for (auto& peer : peers_) {
            if (peer) {
                peer->leave_if_asked();
            }
        }
    }

    void renew(Who who) {
        peers_[who].reset();
        amqp::Options options{.server = who == Who::is_dialled,
                              .container_id = who == Who::is_dialled ? "Q" : "P",
                              .max_frame_size = 512,
                              .session_window = 8};
        if (options.server) {
            options.sasl_mechanisms = {"ANONYMOUS"};
        }
        peers_[who] = std::make_unique<ScriptedPeer>(
            bed_.loop(), std::move(options),
            [this, who](io::Transport& transport) { return protocol(who, transport); });
        if (who != Who::is_dialled) {
            peers_[who]->begin();
        }
    }
    std::unique_ptr<io::Protocol> protocol(Who who, io::Transport& transport) {
        if (who == Who::client) {
            return bed_.client(transport);
        }
        return std::make_unique<node::NeighbourConnection>(
            bed_.core(), transport, who == Who::dials ? router_profile() : dialling_profile(), bed_,
            mesh_);
    }

    void act() {
        const std::uint8_t what = script_.byte();
        const Who who = static_cast<Who>(what % Who::count);
        if (peers_[who]->is_gone()) {
            renew(who);
        }
        ScriptedPeer& peer = *peers_[who];
        const std::size_t move = what / Who::count;  // 0 … 85
        if (move == 0) {
            renew(who);
        } else if (move == 1) {
            peer.inject(script_.text());
        } else if (move < 5) {
            run_due(bed_.loop());
            bed_.core().tick(bed_.loop().now());
        } else if (move < 8) {
            bed_.work();
        } else if (move < 12) {
            peer.listen();
        } else if (move < 20) {
            peer.exchange();
        } else if (move < 34) {
            attach(who, peer, move);
        } else if (move < 56 && who != Who::client) {
            peer.say(ControlMessages{script_}.message(name_of(who)));
        } else {
            peer.move(script_, who == Who::client ? some_message : some_router_message);
            if (move % 4 != 0) {
                peer.exchange();
            }
        }
    }
    void attach(Who who, ScriptedPeer& peer, std::size_t move) {
        if (who == Who::client) {
            attach_client(peer);
        } else if (move < 24) {
            attach_pair(peer, Script{script_.take(2)}, "qd.router");
        } else if (move < 32) {
            attach_pair(peer, Script{script_.take(2)}, "qd.router-data");
        } else {
            attach_some(peer);
        }
        peer.exchange();
    }
    /// It is a neighbour, and has consumers; behind the one that is dialled there is a third.
    void bring_up(Who who) {
        using namespace linkstate;
        ScriptedPeer& peer = *peers_[who];
        const std::string self{name_of(who)};
        if (who == Who::dials) {
            static constexpr std::uint8_t kCredit[] = {0, 5};  // on the first session
            attach_pair(peer, Script{kCredit}, "qd.router");
            attach_pair(peer, Script{kCredit}, "qd.router-data");
        }
        peer.exchange();
        tell(peer, self, Hello{{.id = self}, 1, {"A"}, 0});
        tell(peer, self, LinkStateUpdate{{.id = self}, 1, 1, {{"A", 1}, {"R", 1}}});
        tell(peer, self, addresses_of(self, {"M0any.a", "M0many"}));
        if (who == Who::is_dialled) {
            tell(peer, self, LinkStateUpdate{{.id = "R"}, 1, 1, {{"Q", 1}}});
            tell(peer, self, addresses_of("R", {"M0lossy", "M0many", "M0other"}));
        }
        peer.exchange();
    }
    static linkstate::MobileUpdate addresses_of(const std::string& router,
                                                std::vector<std::string> keys) {
        return {{.id = router}, 1, std::move(keys), {}, {}, {}};
    }
    static void tell(ScriptedPeer& peer, std::string_view self, const linkstate::Message& message) {
        peer.say(ControlMessages::in_envelope(self, message));
        peer.exchange();
    }
    static std::string_view name_of(Who who) { return who == Who::is_dialled ? "Q" : "P"; }

    void attach_pair(ScriptedPeer& peer, Script script, std::string_view capability) {
        for (const bool receiver : {true, false}) {
            attach(peer, script, receiver, capability);
        }
    }
    void attach_some(ScriptedPeer& peer) {
        static constexpr std::string_view kCapabilities[] = {"qd.router", "qd.router-data",
                                                             "other"};
        const bool receiver = script_.flag();
        attach(peer, script_, receiver, script_.one_of(kCapabilities));
    }
    void attach(ScriptedPeer& peer, Script& script, bool receiver, std::string_view capability) {
        Buffer capabilities;
        wire::encode(capabilities, wire::Symbol{std::string{capability}});
        amqp::Attach attach;
        attach.receiver = receiver;
        attach.source.emplace().capabilities = capabilities;
        attach.target.emplace().capabilities = capabilities;
        attach.target->kind = amqp::Terminus::Kind::target;
        peer.attach(script, attach);
    }
    void attach_client(ScriptedPeer& peer) {
        amqp::Attach attach;
        attach.receiver = script_.flag();
        attach.source.emplace().kind = amqp::Terminus::Kind::source;
        attach.target.emplace().kind = amqp::Terminus::Kind::target;
        const std::string_view address = script_.one_of(kAddresses);
        if (!address.empty()) {
            (attach.receiver ? attach.source : attach.target)->address = address;
        }
        peer.attach(script_, attach);
    }

    Script script_;
    CoreBed bed_;
    node::Mesh mesh_{bed_.core(), bed_.loop(), interior()};
    std::array<std::unique_ptr<ScriptedPeer>, Who::count> peers_;
};

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::fuzz::Neighbours{{data, size}}.run();
    return 0;
}
