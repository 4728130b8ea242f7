#include "mqtt-gateway/node/keeper.hpp"

#include "common/sqlite/log_length.hpp"
#include "mqtt-gateway/mapping/kept_message.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::gateway;

namespace {

/// From so many bytes on the log is written back.
constexpr std::size_t kStepBytes = sqlite::LogLength::kStep * mqtt_store::Tables::kPageSize;
constexpr std::size_t kMessageBytes = 200'000;

/// While it lives no file can be written beyond so many bytes.
class FileLimit {
public:
    explicit FileLimit(std::size_t bytes) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~FileLimit() {
        (void)::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

mqtt_store::SharedMessage message(const std::string& topic, std::size_t size) {
    const std::string payload(size, 'x');
    auto made = mqtt_mapping::KeptMessage::from({.topic = topic, .payload = as_bytes(payload)},
                                                "device", mqtt_mapping::kForever);
    REQUIRE(made);
    return std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(made));
}

/// A store, and what it said.
struct Kept {
    explicit Kept(const std::string& folder) { REQUIRE(keeper.open({.folder = folder})); }

    void flush() {
        bool idle = false;
        keeper.when_idle([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }
    /// In one commit.
    void retain(const std::string& name, std::size_t count) {
        {
            const mqtt_store::Store::Group group{keeper.store()};
            for (std::size_t i = 0; i < count; ++i) {
                keeper.store()->retain(message(name + std::to_string(i), kMessageBytes));
            }
        }
        flush();
    }

    io::Loop loop{};
    std::vector<session::StoreTicket> told{};
    std::size_t kept = 0;
    std::size_t failures = 0;
    Keeper keeper{
        loop,
        {.stored = [this](DeviceId, session::StoreTicket ticket) { told.push_back(ticket); },
         .retained = [](DeviceId, session::PublishTicket, session::Taken) {},
         .kept = [this](const Arrival&) { ++kept; },
         .told = [] {},
         .failed = [this](const Error&) { ++failures; }}};
};

}  // namespace

TEST_SUITE("keeper") {
    TEST_CASE("a store that has failed says of nothing that it is durable") {
        const node::test::TemporaryFolder folder;
        { Kept{folder.path()}.retain("a", 2 * kStepBytes / kMessageBytes); }
        Kept store{folder.path()};
        const session::Settings settings;
        session::Counters counters;
        Device device{1, "d", 1, settings, counters};
        store.keeper.perform(device, session::AwaitStore{.ticket = 1});
        store.keeper.keep({});
        CHECK(store.told == std::vector<session::StoreTicket>{1});
        CHECK(store.kept == 1);
        {
            // The log has room for it, and the file, which is larger, not.
            const FileLimit limit{kStepBytes + kStepBytes / 4};
            store.retain("b", kStepBytes / kMessageBytes + 2);
            CHECK(store.failures == 0);
            bool is_late = false;
            const io::Timer late =
                store.loop.after(std::chrono::minutes{1}, [&] { is_late = true; });
            while (store.failures == 0 && !is_late) {
                store.loop.run_one();
            }
            REQUIRE_FALSE(is_late);
        }
        store.keeper.perform(device, session::AwaitStore{.ticket = 2});
        store.keeper.keep({});
        store.flush();
        CHECK(store.told == std::vector<session::StoreTicket>{1});
        CHECK(store.kept == 1);
    }
}
