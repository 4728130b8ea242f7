#pragma once

#include "common/daemon/connectors.hpp"
#include "common/daemon/listeners.hpp"
#include "common/io/open.hpp"
#include "tests/unit/io/support.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

/// What a small daemon makes of its connections, for tests: they send back what they get.
namespace weft::daemon::test {

class KettleService final : public Service {
public:
    /// `record_of_all` outlives the loop, whose end is that of the connections left.
    KettleService(io::Loop& loop, io::Record& record_of_all) : record{record_of_all}, loop_{loop} {}

    void accept(io::Socket socket, const io::Security& security) override {
        ++accepted;
        io::open(loop_, std::move(socket), security, speaker());
    }
    std::unique_ptr<io::Protocol> speak(io::Transport& transport,
                                        std::weak_ptr<io::Connector> dialler) override {
        dialled_by = std::move(dialler);
        return std::make_unique<io::Echo>(transport, record);
    }
    void show(mgmt::Attributes& row) const override { row.set("material", "copper"); }

    io::Record& record;
    int accepted = 0;
    std::weak_ptr<io::Connector> dialled_by;

private:
    io::Loop& loop_;
};

inline ConnectionConfig place(std::string name, std::uint16_t port = 0) {
    return {.name = std::move(name), .host = "127.0.0.1", .port = port};
}

inline const OpenListener& must_open(Listeners& listeners,
                                     const ListenerConfig& config,
                                     std::shared_ptr<Service> service) {
    const auto open = listeners.open(config, std::move(service));
    REQUIRE(open);
    return **open;
}

}  // namespace weft::daemon::test
