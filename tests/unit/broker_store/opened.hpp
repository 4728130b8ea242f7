#pragma once

#include "broker/store/segments.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::store::test {

using Bodies = std::vector<std::string>;
inline constexpr QueueNumber kOrders{1};
inline constexpr QueueNumber kDead{2};

/// Opens what must open.
inline Segments opened(const std::string& folder) {
    auto segments = Segments::open({.folder = folder});
    if (!segments) {
        FAIL(segments.error().text);
    }
    return std::move(*segments);
}

/// The words of what must not open.
inline std::string refusal(const std::string& folder) {
    const auto segments = Segments::open({.folder = folder});
    return segments ? "" : segments.error().text;
}

/// What must be done.
template <class T>
T done(Result<T> result) {
    if (!result) {
        FAIL(result.error().text);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(*result);
    }
}

inline Bodies bodies(const Reading& reading) {
    Bodies all;
    for (const queue::Record& record : reading.records) {
        all.emplace_back(as_text(*record.payload));
    }
    return all;
}

inline Bodies all_of(Segments& segments, QueueNumber queue = kOrders) {
    return bodies(done(segments.read(
        queue, {.from = 1, .through = 1'000'000, .messages = 1'000'000, .bytes = 1'000'000'000})));
}

}  // namespace weft::store::test
