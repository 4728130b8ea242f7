// What this router tells of its addresses, and who has a share of that.
#include "router/linkstate/local_addresses.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::linkstate {
namespace {

constexpr std::size_t kSize = 8 + 24;  // of each key here, with what it counts for besides

struct Desk {
    LocalAddresses addresses;

    explicit Desk(std::size_t bytes_max) : addresses{"r", bytes_max} {}

    /// The asker's `number`th.
    static std::string key(std::uint64_t asker, int number) {
        return "M0" + std::to_string(asker * 100'000 + static_cast<std::uint64_t>(number));
    }
    void set(std::uint64_t asker, int from, int to, bool has) {
        for (int i = from; i < to; ++i) {
            addresses.set(key(asker, i), has, Hint::closest, asker);
        }
    }
    /// Of each asker in the next difference: how many are added, and how many taken back.
    std::pair<std::vector<int>, std::vector<int>> take() {
        std::pair<std::vector<int>, std::vector<int>> counts{{0, 0}, {0, 0}};
        const auto update = addresses.take_difference();
        for (const auto& added : update ? update->add : std::vector<std::string>{}) {
            ++counts.first[static_cast<std::size_t>(added[2] - '1')];
        }
        for (const auto& taken : update ? update->del : std::vector<std::string>{}) {
            ++counts.second[static_cast<std::size_t>(taken[2] - '1')];
        }
        return counts;
    }
};

using Counts = std::vector<int>;

}  // namespace

TEST_SUITE_BEGIN("local_addresses");

TEST_CASE("who asks for all there is gets half, and who comes later what he needs") {
    Desk desk{40 * kSize};
    desk.set(1, 0, 40, true);
    CHECK(desk.take().first == Counts{20, 0});
    CHECK(desk.addresses.left_out() == 20);
    desk.set(2, 0, 3, true);
    CHECK(desk.take().first == Counts{0, 3});
    desk.set(2, 3, 20, true);
    CHECK(desk.take().first == Counts{0, 7});
    CHECK(desk.addresses.left_out() == 30);
}

TEST_CASE("of what is left out, next is told what is of him who has least") {
    Desk desk{40 * kSize};
    desk.set(1, 0, 20, true);
    desk.set(2, 0, 20, true);
    desk.take();
    CHECK(desk.addresses.left_out() > 0);
    desk.set(1, 20, 40, true);
    desk.take();
    const std::size_t untold = desk.addresses.left_out();
    desk.set(1, 0, 5, false);
    CHECK(desk.take().second == Counts{5, 0});
    const auto added = desk.take().first;
    CHECK(added[0] == 0);
    CHECK(added[1] > 0);
    CHECK(desk.addresses.left_out() == untold - static_cast<std::size_t>(added[1]));

    desk.set(1, 5, 40, false);
    desk.take();
    desk.take();
    CHECK(desk.addresses.left_out() == 0);
    CHECK(desk.addresses.size() == 20);
    CHECK(desk.take() == std::pair{Counts{0, 0}, Counts{0, 0}});
}

TEST_CASE("of one asker's next is told what was left out first") {
    Desk desk{40 * kSize};
    desk.set(1, 0, 40, true);
    CHECK(desk.take().first == Counts{20, 0});
    desk.set(1, 0, 5, false);
    desk.take();
    const auto update = desk.addresses.take_difference();
    REQUIRE(update);
    CHECK(update->add == std::vector<std::string>{Desk::key(1, 20), Desk::key(1, 21),
                                                  Desk::key(1, 22), Desk::key(1, 23),
                                                  Desk::key(1, 24)});
}

TEST_CASE("what is given up before it was told leaves its room") {
    Desk desk{2 * kSize + 6};
    desk.set(1, 0, 1, true);
    desk.set(2, 0, 1, true);
    desk.take();
    desk.addresses.set("M0300000", true, Hint::closest, 3);
    desk.take();
    CHECK(desk.addresses.left_out() == 1);
    desk.set(2, 0, 1, false);
    CHECK(desk.take().second == Counts{0, 1});
    CHECK(desk.addresses.left_out() == 0);
    desk.addresses.set("M0300000", false, Hint::closest);
    CHECK_FALSE(desk.addresses.take_difference());
    desk.set(2, 1, 2, true);
    CHECK(desk.take().first == Counts{0, 1});
}

TEST_CASE("one counts for who asked first, until it is given up") {
    Desk desk{40 * kSize};
    desk.set(1, 0, 20, true);
    CHECK(desk.take().first == Counts{20, 0});
    desk.set(1, 0, 20, false);  // and others come before anybody hears of it
    for (int i = 0; i < 20; ++i) {
        desk.addresses.set(Desk::key(1, i), true, Hint::closest, 2);
    }
    desk.set(2, 0, 1, true);
    CHECK(desk.take().first == Counts{0, 1});
    desk.set(1, 20, 21, true);
    CHECK(desk.take().first == Counts{0, 0});
    CHECK(desk.addresses.left_out() == 1);
    desk.set(1, 20, 21, false);
    CHECK(desk.addresses.left_out() == 0);
}

TEST_CASE("of very many changes some are told at once, the others next") {
    constexpr int kOnce = static_cast<int>(LocalAddresses::kAtOnce);
    Desk desk{100'000 * kSize};
    desk.set(1, 0, 2 * kOnce + 5, true);
    CHECK(desk.take().first == Counts{kOnce, 0});
    CHECK(desk.addresses.pending());
    CHECK(desk.take().first == Counts{kOnce, 0});
    CHECK(desk.take().first == Counts{5, 0});
    CHECK_FALSE(desk.addresses.pending());
}

TEST_CASE("all that was told is written in slices, as of the last difference") {
    constexpr int kKeys = 2'500;
    constexpr std::size_t kAtOnce = 1'000;
    Desk desk{100'000 * kSize};
    desk.set(1, 0, kKeys + 10, true);
    desk.take();
    desk.set(1, kKeys, kKeys + 10, false);  // leaves holes
    desk.take();
    int slices = 0;
    for (bool whole = false; !whole; ++slices) {
        std::size_t left = kAtOnce;
        whole = desk.addresses.write_all(left);
        CHECK(left < kAtOnce);
        desk.set(2, slices, slices + 1, true);  // a change that nobody was told of
        desk.set(1, slices, slices + 1, false);
    }
    CHECK(slices == 2 * (kKeys + 10) / static_cast<int>(kAtOnce) + 1);
    const Buffer all = desk.addresses.all();
    const auto message = read_message(all);
    REQUIRE(message);
    const auto& update = std::get<MobileUpdate>(*message);
    CHECK(update.mobile_seq == desk.addresses.sequence());
    REQUIRE(update.exist);
    CHECK(update.exist->size() == kKeys);
    CHECK(update.hints == std::vector<Hint>(kKeys, Hint::closest));
    Buffer at_once;
    write_message(at_once, update);
    CHECK(at_once == all);
    std::size_t none = 0;
    CHECK(desk.addresses.write_all(none));  // for all who ask, until the next difference
    CHECK(desk.take() == std::pair{Counts{0, slices}, Counts{slices, 0}});
    CHECK_FALSE(desk.addresses.write_all(none));
}

TEST_CASE("of very many that are left out some are looked at when there is room, the others next") {
    constexpr int kOnce = static_cast<int>(LocalAddresses::kAtOnce);
    Desk desk{6 * static_cast<std::size_t>(kOnce) * kSize};
    desk.set(1, 0, 3 * kOnce, true);
    desk.set(2, 0, 3 * kOnce, true);
    while (desk.addresses.pending()) {
        desk.take();
    }
    const std::size_t before = desk.addresses.left_out();
    REQUIRE(before > 0);
    desk.set(1, 0, 3 * kOnce, false);
    while (desk.addresses.pending()) {
        const std::size_t left_out = desk.addresses.left_out();
        desk.take();
        CHECK(left_out - desk.addresses.left_out() <= LocalAddresses::kAtOnce);
    }
    CHECK(desk.addresses.left_out() < before);
}

TEST_SUITE_END();

}  // namespace weft::linkstate
