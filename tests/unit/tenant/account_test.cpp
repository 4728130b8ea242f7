#include "router/tenant/account.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace weft::tenant {
namespace {

using namespace std::chrono_literals;

const Instant kStart{std::chrono::hours{1}};

Account account(const Quota& quota) {
    return Account{
        std::make_shared<const Tenant>(Tenant{.name = "acme", .prefix = "acme/", .quota = quota})};
}

std::string refusal_of(const Result<void>& result) {
    return result ? "" : std::string{result.error().condition} + " " + result.error().text;
}

}  // namespace

TEST_SUITE_BEGIN("a tenant's account");

TEST_CASE("a bucket without a rate is never in debt") {
    Bucket bucket{0};
    bucket.spend(1'000'000'000, kStart);
    CHECK(bucket.debt(kStart) == 0ns);
}

TEST_CASE("what is spent has its time, and what was saved is spent first") {
    Bucket bucket{1000};
    bucket.spend(100, kStart);  // of 100 ms, which are saved
    CHECK(bucket.debt(kStart) == 0ns);
    bucket.spend(50, kStart);
    CHECK(bucket.debt(kStart) == 50ms);
    CHECK(bucket.debt(kStart + 20ms) == 30ms);
    CHECK(bucket.debt(kStart + 51ms) == 0ns);
    bucket.spend(1, kStart + 10s);  // no more than a burst was saved meanwhile
    bucket.spend(99, kStart + 10s);
    CHECK(bucket.debt(kStart + 10s) == 0ns);
    bucket.spend(1, kStart + 10s);
    CHECK(bucket.debt(kStart + 10s) == 1ms);
}

TEST_CASE("who waits while there is a debt keeps the rate") {
    for (const std::uint64_t rate : {7U, 1000U, 30'000'000U}) {
        Bucket bucket{rate};
        Instant now = kStart;
        std::uint64_t spent = 0;
        const std::uint64_t step = std::max<std::uint64_t>(rate / 90, 1);
        while (now < kStart + 20s) {
            bucket.spend(step, now);
            spent += step;
            now += bucket.debt(now);
        }
        CHECK(spent >= 20 * rate);
        CHECK(spent <= 20 * rate + rate / 10 + 2 * step);
    }
}

TEST_CASE("connections, links and addresses are as many as they may be") {
    Account acme = account({.connections = 2, .links = 3, .addresses = 2});
    CHECK(acme.connect());
    CHECK(acme.connect());
    CHECK(refusal_of(acme.connect()) ==
          "amqp:resource-limit-exceeded your tenant has 2 connections at this router, as many as "
          "its quota allows: close some, or have the quota raised");
    acme.disconnect();
    CHECK(acme.connect());

    CHECK(acme.attach("acme/a"));
    CHECK(acme.attach("acme/b"));
    CHECK(refusal_of(acme.attach("acme/c")) ==
          "amqp:resource-limit-exceeded your tenant has 2 addresses at this router, as many as its "
          "quota allows: detach all links of one, or have the quota raised");
    CHECK(acme.attach("acme/a"));
    CHECK(refusal_of(acme.attach("")) ==
          "amqp:resource-limit-exceeded your tenant has 3 links at this router, as many as its "
          "quota allows: detach some, or have the quota raised");
    acme.detach("acme/a");
    CHECK(acme.addresses() == 2);
    CHECK(acme.attach(""));  // an anonymous sender, which has no address
    acme.detach("acme/a");
    acme.detach("");
    CHECK(acme.addresses() == 1);
    CHECK(acme.attach("acme/c"));
    const Account::Figures& figures = acme.figures();
    CHECK(figures.connections == 2);
    CHECK(figures.links == 2);
    CHECK(figures.connections_denied == 1);
    CHECK(figures.links_denied == 1);
    CHECK(figures.addresses_denied == 1);
}

TEST_CASE("without a quota everything is counted and nothing refused") {
    Account acme = account({});
    for (int i = 0; i < 1000; ++i) {
        CHECK(acme.connect());
        CHECK(acme.attach("a" + std::to_string(i)));
    }
    CHECK(acme.charge(1'000'000, 1'000'000'000, kStart) == 0ns);
    CHECK(acme.figures().links == 1000);
    CHECK(acme.figures().messages == 1'000'000);
    CHECK(acme.figures().bytes == 1'000'000'000);
    CHECK(acme.figures().held_back == 0);
}

TEST_CASE("the greater debt of messages and bytes holds back") {
    Account acme = account({.messages_per_second = 100, .bytes_per_second = 1000});
    CHECK(acme.charge(10, 0, kStart) == 0ns);
    CHECK(acme.charge(10, 100, kStart) == 100ms);
    CHECK(acme.charge(0, 1000, kStart) == 1000ms);
    acme.count_held();
    CHECK(acme.figures().held_back == 1);
    acme.count_size();
    CHECK(acme.figures().sizes_denied == 1);
}

TEST_CASE("who owes too much begins no session until that is less") {
    Account acme = account({.messages_per_second = 10});
    CHECK(acme.begin(kStart));
    CHECK(acme.charge(1 + 10 * 30, 0, kStart) == 30s);
    CHECK(acme.begin(kStart));
    CHECK(acme.charge(1, 0, kStart) == 30s + 100ms);
    CHECK(
        refusal_of(acme.begin(kStart)) ==
        "amqp:resource-limit-exceeded your tenant has sent more than its quota allows in the next "
        "30 s: begin further sessions later, send over the ones that you have, or have the quota "
        "raised");
    CHECK(acme.begin(kStart + 100ms));
    CHECK(acme.figures().sessions_denied == 1);
}

TEST_SUITE_END();

}  // namespace weft::tenant
