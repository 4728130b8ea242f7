#pragma once

#include "router/core/port.hpp"
#include "router/exchange/passage.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::exchange {

/// The messages on their way through exchanges, by the numbers that the core knows them by, and
/// those of them that have something to be passed on. What one needed of memory is kept for the
/// next ones. Threading: loop-confined.
class Passages {
public:
    /// That are over, and whose memory is kept; and bytes of one buffer of them, at most.
    static constexpr std::size_t kSpareMax = 1'000;
    static constexpr std::size_t kSpareBytesMax = 4096;

    /// One that comes in there; it counts against the window of its exchange.
    Passage& begin(Inlet& inlet, const router::OutgoingHead& head);
    /// Null: it is over.
    Passage* find(std::uint64_t number) const { return all_[number].get(); }
    void end(Passage& passage);
    /// The exchange goes. What it has is passed on; nobody hears what becomes of it.
    void leave(const Inlet& inlet);

    /// It has bytes to be passed on, or none will come.
    void note_due(Passage& passage);
    bool has_due() const { return !due_.empty(); }
    /// The one that waits longest. Precondition: has_due.
    Passage& take_due();

    std::size_t count() const { return all_.size() - free_.size(); }
    /// Those that it has memory for.
    std::size_t allocated() const { return count() + spare_.size(); }

private:
    std::unique_ptr<Passage> obtain();

    std::vector<std::unique_ptr<Passage>> all_;  // null: free
    std::vector<std::uint32_t> free_;
    std::vector<std::unique_ptr<Passage>> spare_;  // as new, but for their memory
    PassageLine<DueHook> due_;
};

}  // namespace weft::exchange
