#include "common/daemon/connectors.hpp"

#include "tests/unit/daemon/kettle_service.hpp"

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

struct Dialling {
    io::Record record;
    io::Loop loop;
    std::vector<io::Socket> accepted;
    std::unique_ptr<io::Listener> peer =
        io::listen(loop, [this](io::Socket socket) { accepted.push_back(std::move(socket)); });
    Connectors connectors{loop};
    std::shared_ptr<KettleService> service = std::make_shared<KettleService>(loop, record);
};

}  // namespace

TEST_SUITE_BEGIN("connectors");

TEST_CASE_FIXTURE(Dialling, "a connector dials, speaks what its service does and is told to it") {
    const auto open = connectors.open(place("to-peer", peer->bound_port()), service);
    REQUIRE(open);
    io::run_until(loop, [&] { return service->record.transport != nullptr; });
    CHECK(service->dialled_by.lock() == (*open)->connector);
    (*open)->connector->succeeded("well met");
    CHECK((*open)->connector->status() == io::Connector::Status::success);
    CHECK(connectors.find((*open)->identity) == *open);
}

TEST_CASE_FIXTURE(Dialling, "two of a name are refused") {
    REQUIRE(connectors.open(place("to-peer", peer->bound_port()), service));
    const auto again = connectors.open(place("to-peer", 1), service);
    REQUIRE_FALSE(again);
    CHECK(again.error().text == "Name conflicts with an existing entity: connector to-peer");
}

TEST_CASE_FIXTURE(Dialling, "a connector that is closed takes its connection along") {
    const auto open = connectors.open(place("to-peer", peer->bound_port()), service);
    REQUIRE(open);
    io::run_until(loop, [&] { return service->record.transport != nullptr && !accepted.empty(); });
    CHECK(connectors.close((*open)->identity));
    CHECK(connectors.all().empty());
    io::run_until(loop, [&] { return io::take_arrived(accepted[0]).ended; });
    accepted.clear();
    io::run_until(loop, [&] { return service->record.losses == 1; });
    CHECK(service->dialled_by.expired());
}

TEST_SUITE_END();
