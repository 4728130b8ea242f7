#pragma once

#include "broker/store/segments.hpp"
#include "tests/unit/node/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weft::store::test {

using Bodies = std::vector<std::string>;
inline constexpr QueueNumber kOrders{1};
inline constexpr QueueNumber kDead{2};

/// As a broker without a standby opens it.
inline Result<Segments> open_alone(const std::string& folder) {
    return Claim::take({.folder = folder}).and_then([&folder](std::unique_ptr<Claim> claim) {
        return Segments::open({.folder = folder}, std::move(claim));
    });
}

/// Opens what must open.
inline Segments opened(const std::string& folder) {
    auto segments = open_alone(folder);
    if (!segments) {
        FAIL(segments.error().text);
    }
    return std::move(*segments);
}

/// The words of what must not open.
inline std::string refusal(const std::string& folder) {
    const auto segments = open_alone(folder);
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
