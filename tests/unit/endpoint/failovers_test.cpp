#include "common/endpoint/failovers.hpp"

#include "common/wire/value.hpp"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

namespace weft::endpoint {
namespace {

Buffer with_failovers(wire::Value list) {
    Buffer encoded;
    wire::encode(encoded, wire::Map{{wire::Symbol{"product"}, "x"},
                                    {wire::Symbol{"failover-server-list"}, std::move(list)}});
    return encoded;
}

}  // namespace

TEST_SUITE("where a peer says that one may go") {
    TEST_CASE("hosts and ports are read, whatever their type") {
        const Buffer encoded = with_failovers(wire::List{
            wire::Map{{wire::Symbol{"network-host"}, "a"}, {wire::Symbol{"port"}, "1"}},
            wire::Map{{wire::Symbol{"network-host"}, "b"}, {wire::Symbol{"port"}, std::int32_t{2}}},
            wire::Map{{wire::Symbol{"network-host"}, "c"}}});
        CHECK(failovers_in(encoded) ==
              std::vector<io::HostPort>{{"a", "1"}, {"b", "2"}, {"c", "5672"}});
    }

    TEST_CASE("what is odd is left out") {
        const auto others =
            failovers_in(with_failovers(wire::List{"a", wire::Map{}, wire::List{}}));
        CHECK(others == std::vector<io::HostPort>{});
    }

    TEST_CASE("what is longer than any name of a host or service is left out") {
        const auto entry = [](std::size_t host, std::size_t port) {
            return wire::Map{{wire::Symbol{"network-host"}, std::string(host, 'h')},
                             {wire::Symbol{"port"}, std::string(port, 'p')}};
        };
        const auto others =
            failovers_in(with_failovers(wire::List{entry(256, 1), entry(255, 32), entry(1, 33)}));
        CHECK(others == std::vector<io::HostPort>{{std::string(255, 'h'), std::string(32, 'p')}});
    }

    TEST_CASE("no list is not an empty one") {
        CHECK(failovers_in({}) == std::nullopt);
        CHECK(failovers_in(with_failovers("a:1")) == std::nullopt);
        CHECK(failovers_in(with_failovers(wire::List{})) == std::vector<io::HostPort>{});
    }
}

}  // namespace weft::endpoint
