#pragma once

#include <mutex>
#include <utility>

namespace weft::io {

/// A value that several loops use, one at a time: for what happens seldom (a connection opens),
/// takes a moment, and must be known to all at once. Nothing waits within `with`, and nothing that
/// is reached from there uses the same value.
/// Threading: any thread.
template <class Value>
class Guarded final {
public:
    template <class... Arguments>
    explicit Guarded(Arguments&&... arguments) : value_{std::forward<Arguments>(arguments)...} {}
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    /// What `use` returns must not refer to the value.
    template <class Use>
    auto with(Use use) {
        const std::lock_guard lock{mutex_};
        return use(value_);
    }

private:
    std::mutex mutex_;
    Value value_;
};

}  // namespace weft::io
