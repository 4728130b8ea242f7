#pragma once

#include "mqtt-gateway/mapping/retained.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace weft::mqtt_mapping {

/// A gateway's copy of the retained messages that a queue of the mesh has for all gateways: what it
/// reads there, in the queue's order, and what it writes there itself, which it need not wait to
/// read again.
///
///   a topic that is written:   sent ──accepted──▶ ahead of what is read ──read, or caught up──▶ –
///                                └──read first, or refused──▶ –
///
/// Each write has an epoch, which is the fence of its row: the queue takes a higher one only, so
/// that the rows of a topic are read with rising epochs, whoever wrote them.
///
/// Invariants:
///   C1  what is read of a topic is kept unless an own write with a higher epoch was accepted; an
///       own write is kept when it is accepted unless it, or a younger row, was read before
///   C2  once all is caught up that the queue had when `ask` was called, the copy has for each
///       topic what the queue had then, or something younger
///   C3  epochs that are given rise, and pass all up to kEpochMax that were read or told of
///
/// Threading: not shared (a value).
class RetainedCopy {
public:
    using Epoch = std::uint64_t;
    /// No gateway writes a higher one: behind a row that has one nothing can be written.
    static constexpr Epoch kEpochMax = Epoch{1} << 62;

    /// `retained` must outlive it; nobody else adds to it or removes what has not expired.
    explicit RetainedCopy(Retained& retained) : retained_{retained} {}

    /// About the time, so that who comes later passes others at once.
    Epoch next_epoch(WallTime now);
    /// There is a row with it. One above kEpochMax is nobody's.
    void note(Epoch epoch);

    // --- what is read ---------------------------------------------------------------------------
    /// All of the queue is read again from its beginning.
    void restart();
    /// A row; without a payload: nothing is retained for its topic.
    Retained::Kept read(const SharedMessage& message, Epoch epoch);
    /// From now on it is looked for the queue's end.
    void ask() { ++asked_; }
    /// All is read that the queue had at the last `ask`.
    void caught_up();

    // --- what is written ------------------------------------------------------------------------
    /// At most one write of a topic is under way.
    void sent(std::string_view topic, Epoch epoch);
    Retained::Kept accepted(const SharedMessage& message, Epoch epoch);
    /// The queue does not have it.
    void refused(std::string_view topic, Epoch epoch);

    /// Topics that are written, or ahead.
    std::size_t own() const { return own_.size(); }

private:
    struct Own {
        Epoch sent = 0;           // under way; 0: none, or it was read already
        Epoch ahead = 0;          // accepted and not read; 0: none
        std::uint64_t asked = 0;  // `asked_` as it was accepted
    };
    using Owns = std::map<std::string, Own, std::less<>>;

    void drop_if_over(Owns::iterator own);

    Retained& retained_;
    Epoch last_ = 0;
    std::uint64_t asked_ = 0;
    Owns own_;
    std::set<std::string, std::less<>> unseen_;  // kept before `restart`, and not read since
};

}  // namespace weft::mqtt_mapping
