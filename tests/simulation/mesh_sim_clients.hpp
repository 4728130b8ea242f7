#pragma once

#include "tests/simulation/mesh_sim_world.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::router {

/// The clients of a simulated mesh, who do at random what clients do: consumers and producers of an
/// address for each way of distribution, and of dynamic ones. What they send and answer stands in
/// the ledger.
class MeshClients {
public:
    /// All must outlive it.
    MeshClients(Dice& dice, MeshLedger& ledger, MeshWorld& world)
        : dice_{dice}, ledger_{ledger}, world_{world} {}

    void attach_consumer();
    void attach_producer();
    /// One comes or goes, if the mood lets them.
    void change();

    /// A producer sends a piece of a message.
    void send();
    void give_credit();
    /// A consumer answers some of what it has.
    void answer();
    /// Producers settle what their consumers decided on but left to them.
    void settle_decided();
    /// Some producers give back the credit that they were asked for.
    void give_back();

    /// Producers end what they began, and give back what they were asked for,
    void finish();
    /// consumers take all, and accept it.
    void take_all();
    /// All credit is with the producers again, of those that have any.
    void check_credit();

private:
    struct Client {
        std::size_t node = 0;
        Peer* peer = nullptr;
        std::size_t address = 0;
        std::uint8_t priority = 0;
        bool streams = false;
        MeshMessage* current = nullptr;
    };

    FakePort& port_of(const Client& client) { return world_.clients_of(client.node); }
    void detach_producer(const Client& client);
    MeshMessage& begin(Client& producer);
    void send(Client& producer, bool rest);

    Dice& dice_;
    MeshLedger& ledger_;
    MeshWorld& world_;
    std::vector<Client> consumers_;
    std::vector<Client> producers_;
    std::vector<std::string> replies_;  // addresses of dynamic consumers
};

}  // namespace weft::router
