#include "tools/sim/sim_audit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

/// Prints what the machine costs; asserts nothing.
///
/// usage: weft_linkstate_bench [ROUTERS…]   also simulates meshes of that size, from cold to rest
namespace weft::linkstate {
namespace {

using sim::SimMesh;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Time of this process on a processor: others may be busy, too.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::nanoseconds;
    static time_point now() {
        timespec time{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
};

std::string name_of(std::size_t number) {
    return "router-" + std::to_string(number);
}

double micros(Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

/// A ring with chords: all routers have four links, and the diameter is small.
void build(SimMesh& mesh, std::size_t routers) {
    for (std::size_t i = 0; i < routers; ++i) {
        mesh.add(name_of(i));
        mesh.set_address(i, "M0address-" + std::to_string(i), true);
    }
    const auto& delay = [&] { return std::chrono::microseconds(500 + mesh.random()() % 1000); };
    std::size_t stride = 1;
    while (stride * stride < routers) {
        ++stride;
    }
    for (std::size_t i = 0; i < routers; ++i) {
        mesh.connect(i, (i + 1) % routers, 1, delay());
        mesh.connect(i, (i + stride) % routers, 1, delay());
    }
}

/// A machine that is told all links of a mesh, as if by its neighbours.
class Lone final : public LinkStateOutput {
public:
    explicit Lone(std::size_t routers) : routers_{routers} {
        machine.link_up(1, 1, now);
        machine.link_up(2, 1, now);
        for (const PeerLink link : {1U, 2U}) {
            tell(link, Hello{.from = {.id = name_of(link)}, .instance = 1, .seen = {"router-0"}});
        }
        for (std::size_t i = 1; i < routers; ++i) {
            tell_links(i, 1, 1);
        }
        settle();
    }

    void send(PeerLink /*link*/, Bytes message) override { sent += message.size(); }
    void on_path(RouterIndex /*router*/, const std::optional<Path>& /*path*/) override { ++paths; }
    void on_remote_address(RouterIndex /*router*/,
                           std::string_view /*key*/,
                           bool /*has*/,
                           Hint /*hint*/) override {
        ++keys;
    }
    void on_silent(PeerLink /*link*/, std::string_view /*why*/) override {}
    void on_event(const LinkStateEvent& /*event*/) override {}

    void tell(PeerLink link, const Message& message) {
        const Buffer bytes = encoded(message);
        machine.receive(link, bytes, now);
    }
    static Buffer encoded(const Message& message) {
        Buffer content;
        Buffer bytes;
        write_message(content, message);
        const bool is_hello = std::holds_alternative<Hello>(message);
        const bool is_mobile = std::holds_alternative<MobileUpdate>(message);
        write_envelope(bytes,
                       {.to = is_hello    ? "amqp:/_local/qdhello"
                              : is_mobile ? "_topo/0/all/qdrouter.ma"
                                          : "amqp:/_topo/0/all/qdrouter",
                        .ingress = {},
                        .trace = {},
                        .content = content},
                       speaker_of(message).id);
        return bytes;
    }
    /// Router `i` has links to i±1 and i±stride; the first of the cost given.
    LinkStateUpdate links_of(std::size_t i, std::int64_t sequence, std::int64_t cost) const {
        LinkStateUpdate update{
            .from = {.id = name_of(i)}, .instance = 1, .ls_seq = sequence, .peers = {}};
        for (const std::size_t step : {std::size_t{1}, std::size_t{31}}) {
            update.peers.emplace_back(name_of((i + step) % routers_), step == 1 ? cost : 1);
            update.peers.emplace_back(name_of((i + routers_ - step) % routers_), 1);
        }
        return update;
    }
    void tell_links(std::size_t i, std::int64_t sequence, std::int64_t cost) {
        tell(1, links_of(i, sequence, cost));
    }
    void settle() { machine.flush(now); }

    Instant now{seconds(3600)};
    LinkState machine{{.id = "router-0"}, *this};
    std::uint64_t sent = 0;
    std::uint64_t paths = 0;
    std::uint64_t keys = 0;

private:
    std::size_t routers_;
};

void measure_paths(std::size_t routers) {
    Lone lone(routers);
    constexpr std::int64_t kRounds = 400;
    Clock::duration with_tree{};
    Clock::duration without{};
    std::int64_t trees = 0;
    for (std::int64_t round = 0; round < kRounds; ++round) {
        const auto router = static_cast<std::size_t>(3 + round * 7) % (routers - 3) + 2;
        const Buffer bytes = Lone::encoded(lone.links_of(router, 2 + round, 1 + (round + 1) % 2));
        const std::uint64_t before = lone.machine.counters().recomputed;
        lone.now += milliseconds(20);
        const Clock::time_point begin = Clock::now();
        lone.machine.receive(1, bytes, lone.now);
        lone.settle();
        const bool computed = lone.machine.counters().recomputed != before;
        trees += computed ? 1 : 0;
        (computed ? with_tree : without) += Clock::now() - begin;
    }
    std::printf(
        "%zu routers, degree 4: a link changes: %.1f us if it matters here, %.1f us if not\n",
        routers, micros(with_tree) / static_cast<double>(std::max<std::int64_t>(trees, 1)),
        micros(without) / static_cast<double>(kRounds - trees));
    const Clock::time_point begin = Clock::now();
    std::size_t valid = 0;
    for (RouterIndex origin = 1; origin < routers; ++origin) {
        for (const bool each : lone.machine.valid_destinations(origin)) {
            valid += each ? 1 : 0;
        }
    }
    std::printf("%zu routers: first use of an origin %.1f us (%zu valid pairs)\n", routers,
                micros(Clock::now() - begin) / static_cast<double>(routers - 1), valid);
}

void measure_addresses(std::size_t known) {
    Lone lone(10);
    MobileUpdate all;
    all.from.id = name_of(1);
    all.mobile_seq = 1;
    for (std::size_t i = 0; i < known; ++i) {
        all.add.push_back("M0known-" + std::to_string(i));
        lone.machine.set_local_address("M0here-" + std::to_string(i), true, Hint::balanced);
    }
    lone.tell(1, all);
    lone.settle();
    constexpr std::int64_t kRounds = 20'000;
    Clock::duration told{};
    Clock::duration heard{};
    for (std::int64_t round = 0; round < kRounds; ++round) {
        lone.now += milliseconds(100);
        const Clock::time_point begin = Clock::now();
        lone.machine.set_local_address("M0new", round % 2 == 0, Hint::balanced);
        lone.settle();
        told += Clock::now() - begin;
    }
    for (std::int64_t round = 0; round < kRounds; ++round) {
        MobileUpdate one;
        one.from.id = name_of(1);
        one.mobile_seq = 2 + round;
        (round % 2 == 0 ? one.add : one.del).emplace_back("M0new");
        const Buffer bytes = Lone::encoded(one);
        const Clock::time_point begin = Clock::now();
        lone.machine.receive(1, bytes, lone.now);
        heard += Clock::now() - begin;
    }
    std::printf("%zu addresses known: one consumer more: %.2f us to tell, %.2f us to hear\n", known,
                micros(told) / kRounds, micros(heard) / kRounds);
}

/// Cheaper than an audit: all have paths to all, and their addresses.
bool is_complete(SimMesh& mesh) {
    for (std::size_t i = 0; i < mesh.size(); ++i) {
        const sim::SimRouter& router = mesh.router(i);
        if (router.paths.size() + 1 != mesh.size() || router.keys.size() + 1 != mesh.size()) {
            return false;
        }
        for (const auto& [index, keys] : router.keys) {
            if (keys.size() != 2) {
                return false;
            }
        }
    }
    return true;
}

void measure_mesh(std::size_t routers) {
    SimMesh mesh({.seed = 1, .options = {}});
    const Clock::time_point begin = Clock::now();
    build(mesh, routers);
    const auto time =
        mesh.run_until([&] { return is_complete(mesh); }, seconds(60), milliseconds(10));
    const double wall = micros(Clock::now() - begin) / 1e6;
    if (const std::string fault = sim::audit_paths(mesh); !time || !fault.empty()) {
        std::printf("%zu routers: no agreement: %s\n", routers, fault.c_str());
        return;
    }
    std::printf(
        "%zu routers from cold: agreed after %.3f s simulated (%.1f s of work), "
        "%llu messages, %.1f MiB\n",
        routers, std::chrono::duration<double>(*time).count(), wall,
        static_cast<unsigned long long>(mesh.messages()),
        static_cast<double>(mesh.bytes()) / 1048576);
    std::fflush(stdout);
    mesh.run_for(seconds(45));
    const std::uint64_t bytes = mesh.bytes();
    const std::uint64_t messages = mesh.messages();
    mesh.run_for(seconds(60));
    const double each = 60.0 * static_cast<double>(2 * mesh.wires().size());
    std::printf(
        "%zu routers at rest: to each neighbour %.0f bytes/s, %.1f messages/s (%.1f s of work)\n",
        routers, static_cast<double>(mesh.bytes() - bytes) / each,
        static_cast<double>(mesh.messages() - messages) / each, micros(Clock::now() - begin) / 1e6);
    std::uint64_t duplicates = 0;
    for (std::size_t i = 0; i < mesh.size(); ++i) {
        duplicates += mesh.router(i).machine.counters().duplicates;
    }
    std::printf("%zu routers: %llu duplicates in all\n", routers,
                static_cast<unsigned long long>(duplicates));
}

}  // namespace
}  // namespace weft::linkstate

int main(int argc, char** argv) {
    using namespace weft::linkstate;
    measure_paths(1000);
    measure_addresses(100);
    measure_addresses(100'000);
    for (int i = 1; i < argc; ++i) {
        measure_mesh(std::strtoul(argv[i], nullptr, 10));
    }
    return 0;
}
