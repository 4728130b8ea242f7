// The core behind an engine: three clients that keep to the protocol do what the input says, in
// any order; one of them may turn hostile. The core's books are right after each move, and nothing
// is left when all are gone.
#include "common/wire/message.hpp"
#include "tests/fuzz/core_bed.hpp"
#include "tests/fuzz/messages.hpp"
#include "tests/fuzz/scripted_peer.hpp"

#include <array>
#include <string_view>

namespace weft::fuzz {
namespace {

constexpr std::size_t kClients = 3;
constexpr std::size_t kMovesMax = 400;

class Clients {
public:
    explicit Clients(Bytes input) : script_{input} {
        for (auto& client : clients_) {
            renew(client);
        }
    }

    void run() {
        for (std::size_t i = 0; i < kMovesMax && !script_.empty(); ++i) {
            act();
            bed_.look();
        }
        bed_.answer_attaches();
        for (auto& client : clients_) {
            client->exchange();
            bed_.look();
        }
        for (auto& client : clients_) {
            client.reset();
            bed_.look();
        }
        bed_.check_empty();
    }

private:
    using Client = std::unique_ptr<ScriptedPeer>;

    void renew(Client& client) {
        client.reset();
        amqp::Options options{
            .server = false, .container_id = "client", .max_frame_size = 512, .session_window = 4};
        client = std::make_unique<ScriptedPeer>(
            bed_.loop(), std::move(options),
            [this](io::Transport& transport) { return bed_.client(transport); });
        client->begin();
    }

    void act() {
        const std::uint8_t what = script_.byte();
        Client& client = clients_[what % kClients];
        if (client->is_gone()) {
            renew(client);
        }
        const std::size_t move = what / kClients;  // 0 … 85
        if (move == 0) {
            renew(client);
        } else if (move == 1) {
            client->inject(script_.text());
        } else if (move == 2) {
            bed_.core().tick(bed_.loop().now());
        } else if (move < 5) {
            bed_.work();
        } else if (move == 5) {
            bed_.answer_at_once(script_.flag());
            bed_.answer_attaches();
        } else if (move < 10) {
            client->speak();
        } else if (move < 15) {
            client->listen();
        } else if (move < 20) {
            client->exchange();
        } else {
            move < 36 ? attach(*client) : client->move(script_, some_message);
            if (move % 4 != 0) {
                client->exchange();
            }
        }
    }

    void attach(ScriptedPeer& client) {
        using amqp::Terminus;
        amqp::Attach attach;
        const std::uint8_t how = script_.byte();
        attach.receiver = (how & 1) != 0;
        attach.sender_settle_mode = static_cast<amqp::SenderSettleMode>((how >> 1) % 3);
        attach.receiver_settle_mode =
            (how & 8) != 0 ? amqp::ReceiverSettleMode::second : amqp::ReceiverSettleMode::first;
        attach.max_message_size = (how & 0x30) == 0x30 ? 200 : 0;
        attach.source.emplace().kind = Terminus::Kind::source;
        attach.target.emplace().kind = Terminus::Kind::target;
        Terminus& node = attach.receiver ? *attach.source : *attach.target;
        node.dynamic = attach.receiver && (how & 0xc0) == 0xc0;
        const std::string_view address = script_.one_of(kAddresses);
        if (!node.dynamic && !address.empty()) {
            node.address = address;
        }
        client.attach(script_, attach);
    }

    Script script_;
    CoreBed bed_;
    std::array<Client, kClients> clients_;
};

}  // namespace
}  // namespace weft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::fuzz::Clients{{data, size}}.run();
    return 0;
}
