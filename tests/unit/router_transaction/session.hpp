#pragma once

#include "common/transaction/control.hpp"
#include "common/wire/delivery_state.hpp"
#include "router/transaction/session_coordinator.hpp"
#include "tests/unit/linkroute/fake_link.hpp"
#include "tests/unit/linkroute/pair.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::router_transaction::test {

using linkroute::PairEnd;
using linkroute::test::FakeLink;
using linkroute::test::Lines;

/// The end of a link to a broker's coordinator, at the broker.
struct Broker {
    explicit Broker(PairEnd& control) {
        end.join(control);
        control.join(end);
    }
    ~Broker() {
        if (!end.is_over()) {
            end.on_lost();
        }
    }
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// It takes the link, and gives credit.
    void answer(std::uint32_t credit = 10) {
        end.on_attach({});
        end.on_flow({.link_credit = credit});
    }
    /// Requests that came, ever.
    linkroute::DeliveryNumber asked() const {
        return static_cast<linkroute::DeliveryNumber>(end.deliveries());
    }
    /// What it says of one of them.
    void say(linkroute::DeliveryNumber request, Bytes state) {
        end.on_update({.id = 500 + request, .settled = true, .state = state}, request);
    }
    void declare(linkroute::DeliveryNumber request, std::string_view name) {
        say(request, transaction::declared(as_bytes(name)));
    }

    FakeLink link;
    PairEnd end{link, PairEnd::Life::offered, false};
};

/// A client's session with a coordinator, and the brokers b1 and b2 as soon as they are asked.
struct Session final : CoordinatorPort {
    Session() { coordinator.serve(client, {}); }
    ~Session() { coordinator.close(); }

    std::string new_name() override { return "name" + std::to_string(++names); }
    void open(BrokerControl& control) override {
        if (!refusal.empty()) {
            control.refused(refusal);
            return;
        }
        brokers.insert_or_assign(control.broker(), std::make_unique<Broker>(control.end()));
    }
    void retire(std::unique_ptr<BrokerControl> control) override {
        retired.push_back(std::move(control));
    }
    void wake() override { is_due = true; }
    void await_declared() override { awaits = true; }
    bool keep(std::size_t bytes) override {
        const bool may = kept + bytes <= kept_max;
        kept += may ? bytes : 0;
        return may;
    }
    void give_back(std::size_t bytes) override { kept -= bytes; }

    /// As at the end of a turn.
    void turn() {
        while (std::exchange(is_due, false)) {
            std::size_t left = at_once;
            coordinator.work(left);
            worked += at_once - left;
        }
        retired.clear();
    }
    /// So many are over.
    void seconds(std::uint32_t count) {
        for (; count > 0; --count) {
            if (awaits) {
                awaits = coordinator.tick();
            }
            turn();
        }
    }
    /// The client asks; its deliveries are 1, 2, …
    void ask(const Buffer& message, amqp::Transfer transfer = {}) {
        transfer.delivery_id = ++requests;
        amqp::Context context = 0;
        client.on_transfer(transfer, true, message, context);
        turn();
    }
    /// "name1", …
    std::string declare() {
        link.take();
        ask(transaction::declare());
        CHECK(link.take() == Lines{"update " + std::to_string(requests) + " settled 51"});
        const auto name = transaction::read_declared(link.said);
        REQUIRE(name);
        return std::string(as_text(*name));
    }
    void discharge(const std::string& name, bool fail) {
        link.take();
        ask(transaction::discharge(as_bytes(name), fail));
    }
    /// The answer to the last request: accepted, or the text of a rejection.
    std::string answer() {
        const Lines lines = link.take();
        if (lines.empty()) {
            return "none";
        }
        const auto outcome = wire::outcome_of(link.said);
        return outcome == wire::Outcome::accepted   ? "accepted"
               : outcome == wire::Outcome::rejected ? std::string(as_text(link.said))
                                                    : lines.back();
    }

    Counters counters;
    SessionCoordinator coordinator{*this, counters};
    FakeLink link;
    PairEnd client{link, PairEnd::Life::asked, false};
    std::map<std::string, std::unique_ptr<Broker>> brokers;
    std::vector<std::unique_ptr<BrokerControl>> retired;
    std::string refusal;
    int names = 0;
    amqp::DeliveryId requests = 0;
    std::size_t kept = 0;
    std::size_t kept_max = 1'000'000;
    std::size_t at_once = 1'000;  // steps of a call
    std::size_t worked = 0;       // steps, ever
    bool is_due = false;
    bool awaits = false;
};

/// A link of the session to an address of a broker.
struct Link {
    Link(Session& session, std::string broker)
        : turnstile{session.coordinator, (pair.open(), pair.near), std::move(broker)} {}
    void send(const std::string& transaction, amqp::DeliveryId id, std::string_view body) {
        const Buffer state = transaction::state_of(as_bytes(transaction), {});
        pair.send(id, body, {.state = state});
    }

    linkroute::test::Pair pair;
    Turnstile turnstile;
};

}  // namespace weft::router_transaction::test
