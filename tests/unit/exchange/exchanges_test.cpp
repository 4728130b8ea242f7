#include "router/exchange/exchanges.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::exchange {
namespace {

std::vector<std::string> chosen(Exchange& exchange, std::string_view subject) {
    std::vector<NextHop*> hops;
    exchange.choose(subject, hops);
    std::vector<std::string> addresses;
    for (const NextHop* hop : hops) {
        addresses.push_back(hop->address + std::to_string(hop->phase));
    }
    return addresses;
}

template <class T>
std::string why(const Result<T>& result) {
    return result ? "" : result.error().text;
}

}  // namespace

TEST_SUITE_BEGIN("Exchanges");

TEST_CASE("each next hop is chosen once, and each binding that matches is counted") {
    Exchanges exchanges;
    Exchange& e = **exchanges.add({.name = "e", .address = "x"});
    const Binding& one = **exchanges.bind({.exchange = "e", .key = "a.*", .next_hop = "n"});
    const Binding& two = **exchanges.bind({.exchange = "e", .key = "a.b", .next_hop = "/n"});
    const Binding& phased =
        **exchanges.bind({.exchange = "e", .key = "a.b", .next_hop = "n", .next_hop_phase = 1});
    CHECK(e.next_hops.size() == 2);
    CHECK(chosen(e, "a.b") == std::vector<std::string>{"n0", "n1"});
    CHECK(chosen(e, "a.c") == std::vector<std::string>{"n0"});
    CHECK(chosen(e, "c").empty());
    CHECK(one.matched == 2);
    CHECK(two.matched == 1);
    CHECK(phased.matched == 1);
}

TEST_CASE("what can't be is refused, with what is wrong") {
    Exchanges exchanges;
    REQUIRE(exchanges.add({.name = "e", .address = "x", .phase = 2, .method = MatchMethod::mqtt}));
    CHECK(why(exchanges.add({.address = "y"})).starts_with("needs a name"));
    CHECK(why(exchanges.add({.name = "f"})) == "has no address");
    CHECK(why(exchanges.add({.name = "e", .address = "y"})) ==
          "has the name \"e\", as another exchange");
    CHECK(why(exchanges.add({.name = "f", .address = "/x"})) ==
          "has the address \"/x\", as the exchange \"e\"");
    CHECK(why(exchanges.bind({.exchange = "f", .next_hop = "n"})) ==
          "names the exchange \"f\", which there is not");
    CHECK(why(exchanges.bind({.exchange = "e"})) == "has no next hop");
    CHECK(why(exchanges.bind({.exchange = "e", .key = "x/#/z", .next_hop = "n"})) ==
          "has the key \"x/#/z\", but mqtt takes '#' only at the end");
    CHECK(why(exchanges.bind({.exchange = "e", .next_hop = "x", .next_hop_phase = 2})) ==
          "leads back to the exchange itself, by \"x\": its messages would go round for ever");
    REQUIRE(exchanges.bind({.exchange = "e", .next_hop = "x"}));
    CHECK(why(exchanges.bind({.exchange = "e", .key = "#", .next_hop = "x"})) ==
          "is there already: \"#\" is bound to \"x\"");
    CHECK(exchanges.bindings().size() == 1);
}

TEST_CASE("next hops go with the last that uses them") {
    Exchanges exchanges;
    Exchange& e = **exchanges.add({.name = "e", .address = "x", .alternate = "n"});
    CHECK(e.next_hops.size() == 1);
    e.alternate->way = 7;
    const std::uint64_t n = (*exchanges.bind({.exchange = "e", .key = "a", .next_hop = "n"}))->id;
    const std::uint64_t m = (*exchanges.bind({.exchange = "e", .key = "a", .next_hop = "m"}))->id;
    e.next_hops.back()->way = 8;
    CHECK(exchanges.unbind(n));
    CHECK(exchanges.take_gone().empty());
    CHECK(exchanges.unbind(m));
    CHECK_FALSE(exchanges.unbind(m));
    CHECK(exchanges.take_gone() == std::vector<std::uint32_t>{8});
    REQUIRE(exchanges.bind({.exchange = "e", .key = "a", .next_hop = "n"}));
    CHECK(exchanges.remove(e.id));
    CHECK(exchanges.take_gone() == std::vector<std::uint32_t>{7});
    CHECK(exchanges.bindings().empty());
    CHECK_FALSE(exchanges.remove(1));
}

TEST_CASE("bindings and next hops of one exchange have a limit") {
    Exchanges exchanges;
    REQUIRE(exchanges.add({.name = "e", .address = "x"}));
    for (std::size_t i = 0; i < Exchanges::kNextHopsMax; ++i) {
        const std::string number = std::to_string(i);
        REQUIRE(exchanges.bind({.exchange = "e", .key = number, .next_hop = "n" + number}));
    }
    CHECK(why(exchanges.bind({.exchange = "e", .next_hop = "more"})) ==
          "is one too many: there are 1000 next hops of this exchange already");
    for (std::size_t i = Exchanges::kNextHopsMax; i < Exchanges::kBindingsMax; ++i) {
        REQUIRE(exchanges.bind({.exchange = "e", .key = std::to_string(i), .next_hop = "n1"}));
    }
    CHECK(why(exchanges.bind({.exchange = "e", .key = "k", .next_hop = "n1"})) ==
          "is one too many: there are 10000 bindings of this exchange already");
}

TEST_SUITE_END();

}  // namespace weft::exchange
