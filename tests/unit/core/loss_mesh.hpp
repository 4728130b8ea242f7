#pragma once

#include "tests/unit/core/mesh_world.hpp"

#include <string>
#include <string_view>

namespace weft::router {

/// A world in which C, behind the east and dearer behind the west, has consumers of "a"; the
/// neighbour in the east takes nothing yet.
struct LossMesh : MeshWorld {
    LossMesh() {
        remote(kC, "a");
        east.give_credit(to_east, 0);
    }

    /// The east goes: first the paths, then the links, as a router does it.
    void lose_east(bool another_way) {
        path(kC, "C", another_way ? &west : nullptr, 3);
        east.detach(to_east);
        east.detach(from_east);
    }
    DeliveryId send(std::string_view text, bool settled = false) {
        const Buffer message = plain_message(text);
        return left.send(producer, message, {.settled = settled});
    }
    static std::string bodies(const Peer& peer) {
        std::string all;
        for (const Got& got : peer.got) {
            all += got.complete ? got.text().substr(got.text().size() - 1) : "-";
        }
        return all;
    }

    Peer& producer = left.producer("a");
};

/// A LossMesh with a multicast address "m", which C has consumers of.
struct MulticastLossWorld : LossMesh {
    void send_copies() { left.send(multicaster, plain_message("x")); }

    Peer& multicaster = [this]() -> Peer& {
        rule("m", kMulticast);
        remote(kC, "m");
        return left.producer("m");
    }();
};

}  // namespace weft::router
