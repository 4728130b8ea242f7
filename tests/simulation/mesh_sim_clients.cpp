#include "tests/simulation/mesh_sim_clients.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace weft::router {
namespace {

constexpr std::size_t kReply = 3;  // the address of a dynamic consumer; those before are by name
constexpr std::array<const char*, kReply> kNames{"any", "near", MeshLedger::kMany};
constexpr std::size_t kMany = 2;
constexpr std::array<const char*, 4> kSubscriptions{MeshLedger::kMany, "many/+", "many/#", "+/x"};

}  // namespace

void MeshClients::attach_consumer() {
    Client client;
    client.node = dice_.below(world_.size());
    client.address = dice_.below(kReply + 1);
    const bool dynamic = client.address == kReply;
    const char* const name = dynamic                   ? ""
                             : client.address == kMany ? kSubscriptions[dice_.below(4)]
                                                       : kNames[client.address];
    client.peer = &port_of(client).attach({.direction = Direction::out,
                                           .address = name,
                                           .dynamic = dynamic,
                                           .presettles = dice_.chance(20)});
    if (dynamic) {
        client.address = kReply + replies_.size();
        replies_.push_back(client.peer->address);
    }
    consumers_.push_back(client);
    ledger_.disturb();
}

void MeshClients::attach_producer() {
    Client client;
    client.node = dice_.below(world_.size());
    client.address = dice_.below(kReply + replies_.size());
    client.streams = dice_.chance(20) && client.address != kMany;
    client.priority = static_cast<std::uint8_t>(dice_.below(kPriorities));
    client.peer =
        &port_of(client).producer(client.address < kReply ? std::string(kNames[client.address])
                                                          : replies_[client.address - kReply],
                                  static_cast<std::uint16_t>(1 + dice_.below(12)));
    producers_.push_back(client);
}

void MeshClients::change() {
    if (dice_.mood() == Mood::calm) {
        return;
    }
    if (dice_.chance(40) && consumers_.size() < 12) {
        attach_consumer();
    } else if (dice_.chance(40) && producers_.size() < 10) {
        attach_producer();
    } else if (dice_.chance(60) && !consumers_.empty()) {
        const std::size_t which = dice_.below(consumers_.size());
        ledger_.disturb();
        port_of(consumers_[which]).detach(*consumers_[which].peer);
        consumers_.erase(consumers_.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (!producers_.empty()) {
        const std::size_t which = dice_.below(producers_.size());
        detach_producer(producers_[which]);
        producers_.erase(producers_.begin() + static_cast<std::ptrdiff_t>(which));
    }
}

void MeshClients::detach_producer(const Client& client) {
    world_.look(false);
    for (MeshMessage& message : ledger_.messages()) {
        if (message.producer == client.peer) {
            message.deserted = true;
            message.cut_off = message.cut_off || !message.whole;
        }
    }
    port_of(client).detach(*client.peer);
}

MeshMessage& MeshClients::begin(Client& producer) {
    MeshMessage& message = ledger_.add(*producer.peer);
    message.settled = dice_.chance(50);
    message.multicast = producer.address == kMany;
    message.streamed = producer.streams;
    const Tree tree = shortest_paths(world_.truth(), producer.node);
    bool reachable = false;
    for (const Client& consumer : consumers_) {
        if (consumer.address == producer.address && tree.reaches(consumer.node)) {
            reachable = true;
            if (message.multicast) {
                message.targets.insert(consumer.peer);
            }
        }
    }
    message.restless = !world_.at_rest() || !reachable;
    std::string body = std::string(MeshLedger::kMark) + std::to_string(message.number) + ".";
    body.append(producer.streams   ? 60'000 + dice_.below(60'000)
                : dice_.chance(15) ? dice_.below(5000)
                                   : dice_.below(80),
                static_cast<char>('a' + dice_.below(26)));
    message.bytes = {0x00, 0x53, 0x70, 0xc0, 0x04, 0x02, 0x40, 0x50, producer.priority};
    append(message.bytes, dice_.chance(30) ? annotated_message(body, false) : plain_message(body));
    return message;
}

void MeshClients::send() {
    if (producers_.empty()) {
        return;
    }
    Client& producer = producers_[dice_.below(producers_.size())];
    if (producer.peer->sending || producer.peer->may_send > 0) {
        send(producer, dice_.chance(60));
    }
}

void MeshClients::send(Client& producer, bool rest) {
    FakePort& port = port_of(producer);
    if (!producer.peer->sending) {
        producer.current = &begin(producer);
        ledger_.note_id(*producer.current, port.next_incoming_id());
    }
    MeshMessage& message = *producer.current;
    if (dice_.mood() != Mood::calm && dice_.chance(1)) {
        message.cut_off = true;
        port.send(*producer.peer, {}, {.settled = message.settled, .aborted = true});
        return;
    }
    const std::size_t left = message.bytes.size() - message.at;
    const std::size_t most = producer.streams ? 16'000 : left;
    const std::size_t size = rest ? std::min(left, most) : dice_.below(std::min(left, most) + 1);
    const Bytes piece = Bytes(message.bytes).subspan(message.at, size);
    message.at += size;
    message.whole = size == left;
    port.send(*producer.peer, piece, {.settled = message.settled, .more = !message.whole});
}

void MeshClients::give_credit() {
    if (!consumers_.empty()) {
        const Client& consumer = consumers_[dice_.below(consumers_.size())];
        port_of(consumer).give_credit(*consumer.peer, static_cast<std::uint32_t>(dice_.below(8)));
    }
}

void MeshClients::answer() {
    if (consumers_.empty()) {
        return;
    }
    const Client& consumer = consumers_[dice_.below(consumers_.size())];
    for (std::size_t i = 0; i < consumer.peer->got.size(); ++i) {
        const Got& got = consumer.peer->got[i];
        if (!got.known || !got.complete || dice_.chance(40)) {
            continue;
        }
        MeshMessage* const message = ledger_.of(got);
        ledger_.expect(message != nullptr, "garbage arrived");
        if (message == nullptr) {
            return;
        }
        if (dice_.mood() != Mood::calm && dice_.chance(5)) {
            message->restless = true;
            port_of(consumer).update(*consumer.peer, got.id, kReleased, /*settled=*/true);
        } else {
            message->accepted = true;
            port_of(consumer).update(*consumer.peer, got.id, kAccepted,
                                     /*settled=*/!dice_.chance(10));
        }
    }
}

void MeshClients::settle_decided() {
    for (const Client& producer : producers_) {
        const std::map unsettled = producer.peer->unsettled;
        for (const auto& entry : unsettled) {
            const DeliveryId id = entry.first;
            const auto decided = [id](const Told& told) { return told.id == id; };
            if (std::ranges::any_of(producer.peer->told, decided)) {
                MeshMessage* const message = ledger_.find(*producer.peer, id);
                ++message->outcomes;
                message->outcome = Outcome::accepted;
                port_of(producer).settle_sent(*producer.peer, id, kAccepted);
            }
        }
    }
}

void MeshClients::give_back() {
    for (const Client& producer : producers_) {
        if (producer.peer->asked_to_drain && dice_.chance(50)) {
            port_of(producer).give_back(*producer.peer);
        }
    }
}

void MeshClients::finish() {
    for (Client& producer : producers_) {
        while (producer.peer->sending) {
            send(producer, /*rest=*/true);
        }
        if (producer.peer->asked_to_drain) {
            port_of(producer).give_back(*producer.peer);
        }
    }
}

void MeshClients::take_all() {
    for (const Client& consumer : consumers_) {
        port_of(consumer).give_credit(*consumer.peer, 10'000);
        for (std::size_t i = 0; i < consumer.peer->got.size(); ++i) {
            const Got& got = consumer.peer->got[i];
            MeshMessage* message = got.known && got.complete ? ledger_.of(got) : nullptr;
            if (message != nullptr) {
                message->accepted = true;
                port_of(consumer).accept(*consumer.peer, got.id);
            }
        }
    }
}

void MeshClients::check_credit() {
    for (const Client& producer : producers_) {
        const Peer& peer = *producer.peer;
        ledger_.expect(!peer.link->granted || peer.may_send == peer.capacity, "credit leaks");
    }
}

}  // namespace weft::router
