#pragma once

#include "common/amqp/number_pool.hpp"
#include "common/amqp/slot_table.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace weft::amqp {

/// Objects that each side numbers for itself: sessions by channel, links by handle.
///
/// Our numbers are the lowest that are free; the peer's are its own choice, and unknown at first.
/// Both look-ups are O(1). Threading: not shared. Spec: AMQP 1.0 §2.5.1, §2.6.2
template <class T>
class NumberedTable {
public:
    /// A number of ours; nothing if all of 0 … `limit` are in use.
    std::optional<std::uint32_t> take_number(std::uint32_t limit) { return numbers_.take(limit); }

    /// It was taken for nothing.
    void give_number(std::uint32_t number) { numbers_.give(number); }

    /// `number` was taken for it.
    T& put(std::uint32_t number, std::unique_ptr<T> object) {
        if (number >= own_.size()) {
            own_.resize(number + 1);
        }
        own_[number] = std::move(object);
        ++size_;
        return *own_[number];
    }
    std::size_t size() const { return size_; }

    /// Null if there is none.
    T* find(std::uint32_t number) const {
        return number < own_.size() ? own_[number].get() : nullptr;
    }

    /// The same by the peer's number.
    T* find_remote(std::uint32_t number) const { return by_remote_.find(number); }
    /// `number` must not be in use.
    void put_remote(std::uint32_t number, T& object) { by_remote_.put(number, object); }

    /// It is in use; from now on the peer may mean something else by it.
    void remove_remote(std::uint32_t number) { by_remote_.remove(number); }

    /// Removes the object that has both numbers.
    std::unique_ptr<T> remove(std::uint32_t number, std::uint32_t remote_number) {
        remove_remote(remote_number);
        return remove(number);
    }
    /// Removes an object that has none of the peer's any more.
    std::unique_ptr<T> remove(std::uint32_t number) {
        numbers_.give(number);
        --size_;
        std::unique_ptr<T> object = std::move(own_[number]);
        while (!own_.empty() && !own_.back()) {
            own_.pop_back();
        }
        if (own_.empty()) {
            own_.shrink_to_fit();
        }
        return object;
    }

    /// Of a table that is used no more: one after the other, null at the end.
    std::unique_ptr<T> take_last() {
        std::unique_ptr<T> object;
        while (!object && !own_.empty()) {
            object = std::move(own_.back());
            own_.pop_back();
        }
        return object;
    }

    /// Calls `visit(object)` by our numbers, ascending; it may not put or remove.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& object : own_) {
            if (object) {
                visit(*object);
            }
        }
    }

private:
    boost::container::small_vector<std::unique_ptr<T>, 1> own_;
    SlotTable<T> by_remote_;
    NumberPool numbers_;
    std::uint32_t size_ = 0;
};

}  // namespace weft::amqp
