#include "common/io/refusals.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace weft::io {
namespace {

Refusals::Time at(int second) {
    return Refusals::Time{std::chrono::seconds{second}};
}

Refusal of(std::string peer, std::string subject) {
    return {.what = "link", .peer = std::move(peer), .subject = std::move(subject), .why = "no"};
}

}  // namespace

TEST_SUITE_BEGIN("Refusals");

TEST_CASE("what is refused again in the same way stands there once, the last one last") {
    Refusals refusals;
    refusals.add(of("192.0.2.7:1", "a"), at(1));
    refusals.add(of("192.0.2.7:2", "b"), at(2));
    refusals.add(of("192.0.2.7:3", "a"), at(3));
    refusals.add(of("192.0.2.8:4", "a"), at(4));
    const auto all = refusals.all();
    REQUIRE(all.size() == 3);
    CHECK(all[0].refusal.subject == "b");
    CHECK(all[1].times == 2);
    CHECK(all[1].refusal.peer == "192.0.2.7:3");
    CHECK(all[1].last == at(3));
    CHECK(all[1].number == 1);
    CHECK(all[2].refusal.peer == "192.0.2.8:4");
}

TEST_CASE("a host that is refused without end puts out its own") {
    Refusals refusals;
    refusals.add(of("[2001:db8::1]:1", "other"), at(0));
    for (int i = 1; i <= 5000; ++i) {
        refusals.add(of("192.0.2.7", std::to_string(i)), at(i));
    }
    const auto all = refusals.all();
    CHECK(all.size() == Refusals::kOfHostMax + 1);
    CHECK(all.front().refusal.subject == "other");
    CHECK(all.back().refusal.subject == "5000");
}

TEST_CASE("so many are kept, whoever they are of") {
    Refusals refusals;
    for (int i = 0; i < 3000; ++i) {
        refusals.add(of("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), "a"),
                     at(i));
    }
    CHECK(refusals.size() == Refusals::kKeptMax);
    CHECK(refusals.all().front().last == at(2000));
}

TEST_CASE("texts are plain, and of bounded length") {
    Refusals refusals;
    Refusal refusal = of("192.0.2.7", std::string(1000, 'x'));
    refusal.user = "a\x1b[31m\xff";
    for (int i = 0; i < 300; ++i) {
        refusal.client += "\xc3\xa9";
    }
    refusals.add(refusal);
    const Refusal kept = refusals.all().front().refusal;
    CHECK(kept.subject.size() == Refusals::kTextMax);
    CHECK(kept.user.find('\x1b') == std::string::npos);
    CHECK(kept.client.size() <= Refusals::kTextMax);
    CHECK(kept.client.ends_with("\xc3\xa9"));
}

TEST_SUITE_END();

}  // namespace weft::io
