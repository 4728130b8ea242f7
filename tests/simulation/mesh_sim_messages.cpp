#include "tests/simulation/mesh_sim_messages.hpp"

#include "common/wire/sections.hpp"
#include "router/annotations/annotations.hpp"

#include <algorithm>
#include <cstdlib>

namespace weft::router {

namespace {

/// The message as one gets it who subscribed with wildcards.
Buffer with_address(Bytes message) {
    const wire::Facts facts = wire::scan(message, true, wire::Until::bare_message);
    Buffer told;
    append(told, message.first(facts.annotations_at()));
    annotations::write_address(told, facts.message_annotations.of(message), MeshLedger::kMany);
    append(told, message.subspan(facts.bare_message_at));
    return told;
}

}  // namespace

MeshMessage& MeshLedger::add(const Peer& producer) {
    MeshMessage message;
    message.number = next_number();
    message.producer = &producer;
    return messages_.emplace_back(std::move(message));
}

void MeshLedger::note_id(MeshMessage& message, DeliveryId id) {
    message.id = id;
    by_id_[{message.producer, id}] = message.number;
}

MeshMessage* MeshLedger::find(const Peer& producer, DeliveryId id) {
    const auto at = by_id_.find({&producer, id});
    return at == by_id_.end() ? nullptr : &messages_[at->second];
}

MeshMessage* MeshLedger::of(const Got& got) {
    const std::size_t mark = got.text().find(kMark);
    if (mark == std::string_view::npos) {
        return nullptr;
    }
    const std::string digits(got.text().substr(mark + kMark.size(), 10));
    const std::size_t number = std::strtoul(digits.c_str(), nullptr, 10);
    return number < messages_.size() ? &messages_[number] : nullptr;
}

void MeshLedger::look_at_arrivals(const Peer& consumer) {
    std::size_t& seen = seen_[&consumer];
    for (; seen < consumer.got.size(); ++seen) {
        const Got& got = consumer.got[seen];
        if (got.aborted) {
            continue;
        }
        if (!got.complete) {
            return;
        }
        MeshMessage* const message = of(got);
        expect(message != nullptr, "garbage arrived");
        if (message != nullptr) {
            arrived(consumer, got, *message);
        }
    }
}

void MeshLedger::arrived(const Peer& consumer, const Got& got, MeshMessage& message) {
    const std::string name = " (message " + std::to_string(message.number) + ")";
    const bool subscribed = consumer.address.find_first_of("+#") != std::string::npos;
    expect(got.bytes == (subscribed ? with_address(message.bytes) : message.bytes),
           "a message was changed" + name);
    expect(message.whole && !message.cut_off, "a message is whole that never was" + name);
    message.accepted = message.accepted || got.settled;
    const int times = ++message.had_by[&consumer];
    expect(message.restless || times == 1, "a message came twice to a consumer" + name);
    expect(message.multicast || (times == 1 && message.had_by.size() == 1),
           "an anycast message came twice" + name);
    if (message.streamed || message.restless) {
        return;
    }
    std::int64_t& last = last_.try_emplace({message.producer, &consumer}, -1).first->second;
    expect(last < std::int64_t{message.number}, "messages overtook one another" + name);
    last = message.number;
}

void MeshLedger::look_at_outcomes(const Peer& producer) {
    std::size_t& seen = told_seen_[&producer];
    for (; seen < producer.told.size(); ++seen) {
        const Told& told = producer.told[seen];
        MeshMessage* const found = find(producer, told.id);
        expect(found != nullptr, "an outcome of nothing");
        if (found == nullptr || !told.settled) {
            continue;
        }
        MeshMessage& message = *found;
        const std::string name = " (message " + std::to_string(message.number) + ")";
        expect(!message.settled, "a presettled message was settled" + name);
        expect(++message.outcomes == 1, "a message was settled twice" + name);
        message.outcome = told.outcome();
        expect(message.outcome != Outcome::accepted || message.accepted,
               "accepted, but not by a consumer" + name);
    }
}

void MeshLedger::disturb() {
    for (MeshMessage& message : messages_) {
        const bool over =
            message.settled ? !message.multicast && !message.had_by.empty() : message.outcomes > 0;
        message.restless = message.restless || !over;
    }
}

void MeshLedger::check_fates() {
    for (const MeshMessage& message : messages_) {
        const std::string name = " (message " + std::to_string(message.number) + ", outcome " +
                                 std::to_string(static_cast<int>(message.outcome)) +
                                 (message.settled ? ", presettled" : "") +
                                 (message.multicast ? ", multicast" : "") + ")";
        if (message.cut_off) {
            continue;
        }
        expect(message.settled || message.deserted || message.outcomes == 1,
               "a message has no outcome" + name);
        if (message.restless) {
            continue;
        }
        expect(!message.had_by.empty(), "a message was lost" + name);
        expect(message.settled || message.deserted || message.outcome == Outcome::accepted,
               "a message came back though nothing went wrong" + name);
        for (const Peer* target : message.targets) {
            expect(message.had_by.contains(target), "a copy was lost" + name);
        }
    }
}

}  // namespace weft::router
