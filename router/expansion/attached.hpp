#pragma once

#include "router/autolink/auto_link.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace weft::expansion {

/// The containers that are connected to this router, by the names that an address may give them.
/// Threading: loop-confined.
class Attached {
public:
    /// Of an open connection: the id that the container opened with, and the name of the listener
    /// or connector. Both must not be there yet.
    void add(std::uint64_t connection, std::string_view container, std::string_view name);
    /// Returns what they were called; nothing if it was never added.
    std::optional<std::pair<std::string, std::string>> remove(std::uint64_t connection);

    /// By what a broker of that name is found: a container id goes before a connection's name.
    /// Nothing: it is not here.
    std::optional<autolink::Finds> find(const std::string& broker) const;

private:
    using Counts = std::unordered_map<std::string, std::size_t>;

    std::unordered_map<std::uint64_t, std::pair<std::string, std::string>> connections_;
    Counts containers_;  // connections of each
    Counts names_;
};

}  // namespace weft::expansion
