#pragma once

#include <boost/container/deque.hpp>

#include <type_traits>

namespace weft::queue {

/// A double-ended queue that has no memory of its own until something is in it. std::deque takes
/// 576 bytes at once, which counts for what there are very many of and mostly empty.
template <class T>
using Deque = boost::container::deque<T>;

static_assert(std::is_nothrow_default_constructible_v<Deque<int>>, "an empty one allocates");

}  // namespace weft::queue
