#pragma once

#include "broker/queue/message.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace weft::broker {

/// Payloads that were read from the store, for as long as anybody has them: ready ones, those on
/// their way to consumers, copies for browsers. A read brings no more than it has room for; reads
/// for which there is none wait in line.
///
/// | they have, with what reads under way may bring | so                                          |
/// |------------------------------------------------|---------------------------------------------|
/// | `bytes_max` at most                            | any read goes on                            |
/// | more                                           | one goes on at a time: some who have much   |
/// |                                                | and take nothing are in nobody's way        |
/// | kOverMax times as much                         | none does                                   |
///
/// Threading: loop-confined.
class ReadAhead {
public:
    static constexpr std::size_t kBytesMax = std::size_t{256} * 1024 * 1024;
    static constexpr std::size_t kOverMax = 4;
    /// What one queue has in memory for its consumers: what several producers send until a read
    /// is answered, that consumers keep up. Less once a quarter of all is used.
    static constexpr std::size_t kWindowMax = std::size_t{4} * 1024 * 1024;
    static constexpr std::size_t kWindowLess = std::size_t{256} * 1024;

    /// `later` is asked for a call of `go_on`, at most one at a time.
    explicit ReadAhead(std::function<void()> later, std::size_t bytes_max = kBytesMax)
        : later_{std::move(later)}, bytes_max_{bytes_max} {}
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    /// `read` asks the store, now or later, for `most` bytes at most; its answer calls `answered`
    /// with the same number.
    void ask(std::size_t most, std::function<void()> read);
    void answered(std::size_t most);
    /// The same payload, which counts until nobody has it. Must not outlive this.
    [[nodiscard]] queue::Payload count(queue::Payload payload);

    /// Those in line, as far as there is room.
    void go_on();

    /// A queue has `now` bytes in its window, also of what never was read, and had `before`.
    void note_ready(std::size_t before, std::size_t now) { ready_ += now - before; }
    std::size_t window_bytes() const {
        return std::max(ready_, bytes_ + asked_) < bytes_max_ / 4 ? kWindowMax : kWindowLess;
    }
    std::size_t bytes() const { return bytes_; }
    std::size_t in_line() const { return line_.size(); }
    /// Reads that were in line, all of them.
    std::uint64_t waited() const { return waited_; }

private:
    struct Waiting {
        std::size_t most = 0;
        std::function<void()> read;
    };

    bool has_room(std::size_t most) const {
        return bytes_ + asked_ + most <= bytes_max_ ||
               (asked_ == 0 && bytes_ < kOverMax * bytes_max_);
    }
    void ask_to_go_on();

    std::function<void()> later_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;  // of payloads that somebody has
    std::size_t asked_ = 0;  // that the store may answer with
    std::size_t ready_ = 0;  // in the windows of all queues
    std::deque<Waiting> line_;
    std::uint64_t waited_ = 0;
    bool due_ = false;
};

}  // namespace weft::broker
