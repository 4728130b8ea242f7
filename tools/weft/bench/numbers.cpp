#include "tools/weft/bench/numbers.hpp"

#include <algorithm>
#include <bit>

namespace weft::tools {
namespace {

constexpr std::uint64_t kFullWord = ~std::uint64_t{0};

}  // namespace

BenchNumbers::Added BenchNumbers::add(std::uint64_t number) {
    const std::uint64_t index = number / kWordBits;
    if (index < base_) {
        return Added::was_there;
    }
    if (index - base_ >= kSpanMax / kWordBits) {
        return Added::too_far;
    }
    const auto place = static_cast<std::size_t>(index - base_);
    if (place >= words_.size()) {
        words_.resize(place + 1);
    }
    const std::uint64_t bit = std::uint64_t{1} << (number % kWordBits);
    if ((words_[place] & bit) != 0) {
        return Added::was_there;
    }
    words_[place] |= bit;
    ++count_;
    end_ = std::max(end_, number + 1);
    while (!words_.empty() && words_.front() == kFullWord) {
        words_.pop_front();
        ++base_;
    }
    return Added::added;
}

std::uint64_t BenchNumbers::word(std::uint64_t index) const {
    if (index < base_) {
        return kFullWord;
    }
    return index - base_ < words_.size() ? words_[static_cast<std::size_t>(index - base_)] : 0;
}

std::uint64_t BenchNumbers::count_without(const BenchNumbers& other) const {
    std::uint64_t count = 0;
    for (std::uint64_t index = other.base_; index < base_ + words_.size(); ++index) {
        count += static_cast<std::uint64_t>(std::popcount(word(index) & ~other.word(index)));
    }
    return count;
}

}  // namespace weft::tools
