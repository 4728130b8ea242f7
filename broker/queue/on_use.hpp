#pragma once

#include <memory>

namespace weft::queue {

/// A part of a queue that takes no memory while it is not used, and reads as an empty one then:
/// there are many queues, of which most are idle, and few use all their parts.
///
///     unused ──use──▶ used ──drop_if──▶ unused
///
/// T is default-constructible, and an empty one then. Threading: as T, but that all empty ones are
/// read by all threads.
template <class T>
class OnUse {
public:
    const T& operator*() const { return part_ ? *part_ : nothing(); }
    const T* operator->() const { return &**this; }
    /// To be changed. An unused one is made so.
    template <class... How>
    T& use(const How&... how) {
        if (!part_) [[unlikely]] {
            part_ = std::make_unique<T>(how...);
        }
        return *part_;
    }
    /// It is used; else there is nothing to change or forget.
    explicit operator bool() const { return part_ != nullptr; }
    void drop_if(bool is_empty) {
        if (is_empty) {
            part_.reset();
        }
    }

private:
    static const T& nothing() {
        static const T none{};
        return none;
    }

    std::unique_ptr<T> part_;
};

}  // namespace weft::queue
