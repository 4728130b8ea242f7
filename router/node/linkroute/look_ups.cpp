#include "router/node/linkroute/look_ups.hpp"

#include "common/base/conditions.hpp"
#include "router/node/linkroute/termini.hpp"
#include "router/node/peer_connection.hpp"

#include <utility>

namespace weft::node {

bool LookUps::holds(PeerConnection& connection, amqp::Link& link, const amqp::Attach& attach) {
    Waiting waiting{.connection = &connection, .link = &link};
    write(waiting.bytes, attach);
    if (!shares_.keep(connection.in_core().id, memory_of(waiting.bytes))) {
        connection.refuse_link(link, {kResourceLimitExceeded, std::string(kTooManyAttaches)});
        return true;
    }
    return ask(attach, std::move(waiting));
}

bool LookUps::holds(std::size_t from, const PairWord& word, Bytes bytes) {
    const amqp::Attach attach = read_attach_word(bytes.subspan(word.number));
    return ask(attach, {.from = from, .word = word, .bytes = Buffer(bytes.begin(), bytes.end())});
}

/// The answer may come at once: then it does not wait.
bool LookUps::ask(const amqp::Attach& attach, Waiting waiting) {
    const std::uint64_t number = next_++;
    if (waiting.link != nullptr) {
        by_session_[&waiting.link->session()][waiting.link] = number;
    }
    waiting_.emplace(number, std::move(waiting));
    const auto wanted = wanted_address(attach);
    const auto direction = attach.receiver ? router::Direction::out : router::Direction::in;
    if (!wanted || is_coordinator(attach) || waiting_.size() > kWaitingMax ||
        !ask_(direction, *wanted, [this, number](Found what) { found(number, what); })) {
        take(number);
        return false;
    }
    return true;
}

void LookUps::found(std::uint64_t number, Found what) {
    if (!waiting_.contains(number)) {
        return;  // it is gone meanwhile
    }
    const Waiting waiting = take(number);
    if (waiting.connection == nullptr) {
        go_on_.of_loop(waiting.from, waiting.word, waiting.bytes, what);
    } else {
        go_on_.here(*waiting.connection, *waiting.link, read_attach_word(waiting.bytes), what);
    }
}

LookUps::Waiting LookUps::take(std::uint64_t number) {
    const auto at = waiting_.find(number);
    Waiting waiting = std::move(at->second);
    waiting_.erase(at);
    if (waiting.link != nullptr) {
        shares_.give_back(waiting.connection->in_core().id, memory_of(waiting.bytes));
        const auto of_session = by_session_.find(&waiting.link->session());
        of_session->second.erase(waiting.link);
        if (of_session->second.empty()) {
            by_session_.erase(of_session);
        }
    }
    return waiting;
}

void LookUps::forget(const amqp::Link& link) {
    const auto of_session = by_session_.find(&link.session());
    if (of_session != by_session_.end()) {
        if (const auto at = of_session->second.find(&link); at != of_session->second.end()) {
            take(at->second);
        }
    }
}

void LookUps::forget(const amqp::Session& session) {
    for (auto of = by_session_.find(&session); of != by_session_.end();
         of = by_session_.find(&session)) {
        take(of->second.begin()->second);
    }
}

}  // namespace weft::node
