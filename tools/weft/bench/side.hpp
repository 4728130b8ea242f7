#pragma once

#include "common/io/loop.hpp"
#include "common/io/open.hpp"
#include "common/io/socket.hpp"
#include "tools/weft/bench/connection.hpp"
#include "tools/weft/bench/watch.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::tools {

/// The connections of one loop. Tells the watch when as many as expected are ready and when, after
/// `close_all`, none is left; a connection that ends otherwise is the watch's failure.
/// Threading: loop-confined (that loop, or before it runs).
template <class Connection>
class BenchSide final : public BenchConnection::Observer {
public:
    /// Both outlive it.
    BenchSide(BenchWatch& watch, io::Loop& loop) : watch_{watch}, loop_{loop} {}

    void expect(std::size_t ready) { expected_ = ready; }

    /// `args` are what the connection's constructor takes behind its observer.
    template <class... Args>
    void open(io::Socket socket, Args&&... args) {
        io::open(loop_, std::move(socket), io::Security::none(), [&](io::Transport& transport) {
            auto made = std::make_unique<Connection>(transport, *this, std::forward<Args>(args)...);
            connections_.push_back(made.get());
            return made;
        });
    }

    const std::vector<Connection*>& connections() const { return connections_; }

    void close_all() {
        closing_ = true;
        for (Connection* connection : connections_) {
            connection->leave();
        }
        tell_if_empty();
    }

private:
    void on_ready(BenchConnection&) override {
        if (++ready_ == expected_) {
            watch_.notify();
        }
    }
    void on_done(BenchConnection&) override {}
    void on_gone(BenchConnection& connection, const std::string& why) override {
        std::erase(connections_, &connection);
        if (!why.empty()) {
            watch_.fail(why);
        }
        tell_if_empty();
    }
    void tell_if_empty() {
        if (closing_ && connections_.empty()) {
            watch_.notify();
        }
    }

    BenchWatch& watch_;
    io::Loop& loop_;
    std::vector<Connection*> connections_;
    std::size_t ready_ = 0;
    std::size_t expected_ = 0;
    bool closing_ = false;
};

}  // namespace weft::tools
