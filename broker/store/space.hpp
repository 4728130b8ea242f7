#pragma once

#include <cstdint>

namespace weft::store {

/// Whether there is room for messages.
enum class Room : std::uint8_t {
    plenty,
    low,   // no more are asked for; those that come are taken
    none,  // none are taken
};

/// What the writer found on the disk.
struct DiskUse {
    std::uint64_t free = 0;     // bytes of the file system that the broker may write
    std::uint64_t reserve = 0;  // bytes that the reserve has of it just now
    std::uint64_t used = 0;     // bytes that the store has in use, if it has a limit
    std::uint64_t body_files = 0;
    std::uint64_t body_bytes = 0;  // of those, dead ones included
};

/// How much room there is, judged by what the disk has and what waits to be written.
///
///     plenty ──below `free_min`──▶ low ──below half of it──▶ none
///        ◀──1/4 above free_min──     ◀──above 3/4 of it────
///
/// The reserve is not room: it is given back so that messages can be taken out when others have
/// filled the disk, and comes first when there is room again. Threading: not shared (a value).
class Space {
public:
    struct Options {
        std::uint64_t free_min = 0;
        std::uint64_t reserve = 0;
        std::uint64_t used_max = 0;  // 0: as the disk allows
    };

    explicit Space(const Options& options) : options_{options} {}

    void note(const DiskUse& use);
    /// With so many bytes that wait.
    Room room(std::uint64_t waiting) const;
    /// Bytes that may still come, until there is `none`.
    std::uint64_t free(std::uint64_t waiting) const;
    /// Whether something is to be looked at again though nothing is written.
    bool is_short() const { return noted_ != Room::plenty || use_.reserve < options_.reserve; }
    const DiskUse& use() const { return use_; }

private:
    struct Headroom {
        std::uint64_t bytes = 0;
        std::uint64_t mark = 0;  // below it, there is little
    };

    Headroom of_disk() const;
    Headroom of_limit() const;

    Options options_;
    DiskUse use_{};
    Room noted_ = Room::plenty;  // as of the last look
};

/// What the reserve file is to do.
enum class ReserveMove : std::uint8_t { none, give_back, take };
[[nodiscard]] ReserveMove reserve_move(const Space::Options& options, const DiskUse& use);

}  // namespace weft::store
