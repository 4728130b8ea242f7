#include "router/node/state_keeper.hpp"

#include "common/io/log.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace weft;
using namespace weft::node;
using namespace weft::node::test;

namespace {

constexpr std::size_t kBig = 8000;  // bytes of a value
/// What a turn may write: a piece, and the rest of its last line.
constexpr std::size_t kPieceMax = StateKeeper::kBytesAtOnce + kBig + 200;

settings::Setting sized(std::string key, std::int64_t version, std::size_t size = 10) {
    return {
        .key = std::move(key), .value = std::string(size, 'v'), .version = version, .origin = "A"};
}

std::string line(const settings::Setting& setting) {
    StateLines lines;
    lines.add(setting);
    return lines.text;
}

/// A keeper, its table and its loop, over a disk that counts and fails as it is told. What it is
/// told is changed only while no errand runs.
struct Kept {
    explicit Kept(std::size_t big = 0) {
        REQUIRE(io::log().set(io::Module::default_, {.levels = *io::parse_levels("critical")}));
        for (std::size_t i = 0; i < big; ++i) {
            table.merge(sized("big " + std::to_string(100 + i), 1, kBig));
        }
        start();
    }

    void start() {
        auto file = StateFile::open(folder.path(), disk());
        REQUIRE(file);
        keeper.emplace(*std::move(file), table, loop);
    }
    Disk disk() {
        return {.write = [this](int file, const void* data, std::size_t size) -> ssize_t {
                    if (failing_writes > 0) {
                        --failing_writes;
                        errno = ENOSPC;
                        return -1;
                    }
                    bytes += size;
                    return ::write(file, data, size);
                },
                .sync =
                    [this](int file) {
                        const bool is_here = std::this_thread::get_id() == here;
                        ++(is_here ? syncs_here : syncs_elsewhere);
                        errno = is_here ? 0 : sync_error;
                        return errno == 0 ? ::fsync(file) : -1;
                    },
                .rename =
                    [this](const char* from, const char* to) {
                        ++(std::this_thread::get_id() == here ? renames_here : renames_elsewhere);
                        errno = rename_error;
                        return errno == 0 ? ::rename(from, to) : -1;
                    }};
    }

    /// Another router tells it.
    void hear(const settings::Setting& news) {
        table.merge(news);
        keeper->keep_later(news);
    }
    /// A client asks for it.
    Result<void> make(const settings::Setting& asked) {
        auto kept = keeper->keep(asked);
        if (kept) {
            table.merge(asked);
            keeper->keep_later(asked);
        }
        return kept;
    }
    void turn() {
        bytes = 0;
        loop.run_one();
        most = std::max(most, bytes);
    }
    void run_until(const std::function<bool()>& condition) {
        while (!condition()) {
            turn();
        }
    }
    /// "small" is changed, and that is written, so often that a draft is begun.
    void hear_until_drafting() {
        while (!is_drafting()) {
            const settings::Setting news = sized("small", ++version);
            hear(news);
            bytes = 0;
            run_until([&] { return bytes > 0; });
        }
    }

    std::string path() const { return folder.path() + "/addresses.jsonl"; }
    bool is_drafting() const { return std::filesystem::exists(path() + ".new"); }
    std::string text() const {
        std::ifstream file(path());
        return std::string(std::istreambuf_iterator<char>(file), {});
    }
    bool has(const settings::Setting& each) const {
        return text().find(line(each)) != std::string::npos;
    }
    std::size_t lines() const {
        const std::string all = text();
        return static_cast<std::size_t>(std::ranges::count(all, '\n'));
    }
    bool has_all() const {
        const std::string all = text();
        return std::ranges::all_of(table.all(), [&](const auto& entry) {
            return all.find(line(entry.second)) != std::string::npos;
        });
    }

    TemporaryFolder folder;
    io::Loop loop;
    settings::SettingTable table;
    std::int64_t version = 0;
    std::thread::id here = std::this_thread::get_id();
    std::size_t bytes = 0;  // written in this turn
    std::size_t most = 0;   // in any
    int syncs_here = 0;
    int syncs_elsewhere = 0;
    int renames_here = 0;
    int renames_elsewhere = 0;
    int failing_writes = 0;
    int sync_error = 0;  // of errands
    int rename_error = 0;
    std::optional<StateKeeper> keeper;
};

}  // namespace

TEST_SUITE_BEGIN("state_keeper");

TEST_CASE(
    "what others made is written in later turns, a piece each, and no turn waits for the disk") {
    Kept kept;
    const int syncs = kept.syncs_here;
    for (int i = 0; i < 50; ++i) {
        kept.hear(sized("k" + std::to_string(i), 1, kBig));
    }
    CHECK(kept.bytes == 0);
    kept.run_until([&] { return kept.has_all(); });
    CHECK(kept.most >= StateKeeper::kBytesAtOnce);
    CHECK(kept.most <= kPieceMax);
    CHECK(kept.syncs_here == syncs);
    CHECK(kept.syncs_elsewhere == 0);
}

TEST_CASE("what is changed again and again is written once a turn, as it is then") {
    Kept kept;
    for (int i = 1; i <= 1000; ++i) {
        kept.hear(sized("a", i));
    }
    kept.run_until([&] { return kept.has_all(); });
    CHECK(kept.text() == line(sized("a", 1000)));
}

TEST_CASE("what a client asked for is on the disk before it is answered, with one fsync") {
    Kept kept;
    const int syncs = kept.syncs_here;
    REQUIRE(kept.make(sized("a", 1)));
    CHECK(kept.has(sized("a", 1)));
    CHECK(kept.syncs_here == syncs + 1);
    kept.bytes = 0;
    kept.hear(sized("b", 1));
    kept.run_until([&] { return kept.has_all(); });
    CHECK(kept.lines() == 2);  // it is not written twice
}

TEST_CASE(
    "a file that is too long is made anew a piece a turn, and brought to the disk elsewhere") {
    Kept kept{100};
    kept.hear_until_drafting();
    CHECK(kept.lines() > StateKeeper::kLinesFree);
    const int syncs = kept.syncs_here;
    int turns = 0;
    int made = 0;
    kept.most = 0;
    while (kept.is_drafting()) {
        if (made < 5) {
            ++made;
            kept.hear(sized("big 100", ++kept.version, kBig));  // the draft has it already
            REQUIRE(kept.make(sized("made " + std::to_string(made), ++kept.version)));
        }
        kept.turn();
        ++turns;
        for (int i = 1; i <= made; ++i) {  // whichever file it is
            CHECK(kept.table.find("made " + std::to_string(i)) != nullptr);
            CHECK(kept.has(*kept.table.find("made " + std::to_string(i))));
        }
    }
    CHECK(turns >= 8);
    CHECK(kept.most <= kPieceMax + 2 * (kBig + 200));  // what was heard, in both
    CHECK(kept.syncs_here == syncs + made);
    CHECK(kept.renames_here == 1);  // the first file
    kept.run_until([&] { return kept.has_all(); });
    kept.keeper.reset();
    CHECK(kept.renames_elsewhere == 1);
    CHECK(kept.syncs_elsewhere >= 8);
    CHECK(kept.lines() < 200);
    CHECK(kept.has_all());
}

TEST_CASE("who asks while a draft gets its name finds its change in the new file") {
    Kept kept;
    kept.hear_until_drafting();
    kept.bytes = 0;
    kept.run_until([&] { return kept.bytes > 0; });  // all is in the draft, and an errand runs
    REQUIRE(kept.make(sized("made", 5000)));
    CHECK_FALSE(kept.is_drafting());
    CHECK(kept.lines() == 2);
    CHECK(kept.has_all());
}

TEST_CASE("a draft that fails leaves the file; a request has it tried again, and is refused") {
    for (const bool is_last : {false, true}) {
        CAPTURE(is_last);
        Kept kept{30};
        kept.hear_until_drafting();
        (is_last ? kept.rename_error : kept.sync_error) = EIO;
        kept.run_until([&] { return !kept.keeper->failure().empty(); });
        CHECK_FALSE(kept.is_drafting());
        CHECK(kept.has_all());
        CHECK(kept.keeper->write_failures() == 1);
        kept.hear(sized("heard", ++kept.version));
        kept.rename_error = 0;
        kept.sync_error = 0;

        const auto refused = kept.make(sized("made", ++kept.version));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().text.find("stateDir") != std::string::npos);
        CHECK(kept.keeper->write_failures() == 2);
        CHECK(kept.is_drafting());
        kept.run_until([&] { return kept.keeper->failure().empty(); });
        CHECK(kept.has_all());
        CHECK_FALSE(kept.has(sized("made", kept.version)));
        REQUIRE(kept.make(sized("made", ++kept.version)));
        CHECK(kept.has_all());
    }
}

TEST_CASE("a draft goes on if the file fails meanwhile, and mends it") {
    Kept kept{30};
    kept.hear_until_drafting();
    kept.hear(sized("big 100", 2, kBig));
    kept.failing_writes = 1;
    kept.run_until([&] { return !kept.keeper->failure().empty(); });
    CHECK(kept.is_drafting());
    CHECK_FALSE(kept.make(sized("made", 2)));
    kept.run_until([&] { return kept.keeper->failure().empty(); });
    kept.run_until([&] { return kept.has_all(); });
    CHECK(kept.keeper->write_failures() == 2);
}

TEST_CASE("a disk that fails at the start is tried again when somebody asks") {
    Kept kept;
    kept.keeper.reset();
    kept.table.merge(sized("a", 1));
    kept.failing_writes = 1;
    kept.start();
    CHECK_FALSE(kept.keeper->failure().empty());
    CHECK_FALSE(kept.make(sized("b", 1)));
    kept.run_until([&] { return kept.keeper->failure().empty(); });
    CHECK(kept.has_all());
}

TEST_CASE("at the end what waits is written, and a draft is gone or is the file") {
    Kept kept{30};
    SUBCASE("nothing else") {}
    SUBCASE("it is being made") {
        kept.hear_until_drafting();
        kept.turn();
    }
    SUBCASE("it is being placed") {
        kept.hear_until_drafting();
        kept.run_until([&] { return kept.lines() < 100; });
    }
    kept.hear(sized("big 100", 2, kBig));
    kept.hear(sized("last", 1));
    kept.keeper.reset();
    CHECK_FALSE(kept.is_drafting());
    CHECK(kept.has_all());
}

TEST_SUITE_END();
