#pragma once

#include "tests/simulation/mesh_sim_dice.hpp"
#include "tests/simulation/mesh_sim_messages.hpp"
#include "tests/simulation/mesh_sim_node.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace weft::router {

/// The routers of a simulated mesh and the wires between them: as they are, and as they change.
/// What goes wrong with them is told to the ledger.
class MeshWorld {
public:
    /// Draws routers and wires. All must outlive it; `now` is what time it is.
    MeshWorld(Dice& dice, MeshLedger& ledger, const Instant& now);

    std::size_t size() const { return truth_.size; }
    const Graph& truth() const { return truth_; }
    /// The connection of the clients of a router.
    FakePort& clients_of(std::size_t node) { return nodes_[node]->clients; }

    /// Each router believes what is true.
    bool at_rest() const;
    void come_to_rest();
    /// One that the dice choose does, from now on.
    void let_one_learn();
    /// A wire breaks, costs something else or is made.
    void change();
    /// The connection of some router's clients has room, or little.
    void change_room();
    void make_all_room();
    /// One end of a wire that the dice choose; null: there is none.
    WireEnd* some_end();
    /// Carries until nothing waits on any wire.
    void carry_all();
    void tick();
    /// A slice of each router's work. True: there is more.
    bool work();
    /// Tells the ledger what is wrong and what came; `closely`: each core is counted anew.
    void look(bool closely);
    /// Nothing may be under way any more.
    void check_empty();
    /// All wires and clients go, and nothing may be left of them.
    void part();

private:
    void connect(std::size_t one, std::size_t other);
    void disconnect();
    void forget(std::size_t node, std::size_t neighbour);
    void keep_faults(const WireEnd& end);

    Dice& dice_;
    MeshLedger& ledger_;
    const Instant& now_;
    Graph truth_;
    std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace weft::router
