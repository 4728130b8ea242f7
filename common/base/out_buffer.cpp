#include "common/base/out_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weft {

BlockPool::Block BlockPool::take() {
    if (free_.empty()) {
        return std::make_unique_for_overwrite<std::uint8_t[]>(kBlockSize);
    }
    Block block = std::move(free_.back());
    free_.pop_back();
    return block;
}

void BlockPool::give(Block block) {
    if (free_.size() < kBlocksKept) {
        free_.push_back(std::move(block));
    }
}

void OutBuffer::append(Bytes bytes) {
    if (bytes.empty()) {
        return;
    }
    std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
}

void OutBuffer::make_room(std::size_t size) {
    const std::size_t used = this->size();
    if (used + size <= capacity_) {
        std::memmove(data_.get(), data_.get() + begin_, used);
    } else {
        const std::size_t wanted = std::max({BlockPool::kBlockSize, 2 * capacity_, used + size});
        const bool pooled = wanted == BlockPool::kBlockSize;
        BlockPool::Block larger =
            pooled ? pool_->take() : std::make_unique_for_overwrite<std::uint8_t[]>(wanted);
        if (used > 0) {
            std::memcpy(larger.get(), data_.get() + begin_, used);
        }
        release();
        data_ = std::move(larger);
        capacity_ = wanted;
    }
    begin_ = 0;
    end_ = used;
}

void OutBuffer::release() {
    if (capacity_ == BlockPool::kBlockSize) {
        pool_->give(std::move(data_));
    }
    data_.reset();
    capacity_ = begin_ = end_ = 0;
}

}  // namespace weft
