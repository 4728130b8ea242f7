#pragma once

#include "router/linkstate/link_state_output.hpp"
#include "router/linkstate/neighbours.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::linkstate {

/// Tells the output what happened that a person may want to read.
///
/// Threading: loop-confined.
class Reports {
public:
    using Kind = LinkStateEvent::Kind;

    /// The protocol allows more; nobody counts so far, nor so fast.
    static constexpr std::int64_t kSequencePlausible = std::int64_t{1} << 40;
    static constexpr std::int64_t kSequenceJumpMax = std::int64_t{1} << 24;

    /// Both must outlive it.
    Reports(LinkStateOutput& output, LinkStateCounters& counters)
        : output_{&output}, counters_{&counters} {}

    /// `link`: the one that it is about, if it is about one.
    void tell(Kind kind, std::string_view router, std::string text, PeerLink link = kNoLink);

    // Told once for each connection. The first two are counted each time.
    void malformed(Adjacency& from, std::string text);
    void impostor(Adjacency& from, std::string_view router, std::string text);
    void duplicate_id(Adjacency& from, std::string_view router, std::string text);

    /// False, and reported, if `claimed` is a sequence number that nobody counts to: to take it
    /// would keep us from hearing the true ones. `known` is the last one of `router`; 0: none.
    bool is_plausible(Adjacency& from,
                      std::string_view router,
                      std::int64_t known,
                      std::int64_t claimed);

private:
    LinkStateOutput* output_;
    LinkStateCounters* counters_;
};

}  // namespace weft::linkstate
