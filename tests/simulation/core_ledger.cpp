#include "tests/simulation/core_ledger.hpp"

#include <algorithm>
#include <cstdlib>

namespace weft::router {

Message& Ledger::add(Peer& producer) {
    Message message;
    message.number = next_number();
    message.producer = &producer;
    message.of_loop = producer.link->connection.traits.is_loop;
    message.of_edge = producer.link->connection.traits.is_edge;
    ref_of_.push_back(producer.link->self);
    return messages_.emplace_back(std::move(message));
}

Message* Ledger::of(const Peer& producer, DeliveryId id) {
    const auto at = std::ranges::find_if(
        messages_, [&](const Message& one) { return one.producer == &producer && one.id == id; });
    return at == messages_.end() ? nullptr : &*at;
}

Message* Ledger::of(const Delivery& delivery) {
    for (Message& message : messages_) {
        if (ref_of_[message.number] == delivery.in && message.id == delivery.in_id) {
            return &message;
        }
    }
    return nullptr;
}

void Ledger::excuse(const BranchList& branches) {
    for (const Branch& branch : branches) {
        if (Message* message = of(*branch.delivery)) {
            message->excused = true;
        }
    }
}

void Ledger::look_at_arrivals(const Peer& consumer) {
    std::size_t& seen = seen_[&consumer];
    for (; seen < consumer.got.size(); ++seen) {
        const Got& got = consumer.got[seen];
        if (got.aborted) {
            continue;
        }
        if (!got.complete) {
            return;
        }
        const std::size_t mark = got.text().find(kMark);
        expect(mark != std::string_view::npos, "garbage arrived");
        if (mark == std::string_view::npos) {
            return;
        }
        arrived(consumer, got, std::strtoul(got.text().data() + mark + kMark.size(), nullptr, 10));
    }
}

void Ledger::arrived(const Peer& consumer, const Got& got, std::size_t number) {
    expect(number < messages_.size(), "garbage arrived");
    if (number >= messages_.size()) {
        return;
    }
    Message& message = messages_[number];
    const bool to_loop = consumer.link != nullptr && consumer.link->connection.traits.is_loop;
    const bool to_edge = consumer.link != nullptr && consumer.link->connection.traits.is_edge;
    expect(to_edge || (message.of_edge && to_loop) ||
               got.bytes == (message.of_loop && to_loop ? message.bytes : message.expected),
           "a message was changed");
    expect(!to_edge || message.producer->link == nullptr ||
               &message.producer->link->connection != &consumer.link->connection,
           "an edge router got back what it sent");
    expect(message.whole && !message.cut_off, "a message is whole that never was");
    expect(address_of[&consumer] == message.address, "a message went to another address");
    expect(message.multicast() || message.had_by.empty(), "an anycast message came twice");
    expect(message.had_by.insert(&consumer).second, "a message came twice to one consumer");
    expect(
        consumer.link == nullptr || to_edge || got.bytes.size() <= consumer.link->outlet.bytes_max,
        "a message is larger than its consumer takes");
    std::int64_t& last = last_number_.try_emplace({message.producer, &consumer}, -1).first->second;
    expect(last < std::int64_t{message.number}, "messages overtook one another");
    last = message.number;
}

void Ledger::look_at_outcomes(const Peer& producer) {
    std::size_t& seen = told_seen_[&producer];
    for (; seen < producer.told.size(); ++seen) {
        const Told& told = producer.told[seen];
        Message* const message = of(producer, told.id);
        expect(message != nullptr, "an outcome of nothing");
        if (message != nullptr && told.settled) {
            expect(!message->settled, "a presettled message was settled");
            expect(++message->settlements == 1, "a message was settled twice");
            check_outcome(*message, told.outcome());
        }
    }
}

void Ledger::check_outcome(const Message& message, Outcome outcome) {
    if (message.answers.contains(outcome)) {
        return;
    }
    const bool arrived = !message.had_by.empty();
    switch (outcome) {
        case Outcome::rejected:
            expect(message.large, "rejected by nobody");
            break;
        case Outcome::accepted:
            expect(std::ranges::any_of(message.had_by,
                                       [](const Peer* peer) {
                                           return std::ranges::any_of(peer->got, &Got::settled);
                                       }),
                   "accepted by nobody");
            break;
        case Outcome::released:
            expect(message.multicast() || (!arrived && message.excused), "released without need");
            break;
        case Outcome::modified:
            expect(message.multicast() || message.excused, "modified without need");
            break;
        default:
            expect(false, "an outcome that nobody gave");
            break;
    }
}

void Ledger::note_acceptance(const Peer& consumer) {
    for (const Got& got : consumer.got) {
        if (got.known) {
            const auto& branch = *reinterpret_cast<const Branch*>(got.context);
            if (Message* message = of(*branch.delivery)) {
                message->answers.insert(Outcome::accepted);
            }
        }
    }
}

void Ledger::check_fates() {
    for (const Message& message : messages_) {
        const std::string name = " (message " + std::to_string(message.number) + ")";
        if (message.cut_off) {
            continue;
        }
        const bool silent = message.settled || message.deserted;
        expect(silent || message.settlements == 1, "a message was not settled" + name);
        if (!message.multicast()) {
            expect(!message.had_by.empty() || message.excused, "a message was lost" + name);
            continue;
        }
        for (const Peer* target : message.targets) {
            expect(message.had_by.contains(target) || stalled_.contains(target),
                   "a copy was lost" + name);
        }
    }
}

}  // namespace weft::router
