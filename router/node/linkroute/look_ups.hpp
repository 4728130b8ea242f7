#pragma once

#include "common/amqp/handler.hpp"
#include "router/core/link.hpp"
#include "router/node/linkroute/crossing.hpp"
#include "router/node/linkroute/found.hpp"
#include "router/node/memory_shares.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::node {

class PeerConnection;

/// Attaches at an edge router that wait until the mesh has said whether their links are passed on
/// up there: of home's clients, and of other loops, whose questions home has.
/// Threading: loop-confined (home's loop).
class LookUps {
public:
    /// Attaches that wait; further ones are taken for plain.
    static constexpr std::size_t kWaitingMax = 10'000;

    /// Whoever asks the mesh. False: there is nobody to ask, or what the attach wants is known.
    using Ask = std::function<bool(
        router::Direction direction, const std::string& address, std::function<void(Found)> hear)>;
    /// Goes on with an attach, now that it is known what becomes of it.
    struct GoOn {
        std::function<void(PeerConnection&, amqp::Link&, const amqp::Attach&, Found)> here;
        std::function<void(std::size_t from, const PairWord& word, Bytes bytes, Found)> of_loop;
    };

    /// `shares` must outlive it: what connections' attaches take while they wait.
    LookUps(MemoryShares& shares, Ask ask, GoOn go_on)
        : shares_{shares}, ask_{std::move(ask)}, go_on_{std::move(go_on)} {}

    /// True: it waits, or is refused since its connection has too much that waits.
    [[nodiscard]] bool holds(PeerConnection& connection,
                             amqp::Link& link,
                             const amqp::Attach& attach);
    /// The same of one that the loop `from` asks about.
    [[nodiscard]] bool holds(std::size_t from, const PairWord& word, Bytes bytes);
    /// Nobody waits for it any more.
    void forget(const amqp::Link& link);
    void forget(const amqp::Session& session);

private:
    struct Waiting {
        PeerConnection* connection = nullptr;  // null: of another loop
        amqp::Link* link = nullptr;
        std::size_t from = 0;
        PairWord word{};
        Buffer bytes{};  // the attach; what goes with the word
    };

    bool ask(const amqp::Attach& attach, Waiting waiting);
    void found(std::uint64_t number, Found found);
    /// It waits no more.
    Waiting take(std::uint64_t number);

    MemoryShares& shares_;
    Ask ask_;
    GoOn go_on_;
    std::unordered_map<std::uint64_t, Waiting> waiting_;
    /// Of home's clients.
    std::unordered_map<const amqp::Session*, std::unordered_map<const amqp::Link*, std::uint64_t>>
        by_session_;
    std::uint64_t next_ = 1;
};

}  // namespace weft::node
