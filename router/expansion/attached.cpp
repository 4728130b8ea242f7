#include "router/expansion/attached.hpp"

namespace weft::expansion {
namespace {

void drop_one(std::unordered_map<std::string, std::size_t>& counts, const std::string& name) {
    const auto at = counts.find(name);
    if (--at->second == 0) {
        counts.erase(at);
    }
}

}  // namespace

void Attached::add(std::uint64_t connection, std::string_view container, std::string_view name) {
    const auto& [id, names] =
        *connections_.emplace(connection, std::pair(std::string(container), std::string(name)))
             .first;
    ++containers_[names.first];
    ++names_[names.second];
}

std::optional<std::pair<std::string, std::string>> Attached::remove(std::uint64_t connection) {
    const auto at = connections_.find(connection);
    if (at == connections_.end()) {
        return std::nullopt;
    }
    auto names = std::move(at->second);
    connections_.erase(at);
    drop_one(containers_, names.first);
    drop_one(names_, names.second);
    return names;
}

std::optional<autolink::Finds> Attached::find(const std::string& broker) const {
    if (containers_.contains(broker)) {
        return autolink::Finds::container;
    }
    return names_.contains(broker) ? std::optional(autolink::Finds::connection) : std::nullopt;
}

}  // namespace weft::expansion
