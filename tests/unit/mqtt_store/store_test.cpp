#include "mqtt-gateway/store/store.hpp"

#include "tests/unit/mqtt_store/kept.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

namespace weft::mqtt_store {
namespace {

using Answer = Store::Queued::Answer;

/// A store, and what it told.
struct Keeper {
    explicit Keeper(const std::string& folder,
                    const Store::Limits& limits = {},
                    std::uint64_t bytes_max = 0) {
        auto opened =
            Store::open(loop, {.folder = folder, .bytes_max = bytes_max, .limits = limits},
                        {.stored = [this](Store::Ticket through) { stored = through; },
                         .failed = [this](const Error& error) { failures.push_back(error.text); }});
        if (!opened) {
            FAIL(opened.error().text);
        }
        store = std::move(*opened);
        mqtt_store::Known known = store->take_known();
        sessions = std::move(known.sessions);
        retained = std::move(known.retained);
        wills = std::move(known.wills);
        seen = std::move(known.seen);
    }
    void settle() {
        bool idle = false;
        store->when_idle([&] { idle = true; });
        while (!idle) {
            loop.run_one();
        }
    }
    Payloads read(SessionNumber session, EntryNumber after = 0, std::size_t most = 1000) {
        Payloads all;
        store->read_queue(session, after, most,
                          [&](const QueueReading& reading) { all = payloads(reading); });
        settle();
        return all;
    }

    io::Loop loop;
    Store::Ticket stored = 0;
    std::vector<std::string> failures;
    std::unique_ptr<Store> store;
    std::vector<KnownSession> sessions;
    std::vector<SharedMessage> retained;
    std::vector<KnownWill> wills;
    std::vector<SeenName> seen;
};

const Store::Limits kRoomy{.session = {.messages = 1'000'000, .bytes = 1'000'000'000}};

/// Takes QoS 2 messages for ever, and says on `out` which identifiers are durable.
[[noreturn]] void take_until_killed(const std::string& folder, int out) {
    Keeper keeper{folder, kRoomy};
    const SessionNumber session = keeper.sessions.empty()
                                      ? keeper.store->add_session({.client_id = "device"})
                                      : keeper.sessions[0].number;
    auto packet = static_cast<mqtt::PacketId>(
        keeper.sessions.empty() ? 0 : keeper.sessions[0].incoming.size());
    for (;;) {
        for (int i = 0; i < 1 + packet % 7; ++i) {
            keeper.store->put_incoming(session, {.packet = ++packet, .taken = true});
            static_cast<void>(keeper.store->queue(session, message("a")));
        }
        keeper.settle();
        if (::write(out, &packet, sizeof packet) != sizeof packet) {
            ::_exit(1);
        }
    }
}

/// How many copies the message of that number has.
std::size_t copies_of(std::uint64_t number) {
    constexpr std::size_t kMore = Store::kBatchRequestsMax + 10;
    return number % 5 == 0 ? kMore : number % 5;
}

/// Queues copies of messages for ever, each with their name.
[[noreturn]] void copy_until_killed(const std::string& folder, int out) {
    Keeper keeper{folder, kRoomy};
    const SessionNumber session = keeper.sessions.empty()
                                      ? keeper.store->add_session({.client_id = "device"})
                                      : keeper.sessions[0].number;
    for (std::uint64_t number = keeper.seen.empty() ? 1 : keeper.seen.back().number + 1;;
         ++number) {
        {
            const Store::Group group{keeper.store.get()};
            static_cast<void>(group.put_seen({.number = number, .key = std::to_string(number)}, 0));
            const SharedMessage copied = message("a", std::string(number % 2 == 0 ? 1 : 1500, 'x'));
            for (std::size_t i = 0; i < copies_of(number); ++i) {
                static_cast<void>(keeper.store->queue(session, copied, Store::Copies::many));
            }
        }
        keeper.loop.run_one();
        if (::write(out, &number, sizeof number) != sizeof number) {
            ::_exit(1);
        }
    }
}

}  // namespace

TEST_SUITE_BEGIN("mqtt store");

TEST_CASE("who asks hears when it is durable; what is asked together is one commit") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path()};
    CHECK(keeper.sessions.empty());
    std::vector<Store::Ticket> tickets;
    for (int i = 0; i < 100; ++i) {
        const SessionNumber session =
            keeper.store->add_session({.client_id = "device" + std::to_string(i)});
        keeper.store->subscribe(session, {.filter = "a/#"});
        keeper.store->put_incoming(session, {.packet = 1, .taken = true});
        tickets.push_back(keeper.store->asked());
    }
    CHECK(keeper.stored == 0);
    CHECK(tickets.back() == 300);
    keeper.settle();
    CHECK(keeper.stored == tickets.back());
    CHECK(keeper.store->commits() == 1);
}

TEST_CASE("the next gateway finds all of it") {
    const TemporaryFolder folder;
    {
        Keeper keeper{folder.path()};
        const SessionNumber one = keeper.store->add_session({.client_id = "one", .epoch = 1});
        keeper.store->set_session(one, {.client_id = "one", .epoch = 2});
        keeper.store->subscribe(one, {.filter = "a"});
        keeper.store->subscribe(one, {.filter = "b"});
        keeper.store->unsubscribe(one, "a");
        keeper.store->put_incoming(one, {.packet = 5, .taken = true});
        keeper.store->put_incoming(one, {.packet = 6, .taken = true});
        keeper.store->put_incoming(one, {.packet = 5, .serial = 1});
        CHECK(keeper.store->queue(one, message("b", "1")).number == 1);
        CHECK(keeper.store->queue(one, message("b", "2")).number == 2);
        keeper.store->put_outgoing(one, {.packet = 9, .held = true});
        keeper.store->put_outgoing(one, {.packet = 8, .held = true});
        keeper.store->put_outgoing(one, {.packet = 8});
        keeper.store->retain(message("r", "x"));
        keeper.store->retain(message("s", "x"));
        keeper.store->retain(message("s", ""));
        keeper.settle();
    }
    Keeper keeper{folder.path()};
    REQUIRE(keeper.sessions.size() == 1);
    const KnownSession& one = keeper.sessions[0];
    CHECK(one.row.epoch == 2);
    CHECK(one.subscriptions == std::vector{StoredSubscription{.filter = "b"}});
    CHECK(one.incoming ==
          std::vector<IncomingId>{{.packet = 5, .serial = 1}, {.packet = 6, .taken = true}});
    CHECK(one.outgoing == std::vector<mqtt::PacketId>{9});
    CHECK(one.queued == keeper.store->queued(one.number));
    CHECK(one.queued == keeper.store->queued());
    CHECK(keeper.read(one.number) == Payloads{"1", "2"});
    CHECK(keeper.store->queue(one.number, message("b", "3")).number == 3);
    CHECK(keeper.read(one.number, 1, 1) == Payloads{"2"});
    CHECK(keeper.retained.size() == 1);
    CHECK(keeper.store->add_session({.client_id = "two"}) != one.number);
}

TEST_CASE("queues hold what they may, and what leaves makes room") {
    const TemporaryFolder folder;
    const std::size_t size = message("a")->size();
    Keeper keeper{folder.path(),
                  {.session = {.messages = 2, .bytes = 100 * size},
                   .all = {.messages = 3, .bytes = 100 * size}}};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    const SessionNumber two = keeper.store->add_session({.client_id = "two"});
    const auto queue = [&](SessionNumber session, const SharedMessage& queued) {
        return keeper.store->queue(session, queued).answer;
    };
    CHECK(queue(one, message("a", std::string(100 * size, 'x'))) == Answer::session_bytes);
    CHECK(queue(one, message("a")) == Answer::kept);
    CHECK(queue(one, message("a")) == Answer::kept);
    CHECK(queue(one, message("a")) == Answer::session_messages);
    CHECK(queue(two, message("a")) == Answer::kept);
    CHECK(queue(two, message("a")) == Answer::all);
    CHECK(keeper.store->queued() == QueueSize{.messages = 3, .bytes = 3 * size});
    keeper.store->remove(one, 1);
    keeper.store->put_outgoing(one, {.packet = 1, .held = true, .entry = 2});
    keeper.settle();
    CHECK(keeper.store->queued(one) == QueueSize{});
    CHECK(keeper.store->queued() == QueueSize{.messages = 1, .bytes = size});
    CHECK(queue(two, message("a")) == Answer::kept);
    keeper.store->remove(two, 1);
    keeper.store->drop_session(two);
    CHECK(keeper.store->queued() == QueueSize{});
    keeper.settle();
    CHECK(keeper.store->queued() == QueueSize{});
    CHECK(keeper.store->queued(two) == QueueSize{});
}

TEST_CASE("expired messages make room, too") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path()};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    CHECK(keeper.store->queue(one, message("a", "1", 100)).answer == Answer::kept);
    CHECK(keeper.store->queue(one, message("a", "2", 200)).answer == Answer::kept);
    std::size_t swept = 0;
    keeper.store->sweep(150, [&](std::size_t count) { swept = count; });
    keeper.settle();
    CHECK(swept == 1);
    CHECK(keeper.store->queued(one).messages == 1);
    CHECK(keeper.read(one) == Payloads{"2"});
}

TEST_CASE("a large backlog goes in batches") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), kRoomy};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    const SharedMessage large = message("a", std::string(100'000, 'x'));
    for (int i = 0; i < 100; ++i) {
        CHECK(keeper.store->queue(one, large).answer == Answer::kept);
    }
    keeper.settle();
    CHECK(keeper.store->commits() >= 5);  // of some 1 MiB
    CHECK(keeper.stored == keeper.store->asked());
    CHECK(keeper.failures.empty());
}

TEST_CASE("a group is one commit, however large; what is around it is not its matter") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), kRoomy};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    {
        const Store::Group group{keeper.store.get()};
        for (std::size_t i = 0; i < 3 * Store::kBatchRequestsMax; ++i) {
            CHECK(keeper.store->queue(one, message("a")).answer == Answer::kept);
        }
        CHECK(group.put_seen({.number = 1, .key = "name"}, 0));
    }
    const Store::Ticket grouped = keeper.store->asked();
    keeper.store->put_incoming(one, {.packet = 1, .taken = true});
    while (keeper.store->commits() == 0) {
        keeper.loop.run_one();
    }
    CHECK(keeper.stored == grouped);
    keeper.settle();
    CHECK(keeper.store->commits() == 2);
    const Store::Group nothing{nullptr};
}

TEST_CASE("copies of a large message for many sessions are one in the file, and in its log") {
    constexpr std::size_t kMany = 200;
    constexpr std::size_t kLarge = 500'000;
    const TemporaryFolder folder;
    const auto log_bytes = [&] {
        return std::filesystem::file_size(folder.path() + "/gateway.db-wal");
    };
    const SharedMessage large = message("a", std::string(kLarge, 'x'));
    const SharedMessage other = message("a", std::string(kLarge, 'y'));
    std::vector<SessionNumber> sessions;
    {
        Keeper keeper{folder.path(), kRoomy, 16 * 1024 * 1024};
        for (std::size_t i = 0; i < kMany; ++i) {
            sessions.push_back(keeper.store->add_session({.client_id = std::to_string(i)}));
        }
        keeper.settle();
        const auto before = log_bytes();
        for (const SharedMessage& each : {large, other}) {
            const Store::Group group{keeper.store.get()};
            for (const SessionNumber session : sessions) {
                REQUIRE(keeper.store->queue(session, each, Store::Copies::many).answer ==
                        Answer::kept);
            }
            const std::uint64_t name = each == large ? 1 : 2;
            CHECK(group.put_seen({.number = name, .key = "name"}, 0));
        }
        keeper.settle();
        CHECK(keeper.failures.empty());
        CHECK(log_bytes() - before < 3 * kLarge);
        CHECK(keeper.store->queued().bytes == 2 * kMany * large->size());
    }
    Keeper keeper{folder.path(), kRoomy, 16 * 1024 * 1024};
    CHECK(keeper.store->queue(sessions[0], large, Store::Copies::many).answer == Answer::kept);
    const Payloads all = keeper.read(sessions[0]);
    REQUIRE(all.size() == 3);
    CHECK((all[0][0] == 'x' && all[1][0] == 'y' && all[2][0] == 'x'));
    for (std::size_t i = 1; i < kMany; ++i) {
        keeper.store->remove(sessions[i], 1);
        keeper.store->drop_session(sessions[i]);
    }
    CHECK(keeper.read(sessions[0], 1).size() == 2);
    keeper.store->drop_session(sessions[0]);
    keeper.settle();
    CHECK(keeper.store->queued() == QueueSize{});
    CHECK(keeper.failures.empty());
    CHECK(keeper.store->has_room(Store::Room::queue, 11 * 1024 * 1024));
}

TEST_CASE("an error is told once, and nothing is durable from then on") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), {}, 128 * 1024};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    keeper.settle();
    const Store::Ticket before = keeper.stored;
    keeper.store->retain(message("a", std::string(500'000, 'x')));
    keeper.settle();
    keeper.store->put_incoming(one, {.packet = 1, .taken = true});
    keeper.settle();
    CHECK(keeper.store->has_failed());
    REQUIRE(keeper.failures.size() == 1);
    CHECK(keeper.failures[0].find("make room on the disk") != std::string::npos);
    CHECK(keeper.stored == before);
}

TEST_CASE("queues don't fill the file; what leaves makes room") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), kRoomy, 1024 * 1024};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    const SharedMessage large = message("a", std::string(10'000, 'x'));
    Answer answer = Answer::kept;
    std::size_t kept = 0;
    for (; kept < 1000 && answer == Answer::kept; kept += answer == Answer::kept ? 1U : 0U) {
        answer = keeper.store->queue(one, large).answer;
        keeper.settle();
    }
    CHECK(answer == Answer::file);
    CHECK(kept > 30);
    keeper.store->retain(message("r", std::string(100'000, 'x')));
    keeper.store->put_incoming(one, {.packet = 1, .taken = true});
    keeper.settle();
    CHECK(keeper.failures.empty());
    CHECK(keeper.stored == keeper.store->asked());
    for (EntryNumber entry = 1; entry <= kept; ++entry) {
        keeper.store->remove(one, entry);
    }
    keeper.settle();
    CHECK(keeper.store->queue(one, large).answer == Answer::kept);
    keeper.settle();
    CHECK(keeper.failures.empty());
}

TEST_CASE("copies that wait for the writer don't fill the file, whatever they take of it") {
    for (const std::size_t size : {100U, 1000U, 2100U, 8000U, 20'000U}) {
        const TemporaryFolder folder;
        Keeper keeper{folder.path(), kRoomy, 8 * 1024 * 1024};
        std::vector<SessionNumber> sessions;
        for (int i = 0; i < 20; ++i) {
            sessions.push_back(keeper.store->add_session({.client_id = std::to_string(i)}));
        }
        keeper.settle();
        const SharedMessage copied = message("a", std::string(size, 'x'));
        std::size_t kept = 0;
        while (keeper.store->queue(sessions[kept % 20], copied).answer == Answer::kept) {
            ++kept;
        }
        CHECK(kept * size > 1024 * 1024);
        keeper.settle();
        CHECK(keeper.failures.empty());
        CHECK(keeper.stored == keeper.store->asked());
    }
}

TEST_CASE("retained messages and sessions don't fill the file either") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), kRoomy, 1024 * 1024};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    int kept = 0;
    for (; kept < 100 && keeper.store->has_room(Store::Room::retained, 50'000); ++kept) {
        keeper.store->retain(message("r" + std::to_string(kept), std::string(50'000, 'x')));
        keeper.settle();
    }
    CHECK(kept > 8);
    CHECK(kept < 100);
    int sessions = 0;
    for (; sessions < 10'000 && keeper.store->has_room(Store::Room::session, 0); ++sessions) {
        keeper.store->add_session({.client_id = std::to_string(sessions) + std::string(500, 'd')});
        keeper.settle();
    }
    CHECK(sessions > 20);
    CHECK(sessions < 10'000);
    keeper.store->put_incoming(one, {.packet = 1, .taken = true});
    keeper.settle();
    CHECK(keeper.failures.empty());
    CHECK(keeper.stored == keeper.store->asked());
}

TEST_CASE("names of messages don't fill the file either") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path(), kRoomy, 1024 * 1024};
    const SessionNumber one = keeper.store->add_session({.client_id = "one"});
    keeper.settle();
    std::uint64_t names = 0;
    for (int round = 0; round < 10; ++round) {
        const Store::Group group{keeper.store.get()};
        while (names < 10'000 &&
               group.put_seen({.number = names + 1, .key = std::string(500, 'k')}, 0)) {
            ++names;
        }
        keeper.settle();
    }
    CHECK(names > 100);
    CHECK(names < 10'000);
    keeper.store->put_incoming(one, {.packet = 1, .taken = true});
    keeper.settle();
    CHECK(keeper.failures.empty());
    CHECK(keeper.stored == keeper.store->asked());
}

TEST_CASE("a will that was fired is the next gateway's, until the mesh has spoken") {
    const TemporaryFolder folder;
    {
        Keeper keeper{folder.path()};
        const WillNumber first =
            keeper.store->add_will({.message_id = "a/1/will", .message = message("w", "a")});
        keeper.store->add_will({.message_id = "b/1/will", .message = message("w", "b")});
        keeper.store->remove_will(first);
        keeper.settle();
    }
    Keeper keeper{folder.path()};
    const std::vector<KnownWill>& wills = keeper.wills;
    REQUIRE(wills.size() == 1);
    CHECK(wills[0].will.message_id == "b/1/will");
    CHECK(keeper.store->add_will({.message_id = "c", .message = message("w")}) != wills[0].number);
    keeper.settle();
    CHECK(keeper.failures.empty());
}

TEST_CASE("destroyed with work under way, it tells nobody") {
    const TemporaryFolder folder;
    Keeper keeper{folder.path()};
    static_cast<void>(keeper.store->add_session({.client_id = "one"}));
    keeper.loop.run_one();  // the writer has it
    keeper.store.reset();
    bool later = false;
    keeper.loop.post([&] { later = true; });
    while (!later) {
        keeper.loop.run_one();
    }
    CHECK(keeper.stored == 0);
}

TEST_CASE("kill -9 while it writes: what was said to be durable is there") {
    const TemporaryFolder folder;
    mqtt::PacketId durable = 0;
    for (int round = 0; round < 10; ++round) {
        int pipes[2];
        REQUIRE(::pipe(pipes) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipes[0]);
            take_until_killed(folder.path(), pipes[1]);
        }
        ::close(pipes[1]);
        for (int i = 0; i < 5; ++i) {
            REQUIRE(::read(pipes[0], &durable, sizeof durable) == sizeof durable);
        }
        ::kill(child, SIGKILL);
        mqtt::PacketId later = 0;
        while (::read(pipes[0], &later, sizeof later) == sizeof later) {
            durable = later;
        }
        ::close(pipes[0]);
        ::waitpid(child, nullptr, 0);
        Keeper keeper{folder.path()};
        REQUIRE(keeper.sessions.size() == 1);
        CHECK(keeper.sessions[0].incoming.size() >= durable);
        CHECK(keeper.sessions[0].queued.messages == keeper.sessions[0].incoming.size());
    }
}

TEST_CASE("kill -9 between copies: a message has all of them and its name, or neither") {
    const TemporaryFolder folder;
    for (int round = 0; round < 8; ++round) {
        int pipes[2];
        REQUIRE(::pipe(pipes) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::close(pipes[0]);
            copy_until_killed(folder.path(), pipes[1]);
        }
        ::close(pipes[1]);
        std::uint64_t asked = 0;
        for (int i = 0; i < 2 + round; ++i) {
            REQUIRE(::read(pipes[0], &asked, sizeof asked) == sizeof asked);
        }
        ::kill(child, SIGKILL);
        ::close(pipes[0]);
        ::waitpid(child, nullptr, 0);
        Keeper keeper{folder.path(), kRoomy};
        std::size_t copies = 0;
        for (const SeenName& each : keeper.seen) {
            copies += copies_of(each.number);
        }
        CHECK(keeper.sessions.size() <= 1);
        CHECK((keeper.sessions.empty() ? 0 : keeper.sessions[0].queued.messages) == copies);
        if (copies != 0) {
            CHECK_FALSE(keeper.read(keeper.sessions[0].number).empty());
            CHECK(keeper.failures.empty());
        }
    }
}

TEST_SUITE_END();

}  // namespace weft::mqtt_store
