#pragma once

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/copies.hpp"
#include "router/exchange/inlets.hpp"
#include "router/exchange/message_start.hpp"
#include "router/exchange/outcomes.hpp"
#include "router/exchange/ways.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weft::exchange {

/// Passes messages on: reads the start of each, makes a copy for each next hop that it is for, and
/// gives the copies what came in. Threading: loop-confined.
class Copier {
public:
    /// All must outlive it.
    Copier(router::Core& core, Inlets& inlets, Ways& ways, Copies& copies, Outcomes& outcomes)
        : core_{core}, inlets_{inlets}, ways_{ways}, copies_{copies}, outcomes_{outcomes} {}

    /// What came of it since the last call. Returns what it cost, in copies.
    std::size_t pass_on(Passage& passage, Instant now);

private:
    bool decide(Passage& passage);
    void refuse(Passage& passage, MessageStart::Status status, std::string_view why);
    void choose(Passage& passage, std::string_view subject);
    bool offer(Passage& passage, NextHop& hop);
    std::size_t send(Passage& passage, Bytes bytes, bool first, Instant now);
    void abort_copies(Passage& passage, Instant now);
    void abort(std::uint32_t copy, Instant now);
    void give_up(std::uint32_t copy, Instant now);
    void passed(Passage& passage);

    router::Core& core_;
    Inlets& inlets_;
    Ways& ways_;
    Copies& copies_;
    Outcomes& outcomes_;
    std::vector<NextHop*> hops_;          // of the message that is decided
    std::vector<std::uint32_t> sending_;  // copies of the message that is passed on
    Buffer told_;                         // what these begin with
    router::Head head_;                   // of that
};

}  // namespace weft::exchange
