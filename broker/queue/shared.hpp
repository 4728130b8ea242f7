#pragma once

#include <memory>
#include <utility>

namespace weft::queue {

/// A value that many queues have alike: the usual one, and others as far as their owner shares
/// them, are once in memory. It is never changed, but replaced. Threading: any thread.
template <class T>
class Shared {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a value is one that nobody shares yet
    Shared(const T& value)
        : value_{value == *usual() ? usual() : std::make_shared<const T>(value)} {}
    // NOLINTNEXTLINE(google-explicit-constructor): nor is it another one
    Shared(std::shared_ptr<const T> value) : value_{std::move(value)} {}

    const T& operator*() const { return *value_; }
    const T* operator->() const { return value_.get(); }

private:
    static const std::shared_ptr<const T>& usual() {
        static const auto one = std::make_shared<const T>();
        return one;
    }

    std::shared_ptr<const T> value_;
};

}  // namespace weft::queue
