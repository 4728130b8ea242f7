#pragma once

#include "common/base/keyed_hash.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>

namespace weft::amqp {

/// Objects by a number that the peer chose.
///
/// Small numbers, as peers count from 0, index a vector; a number far beyond the count of objects
/// goes to a hash map, so that memory follows the objects and not the numbers.
/// Threading: not shared.
template <class T>
class SlotTable {
public:
    /// Null if the number is not in use.
    T* find(std::uint32_t number) const {
        if (number < dense_.size()) [[likely]] {
            return dense_[number];
        }
        return find_sparse(number);
    }

    /// The number must not be in use.
    void put(std::uint32_t number, T& object) {
        ++count_;
        if (number < dense_.size()) {
            dense_[number] = &object;
        } else if (number < kDenseMin || number < 2 * count_) {
            grow(number);
            dense_[number] = &object;
        } else {
            if (!sparse_) {
                sparse_ = std::make_unique<Sparse>();
            }
            sparse_->emplace(number, &object);
        }
    }

    void remove(std::uint32_t number) {
        --count_;
        if (number < dense_.size()) {
            dense_[number] = nullptr;
        } else {
            sparse_->erase(number);
            if (sparse_->empty()) {
                sparse_.reset();
            }
        }
        if (count_ == 0) {
            dense_.clear();
            dense_.shrink_to_fit();
        }
    }

private:
    using Sparse = boost::unordered_flat_map<std::uint32_t, T*, NumberHash>;

    static constexpr std::uint32_t kDenseMin = 16;

    T* find_sparse(std::uint32_t number) const {
        if (!sparse_) {
            return nullptr;
        }
        const auto found = sparse_->find(number);
        return found == sparse_->end() ? nullptr : found->second;
    }

    /// Makes `number` dense, and with it every number below that was sparse.
    void grow(std::uint32_t number) {
        const std::size_t before = dense_.size();
        dense_.resize(number + 1);
        if (!sparse_) {
            return;
        }
        for (std::size_t i = before; i < dense_.size() && !sparse_->empty(); ++i) {
            const auto found = sparse_->find(static_cast<std::uint32_t>(i));
            if (found != sparse_->end()) {
                dense_[i] = found->second;
                sparse_->erase(found);
            }
        }
    }

    boost::container::small_vector<T*, 1> dense_;
    std::unique_ptr<Sparse> sparse_;
    std::uint32_t count_ = 0;
};

}  // namespace weft::amqp
