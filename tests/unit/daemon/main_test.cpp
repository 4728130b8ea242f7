#include "common/daemon/main.hpp"

#include "tests/unit/daemon/kettle.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::daemon;
using namespace weft::daemon::test;

namespace {

/// What became of the daemon under test.
struct Life {
    bool cannot_start = false;
    int ends_itself = 0;        // with that status
    bool ends_at_last = false;  // so does its destructor
    int started = 0;
    int stopped = 0;
    int destroyed = 0;
} life;

/// Once it runs, it is told to end as a service manager does.
class KettleDaemon final : public Daemon {
public:
    explicit KettleDaemon(io::Loop& loop) : loop_{loop} {}
    ~KettleDaemon() override {
        ++life.destroyed;
        if (life.ends_at_last) {
            end(75);
        }
    }

    Result<void> start() override {
        if (life.cannot_start) {
            return fail("amqp:internal-error", "no water");
        }
        ++life.started;
        loop_.post([this] {
            if (life.ends_itself != 0) {
                end(life.ends_itself);
            } else {
                std::raise(SIGTERM);
            }
        });
        return {};
    }
    void stop(std::function<void()> stopped) override {
        ++life.stopped;
        stopped();
    }
    std::string title() const override { return "kettle K"; }

private:
    io::Loop& loop_;
};

std::optional<Loaded> load(const config::CommandLine& command, config::Faults& faults) {
    if (command.config == "bad.json") {
        faults.error({faults.add_file("bad.json"), 1}, "/water", "must be there");
        return std::nullopt;
    }
    return Loaded{.log = {{kLeaf, {.levels = *io::parse_levels("none")}}},
                  .make = [](io::Loop& loop) { return std::make_unique<KettleDaemon>(loop); }};
}

constexpr Program kProgram{.about = {.name = "weft-kettle", .version = "1", .summary = "boils"},
                           .log_modules = kModules,
                           .load = load};

int run_with(std::vector<std::string> arguments, Life planned = {}) {
    life = planned;
    arguments.insert(arguments.begin(), "weft-kettle");
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
        argv.push_back(argument.data());
    }
    return run(kProgram, static_cast<int>(argv.size()), argv.data());
}

}  // namespace

TEST_SUITE("main") {
    TEST_CASE("a daemon that can't go on ends with a status of its own") {
        CHECK(run_with({"-c", "good.json", "--log-level", "critical"}, {.ends_itself = 75}) == 75);
        CHECK(life.stopped == 0);
        CHECK(life.destroyed == 1);
    }

    TEST_CASE("what a daemon says of its end while it goes is for nobody, and does no harm") {
        CHECK(run_with({"-c", "good.json", "--log-level", "critical"}, {.ends_at_last = true}) ==
              0);
        CHECK(life.destroyed == 1);
    }

    TEST_CASE("a daemon runs until it is told to end, and is gone before its loop") {
        CHECK(run_with({"-c", "good.json", "--log-level", "critical"}) == 0);
        CHECK(life.started == 1);
        CHECK(life.stopped == 1);
        CHECK(life.destroyed == 1);
        CHECK_FALSE(io::log().enabled(kKettle, io::Level::error));
        REQUIRE(io::log().change(kLeaf, {}));
        REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("info+")}));
    }

    TEST_CASE("a check reads the configuration and starts nothing") {
        CHECK(run_with({"-c", "good.json", "--check"}) == 0);
        CHECK(run_with({"-c", "bad.json", "--check"}) == 1);
        CHECK(life.started == 0);
        CHECK(life.destroyed == 0);
    }

    TEST_CASE("faults of the command line or the configuration end it") {
        CHECK(run_with({}) == 1);
        CHECK(run_with({"--nonsense"}) == 1);
        CHECK(run_with({"-c", "bad.json"}) == 1);
        CHECK(run_with({"--version"}) == 0);
        CHECK(life.started == 0);
    }

    TEST_CASE("a daemon that can't start ends with 1") {
        life = {};
        std::vector<std::string> arguments{"weft-kettle", "-c", "good.json"};
        std::vector<char*> argv;
        for (std::string& argument : arguments) {
            argv.push_back(argument.data());
        }
        life.cannot_start = true;
        CHECK(run(kProgram, static_cast<int>(argv.size()), argv.data()) == 1);
        CHECK(life.destroyed == 1);
        REQUIRE(io::log().change(kLeaf, {}));
    }
}
