#pragma once

#include "common/mgmt/source.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace weft::router_mgmt {

class Survey;

struct RouterTotals;

/// A kind of object of which there are many.
struct MemoryUse {
    std::string_view type;
    std::size_t size = 0;       // bytes of one
    std::size_t allocated = 0;  // taken from the heap and not given back
    std::size_t in_use = 0;
};

/// How many there are of each.
std::array<MemoryUse, 4> memory_use(const RouterTotals& totals);

/// These as `allocator` entities. No store is shared between the loops, so what the original says
/// of that is zero. Threading: loop-confined (home's loop).
class AllocatorSource final : public mgmt::Source {
public:
    explicit AllocatorSource(Survey& survey) : survey_{survey} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;

private:
    Survey& survey_;
};

}  // namespace weft::router_mgmt
