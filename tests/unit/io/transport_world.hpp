#pragma once

#include "tests/unit/io/support.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace weft::io {

/// A loop, a listener whose connections echo, and a client.
struct TransportWorld {
    explicit TransportWorld(std::size_t unread_max = Loop::kUnreadMax) : loop{unread_max} {}

    Loop loop;
    Record record;
    std::unique_ptr<Listener> listener = listen(loop, [this](Socket socket) {
        open(loop, std::move(socket), Security::none(), echo(record));
    });
    Socket client = dial(listener->bound_port());

    void connect() {
        run_until(loop, [&] { return record.transport != nullptr; });
    }
    std::string expect(std::size_t size) {
        std::string got;
        run_until(loop, [&] {
            got += take_arrived(client).text;
            return got.size() >= size;
        });
        return got;
    }
};

}  // namespace weft::io
