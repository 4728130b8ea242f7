#include "broker/store/space.hpp"

#include <algorithm>
#include <limits>

namespace weft::store {
namespace {

std::uint64_t less(std::uint64_t bytes, std::uint64_t by) {
    return bytes > by ? bytes - by : 0;
}

/// Once there is little room, it takes more than a little to have room again.
Room judge(std::uint64_t bytes, std::uint64_t mark, Room before) {
    const std::uint64_t none_below = before == Room::none ? mark / 4 * 3 : mark / 2;
    const std::uint64_t low_below = before == Room::plenty ? mark : mark / 4 * 5;
    return bytes < none_below ? Room::none : bytes < low_below ? Room::low : Room::plenty;
}

}  // namespace

Space::Headroom Space::of_disk() const {
    return {.bytes = less(use_.free + use_.reserve, options_.reserve), .mark = options_.free_min};
}

Space::Headroom Space::of_limit() const {
    if (options_.used_max == 0) {
        return {.bytes = std::numeric_limits<std::uint64_t>::max(), .mark = 0};
    }
    return {.bytes = less(options_.used_max, use_.used),
            .mark = std::min(options_.free_min, options_.used_max / 8)};
}

void Space::note(const DiskUse& use) {
    use_ = use;
    const Headroom disk = of_disk();
    const Headroom limit = of_limit();
    noted_ = std::max(judge(disk.bytes, disk.mark, noted_), judge(limit.bytes, limit.mark, noted_));
}

Room Space::room(std::uint64_t waiting) const {
    const Headroom disk = of_disk();
    const Headroom limit = of_limit();
    return std::max({noted_, judge(less(disk.bytes, waiting), disk.mark, Room::plenty),
                     judge(less(limit.bytes, waiting), limit.mark, Room::plenty)});
}

std::uint64_t Space::free(std::uint64_t waiting) const {
    const Headroom disk = of_disk();
    const Headroom limit = of_limit();
    return std::min(less(disk.bytes, waiting + disk.mark / 2),
                    less(limit.bytes, waiting + limit.mark / 2));
}

ReserveMove reserve_move(const Space::Options& options, const DiskUse& use) {
    if (use.reserve > 0 && use.free < options.free_min / 4) {
        return ReserveMove::give_back;
    }
    const bool room = use.free >= options.reserve + options.free_min / 4 * 5;
    return use.reserve < options.reserve && room ? ReserveMove::take : ReserveMove::none;
}

}  // namespace weft::store
