#include "router/linkroute/allotment.hpp"

#include "common/base/census.hpp"
#include "common/base/conditions.hpp"

#include <algorithm>
#include <string>

namespace weft::linkroute {
namespace {

using Kind = router::AddressPattern::Kind;

// What stands for a pattern, and for each of its levels, besides their texts.
constexpr std::size_t kPatternBytes = 512;
constexpr std::size_t kLevelBytes = 128;

/// No wildcard, but for the last level.
bool is_plain(const router::AddressPattern& pattern) {
    const auto& levels = pattern.levels();
    const auto wildcard =
        std::ranges::find_if(levels, [](const auto& level) { return level.kind != Kind::literal; });
    return levels.end() - wildcard <= 1;
}

}  // namespace

std::size_t Allotment::bytes_of(const router::AddressPattern& pattern) {
    return kPatternBytes + kLevelBytes * pattern.levels().size() + 2 * pattern.text().size();
}

Result<void> Allotment::check(const Share& own,
                              const router::AddressPattern& pattern,
                              std::size_t before,
                              std::size_t after) const {
    if (!may_take(own.bytes, bytes_, kBytesMax)) {
        return fail(kResourceLimitExceeded,
                    "these link routes take " + std::to_string(own.bytes / 1024) +
                        " KiB: others leave no more of the " +
                        std::to_string(kBytesMax / 1024 / 1024) + " MiB for all of their kind");
    }
    if (after == before || is_plain(pattern) ||
        (after <= kFindMax && may_take(own.find, before, kFindMax))) {
        return {};
    }
    return fail(kResourceLimitExceeded,
                "\"" + pattern.text() +
                    "\" has wildcards where no other link route has them: with it, to find one "
                    "could cost " +
                    std::to_string(after) + " steps, of " + std::to_string(kFindMax) +
                    " for all; use fewer wildcards before the last level");
}

}  // namespace weft::linkroute
