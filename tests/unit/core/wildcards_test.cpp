#include "router/core/wildcards.hpp"

#include "common/base/conditions.hpp"
#include "router/core/address_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {
namespace {

constexpr Treatment kMany{.distribution = Distribution::multicast};

/// "method:key" of a subscription, "" of another address, "!" of what is neither.
std::string read(std::string_view name) {
    const auto found = read_wildcards(name);
    if (!found) {
        CHECK(found.error().condition == kInvalidField);
        return "!";
    }
    return *found ? std::string(keys::name_of((*found)->method)) + ":" + (*found)->key : "";
}

/// A table with these subscriptions, and somebody at each.
struct Subscribed {
    explicit Subscribed(std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names) {
            add(name);
        }
    }
    Address& add(std::string_view name) {
        Address& made = table.obtain({"M0" + std::string(name)}, kMany);
        made.active_consumers = 1;
        return made;
    }
    /// Those that mean `name`, sorted and joined by ' '.
    std::string meaning(std::string_view name) const {
        std::vector<Address*> found;
        table.wildcards().match(name, found);
        std::vector<std::string> names;
        for (const Address* each : found) {
            names.emplace_back(each->key.name());
        }
        std::ranges::sort(names);
        std::string all;
        for (const std::string& each : names) {
            all += (all.empty() ? "" : " ") + each;
        }
        return all;
    }

    AddressTable table;
};

}  // namespace

TEST_SUITE_BEGIN("Wildcards");

TEST_CASE("which names are subscriptions, and how they read") {
    CHECK(read("a/b") == "");
    CHECK(read("a+b/c*d/#e") == "");
    CHECK(read("a/+/c") == "mqtt:a/+/c");
    CHECK(read("a/*/c") == "mqtt:a/+/c");
    CHECK(read("a/#") == "mqtt:a/#");
    CHECK(read("a.*.c") == "amqp:a.*.c");
    CHECK(read("a.+.#") == "amqp:a.*.#");
    CHECK(read("#") == "mqtt:#");
    CHECK(read("+") == "mqtt:+");
    CHECK(read("*") == "amqp:*");
    CHECK(read("a/b.*/c") == "");
    CHECK(read("a/#/b") == "!");
    CHECK(read("#.b") == "!");
    CHECK(read("+/" + std::string(keys::kKeyBytesMax, 'x')) == "!");
    std::string deep = "+";
    for (std::size_t i = 0; i < keys::kKeyWordsMax; ++i) {
        deep += "/a";
    }
    CHECK(read(deep) == "!");
}

TEST_CASE("which subscriptions mean an address") {
    const Subscribed world{"a/+/c", "a/*/c", "a/#", "#", "+/b/c", "a.*", "+", "*", "a.#"};
    CHECK(world.meaning("a/b/c") == "# +/b/c a/# a/*/c a/+/c");
    CHECK(world.meaning("a/b") == "# a/#");
    CHECK(world.meaning("a") == "# * + a.# a/#");
    CHECK(world.meaning("a.b") == "# + a.# a.*");
    CHECK(world.meaning("a.b/c") == "#");
    CHECK(world.meaning("x/b/c") == "# +/b/c");
}

TEST_CASE("an address that begins with '$' is meant by none that begins with a wildcard") {
    const Subscribed world{"#", "+/a", "*", "$sys/#", "$sys.*"};
    CHECK(world.meaning("$sys/a") == "$sys/#");
    CHECK(world.meaning("$sys.a") == "$sys.*");
    CHECK(world.meaning("sys/a") == "# +/a");
}

TEST_CASE("only multicast addresses of clients have to do with them") {
    AddressTable table;
    table.obtain({"M0a/#"}, {.distribution = Distribution::balanced});
    table.obtain({"M1a/#"}, kMany);
    table.obtain({"Ltemp.#"}, kMany);
    table.obtain({"M0_weft/#"}, kMany);
    CHECK(table.wildcards().empty());
    Address& subscription = table.obtain({"M0a/#"}, kMany);
    CHECK(table.wildcards().empty());  // it is treated as it was
    CHECK(subscription.wildcard == nullptr);
    CHECK(table.obtain({"M0b/#"}, kMany).wildcard != nullptr);
    CHECK(table.obtain({"M0b/c"}, kMany).wildcards == &table.wildcards());
    CHECK(table.obtain({"M0b/d"}, {.distribution = Distribution::closest}).wildcards == nullptr);
}

TEST_CASE("an address is reached by those that have somebody, and hears of others that come") {
    Subscribed world{};
    Address& exact = world.table.obtain({"M0a/b"}, kMany);
    CHECK_FALSE(exact.reachable());
    Address& one = world.add("a/+");
    CHECK(exact.reachable());
    CHECK_FALSE(exact.reachable_here());
    one.active_consumers = 0;
    CHECK_FALSE(exact.reachable());
    one.routable = true;
    CHECK(exact.reachable());
    world.table.erase(one);
    CHECK_FALSE(exact.reachable());
    world.add("#");
    CHECK(exact.reachable());
}

TEST_CASE("what it costs to ask depends on those that match, not on how many there are") {
    Subscribed world{"a/+/x", "a/#"};
    for (int i = 0; i < 10'000; ++i) {
        world.add("b" + std::to_string(i) + "/+");
        world.add("a/+/" + std::to_string(i));
    }
    Address& exact = world.table.obtain({"M0a/b/x"}, kMany);
    const std::uint64_t before = world.table.wildcards().nodes();
    CHECK(world.table.wildcards().meaning(exact).by.size() == 2);
    const std::uint64_t once = world.table.wildcards().nodes();
    CHECK(once - before < 12);
    CHECK(world.table.wildcards().meaning(exact).by.size() == 2);
    CHECK(world.table.wildcards().nodes() == once);  // it knows
}

TEST_CASE("of addresses that only messages go to, the last thousand are kept") {
    AddressTable table;
    for (int i = 0; i < 3'000; ++i) {
        table.obtain_passing({"M0a/" + std::to_string(i)}, kMany);
    }
    CHECK(table.size() == 1'000);
    CHECK(table.find("M0a/2000") != nullptr);
    CHECK(table.find("M0a/1999") == nullptr);
}

TEST_CASE("of long ones those that take a mebibyte together") {
    AddressTable table;
    for (int i = 0; i < 100; ++i) {
        table.obtain_passing({"M0" + std::to_string(1'000 + i) + std::string(32'762, 'x')}, kMany);
    }
    CHECK(table.size() == 32);
}

TEST_CASE("the shape of a subscription says where its wildcards are") {
    const auto shape = [](std::string_view name) { return (*read_wildcards(name))->shape(); };
    CHECK(shape("a/+/c") == "/x+x");
    CHECK(shape("b/*/d") == "/x+x");
    CHECK(shape("a.*.c") == ".x*x");
    CHECK(shape("+/#") == "/+#");
    CHECK(shape("a/b/+").empty());
    CHECK(shape("a/b/#").empty());
    CHECK(shape("#").empty());
}

TEST_CASE("more shapes than there may be are addresses like others") {
    AddressTable table;
    for (unsigned bits = 1; bits < 2'000; ++bits) {
        std::string name = "M0s";
        for (unsigned level = 0; level < 11; ++level) {
            name += ((bits >> level) & 1U) != 0 ? "/+" : "/a";
        }
        table.obtain({name + "/z"}, kMany);
    }
    CHECK(table.wildcards().size() == Wildcards::kShapesToldMax);
    CHECK(table.wildcards_left_out() == 1'999 - Wildcards::kShapesToldMax);
    CHECK(table.obtain({"M0b/+"}, kMany).wildcard != nullptr);
    Address& exact = table.obtain({"M0s/a/a/a/a/a/a/a/a/a/a/a/z"}, kMany);
    CHECK(table.wildcards().meaning(exact).by.size() == Wildcards::kShapesToldMax);
}

TEST_CASE("what is left out has the place of a shape that goes") {
    AddressTable table;
    const auto add = [&](unsigned bits, std::string_view last) -> Address& {
        std::string name = "M0s";
        for (unsigned level = 0; level < 11; ++level) {
            name += ((bits >> level) & 1U) != 0 ? "/+" : "/a";
        }
        return table.obtain({name + "/" + std::string(last)}, kMany);
    };
    const auto admit = [&] {
        std::size_t count = 0;
        for (; table.may_admit(); ++count) {
            CHECK(table.admit().wildcard != nullptr);
        }
        return count;
    };
    constexpr unsigned kMax = Wildcards::kShapesToldMax;
    for (unsigned bits = 1; bits <= kMax; ++bits) {
        add(bits, "z");
    }
    Address& one = add(kMax + 1, "z");
    Address& of_its_shape = add(kMax + 1, "y");
    Address& another = add(kMax + 2, "z");
    CHECK_FALSE(table.may_admit());
    SUBCASE("all of a shape have it") {
        table.erase(add(1, "z"));
        CHECK(table.wildcards().shapes().size() == kMax);
        CHECK(add(1, "z").wildcard == nullptr);  // the place is taken
        CHECK(one.wildcard == nullptr);
        std::size_t admitted = admit();
        CHECK((one.wildcard != nullptr) == (of_its_shape.wildcard != nullptr));
        table.erase(add(2, "z"));
        admitted += admit();
        table.erase(add(3, "z"));
        admitted += admit();
        CHECK(admitted == 4);
        CHECK(one.wildcard != nullptr);
        CHECK(another.wildcard != nullptr);
        CHECK(table.wildcards().left_out().empty());
        CHECK(table.wildcards_left_out() == 4);
        CHECK(table.wildcards().shapes().size() == kMax);
    }
    SUBCASE("who goes leaves it to the next") {
        table.erase(one);
        table.erase(of_its_shape);
        table.erase(add(1, "z"));
        CHECK(admit() == 1);
        CHECK(another.wildcard != nullptr);
    }
    SUBCASE("who goes when it is due leaves it to the next") {
        table.erase(add(1, "z"));
        CHECK(table.may_admit());
        for (Address* each : {&one, &of_its_shape, &another}) {
            table.erase(*each);
        }
        CHECK_FALSE(table.may_admit());
        CHECK(table.wildcards().left_out().empty());
        CHECK(table.wildcards().shapes().size() == kMax - 1);
        CHECK(add(1, "z").wildcard != nullptr);
    }
}

TEST_SUITE_END();

}  // namespace weft::router
