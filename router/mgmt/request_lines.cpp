#include "router/mgmt/request_lines.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_mgmt {

void RequestLines::add(std::uint64_t connection, std::size_t reply, ManagementRequest request) {
    const auto [at, is_new] = parties_.try_emplace(connection);
    if (is_new) {
        turns_.push_back(connection);
    }
    Party& party = at->second;
    const auto [line, is_first] = party.lines.try_emplace(reply);
    if (is_first) {
        party.turns.push_back(reply);
    }
    party.weight += weight_of(request);
    weight_ += weight_of(request);
    line->second.push_back(std::move(request));
}

void RequestLines::note_taken(Party& party, const ManagementRequest& request) {
    party.weight -= weight_of(request);
    weight_ -= weight_of(request);
}

ManagementRequest RequestLines::take() {
    const auto at = parties_.find(turns_.front());
    Party& party = at->second;
    const auto line = party.lines.find(party.turns.front());
    ManagementRequest request = std::move(line->second.front());
    line->second.pop_front();
    note_taken(party, request);
    party.turns.pop_front();
    if (line->second.empty()) {
        party.lines.erase(line);
    } else {
        party.turns.push_back(line->first);
    }
    turns_.pop_front();
    if (party.lines.empty()) {
        parties_.erase(at);
    } else {
        turns_.push_back(at->first);
    }
    return request;
}

std::optional<ManagementRequest> RequestLines::take_excess(std::size_t weight_max) {
    if (weight_ <= weight_max) {
        return std::nullopt;
    }
    const auto at = std::ranges::max_element(parties_, {},
                                             [](const auto& entry) { return entry.second.weight; });
    Party& party = at->second;
    const auto line = std::ranges::max_element(
        party.lines, {}, [](const auto& entry) { return entry.second.size(); });
    ManagementRequest request = std::move(line->second.back());
    line->second.pop_back();
    note_taken(party, request);
    if (line->second.empty()) {
        std::erase(party.turns, line->first);
        party.lines.erase(line);
    }
    if (party.lines.empty()) {
        std::erase(turns_, at->first);
        parties_.erase(at);
    }
    return request;
}

}  // namespace weft::router_mgmt
