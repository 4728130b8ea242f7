#pragma once

#include "common/base/assert.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace weft::amqp {

/// Those that have something to write with the next flush, each once.
///
/// An intrusive list: `T` lends it `next_queued_` and `queued_`. What goes away while it is queued
/// is kept until the list is empty.
///
/// Invariants:
///   F1  an object is in the list if and only if its `queued_` is set
///   F2  what `keep` was given lives until `bury`
///
/// Threading: not shared.
template <class T>
class FlushQueue {
public:
    bool empty() const { return first_ == nullptr; }

    void add(T& object) {
        if (!object.queued_) {
            object.queued_ = true;  // F1
            object.next_queued_ = first_;
            first_ = &object;
        }
    }

    /// `visit` may not add.
    template <class Visit>
    void for_each(Visit visit) const {
        for (T* object = first_; object != nullptr; object = object->next_queued_) {
            visit(*object);
        }
    }

    /// Takes one after the other out of the list and visits it, as long as `has_room()`.
    template <class Room, class Visit>
    void take_while(Room has_room, Visit visit) {
        while (first_ != nullptr && has_room()) {
            T& object = *std::exchange(first_, first_->next_queued_);
            object.queued_ = false;  // F1
            visit(object);
        }
    }

    /// Takes over an object that is gone and may be queued.
    void keep(std::unique_ptr<T> object) { gone_.push_back(std::move(object)); }

    /// Destroys what was kept. The list must be empty.
    void bury() {
        WEFT_DCHECK(empty());  // F2
        if (!gone_.empty()) {
            gone_.clear();
            gone_.shrink_to_fit();
        }
    }

private:
    T* first_ = nullptr;
    std::vector<std::unique_ptr<T>> gone_;
};

}  // namespace weft::amqp
