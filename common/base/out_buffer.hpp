#pragma once

#include "common/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft {

/// Storage that connections of one loop lend each other: an idle one owns none.
/// Threading: loop-confined.
class BlockPool {
public:
    static constexpr std::size_t kBlockSize = 64 * 1024;
    static constexpr std::size_t kBlocksKept = 64;

    using Block = std::unique_ptr<std::uint8_t[]>;

    Block take();
    void give(Block block);

private:
    std::vector<Block> free_;
};

/// Bytes on their way out, in order: appended at the end, consumed at the front.
///
/// Contiguous. Takes a block from the pool with its first byte and gives it back
/// with its last; past a block's size it owns storage that doubles.
/// Threading: loop-confined.
class OutBuffer {
public:
    /// `pool` must outlive the buffer.
    explicit OutBuffer(BlockPool& pool) : pool_{&pool} {}
    OutBuffer(const OutBuffer&) = delete;
    OutBuffer& operator=(const OutBuffer&) = delete;
    ~OutBuffer() { release(); }

    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return end_ == begin_; }
    Bytes pending() const { return {data_.get() + begin_, size()}; }

    /// Room for `size` more bytes, uninitialised; valid until the next call.
    std::uint8_t* reserve(std::size_t size) {
        if (capacity_ - end_ < size) [[unlikely]] {
            make_room(size);
        }
        return data_.get() + end_;
    }
    /// Makes the first `size` bytes of the reserved room part of the buffer.
    void commit(std::size_t size) { end_ += size; }
    void append(Bytes bytes);
    /// Drops `size` bytes from the front: they were written.
    void consume(std::size_t size) {
        begin_ += size;
        consumed_ += size;
        if (begin_ == end_) {
            release();
        }
    }
    /// Bytes consumed since it was made.
    std::uint64_t consumed() const { return consumed_; }

private:
    void make_room(std::size_t size);
    void release();

    BlockPool* pool_;
    BlockPool::Block data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t consumed_ = 0;
};

}  // namespace weft
