#pragma once

#include "common/wire/delivery_state.hpp"
#include "router/linkroute/pair_end.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::linkroute::test {

using Lines = std::vector<std::string>;
inline std::string text(const amqp::ErrorView* error) {
    return error == nullptr ? "" : " " + std::string(error->condition);
}

/// An engine's link that writes down what it is told.
class FakeLink final : public PairLink {
public:
    Lines calls;
    int room = 1'000'000;     // frames and flows that it takes
    std::size_t frame = 100;  // bytes of payload in one
    amqp::DeliveryId next = 500;
    std::ptrdiff_t held = 0;
    bool fits = true;
    bool is_over = false;
    int departures = 0;    // that waited for room
    std::size_t kept = 0;  // bytes that wait
    std::size_t kept_max = SIZE_MAX;
    std::vector<Fate> fates;
    amqp::Transfer last{};   // but for what it refers to
    amqp::Flow last_flow{};  // but for its properties
    std::string last_tag;
    wire::Outcome last_state = wire::Outcome::none;
    Buffer sent;  // the state of the last transfer's first frame
    Buffer said;  // the state of the last update

    Lines take() { return std::exchange(calls, {}); }

    bool accept(const amqp::Attach& attach) override {
        calls.push_back("accept " + std::to_string(attach.max_message_size));
        return fits;
    }
    void refuse(const amqp::ErrorView& error) override { calls.push_back("refuse" + text(&error)); }
    void detach(bool closed, const amqp::ErrorView* error) override {
        calls.push_back("detach" + std::string(closed ? " closed" : "") + text(error));
    }
    void departs() override { ++departures; }
    bool transfer(amqp::Transfer& transfer,
                  Bytes& payload,
                  DeliveryNumber context,
                  amqp::DeliveryId& id) override {
        do {
            if (room == 0) {
                return false;
            }
            --room;
            last = transfer;
            last_tag = as_text(transfer.delivery_tag.value_or(Bytes{}));
            last_state = wire::outcome_of(transfer.state);
            if (transfer.delivery_id && context != context_) {
                context_ = context;
                ++next;
                sent.assign(transfer.state.begin(), transfer.state.end());
            }
            const std::size_t taken = std::min(frame, payload.size());
            calls.push_back("transfer " + std::to_string(context) + " '" +
                            std::string(as_text(payload.first(taken))) + "'" +
                            (transfer.settled.value_or(false) ? " settled" : ""));
            payload = payload.subspan(taken);
            id = next;
            transfer = amqp::Transfer{.more = transfer.more};
        } while (!payload.empty());
        return true;
    }
    bool flow(const amqp::Flow& flow) override {
        if (room == 0) {
            return false;
        }
        --room;
        calls.push_back("flow " + std::to_string(flow.link_credit.value_or(0)) +
                        (flow.echo ? " echo" : ""));
        last_flow = flow;
        return true;
    }
    bool update(const amqp::DeliveryUpdate& update) override {
        if (room == 0 && !update.settled) {
            return false;
        }
        said.assign(update.state.begin(), update.state.end());
        calls.push_back("update " + std::to_string(update.id) + (update.settled ? " settled" : "") +
                        " " + std::to_string(static_cast<int>(wire::outcome_of(update.state))) +
                        (update.batchable ? " batchable" : ""));
        return true;
    }
    void joined() override { calls.emplace_back("joined"); }
    void credited() override { calls.emplace_back("credited"); }
    void dropped() override { calls.emplace_back("dropped"); }
    void count(Fate fate) override { fates.push_back(fate); }
    void hold(std::ptrdiff_t bytes) override { held += bytes; }
    void await_room() override { calls.push_back("waits"); }
    bool keep(std::size_t bytes) override {
        if (kept + bytes > kept_max) {
            return false;
        }
        kept += bytes;
        return true;
    }
    void give_back(std::size_t bytes) override { kept -= bytes; }
    void over() override { is_over = true; }

private:
    DeliveryNumber context_ = 0;
};

}  // namespace weft::linkroute::test
