#pragma once

#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "router/core/core.hpp"
#include "router/exchange/exchange.hpp"
#include "router/exchange/passage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace weft::exchange {

/// Where the messages of exchanges come in, and how many more each takes: what comes in counts
/// against its window (D1), its bytes against what may wait. Threading: loop-confined.
class Inlets {
public:
    Inlets(router::Core& core, router::Connection& connection)
        : core_{core}, connection_{connection} {}

    /// A consumer of the exchange's address, which has credit from now on. Errors: as attach_link.
    [[nodiscard]] Result<Inlet*> open(Exchange& exchange, Instant now);
    /// Null: there is none.
    Inlet* find(std::uint64_t exchange) const;
    /// Nothing refers to it any more.
    void close(Inlet& inlet, Instant now);
    /// All of them, at the end.
    void close_all(Instant now);

    /// True: so many of its bytes wait that it takes none. It is told once it may take more.
    static bool refuse_if_full(Inlet& inlet);
    /// The passage does not count against the window of its exchange any more.
    void uncount(Passage& passage);
    /// Its bytes were passed on, or nobody is to have them.
    void drop_bytes(Passage& passage);
    /// So many more, or fewer, of its bytes wait in the core.
    void hold(Inlet& inlet, std::ptrdiff_t bytes);
    /// Its credit has changed, or it may take more.
    void note_news(Inlet& inlet);
    bool has_news() const { return !news_.empty(); }
    /// Exchanges may be given more.
    void tell_news(Instant now);

private:
    router::Core& core_;
    router::Connection& connection_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Inlet>> inlets_;  // by the exchange's id
    std::vector<Inlet*> news_;                                          // those that have some
    std::vector<Inlet*> telling_;  // those of them that are told just now
};

}  // namespace weft::exchange
