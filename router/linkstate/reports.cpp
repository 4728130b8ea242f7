#include "router/linkstate/reports.hpp"

#include <utility>

namespace weft::linkstate {

void Reports::tell(Kind kind, std::string_view router, std::string text, PeerLink link) {
    output_->on_event(
        {.kind = kind, .router = std::string(router), .text = std::move(text), .link = link});
}

void Reports::malformed(Adjacency& from, std::string text) {
    ++counters_->malformed;
    if (from.is_first(Adjacency::Complaint::malformed)) {
        tell(Kind::malformed, from.id, std::move(text), from.link);
    }
}

void Reports::impostor(Adjacency& from, std::string_view router, std::string text) {
    ++counters_->malformed;
    if (from.is_first(Adjacency::Complaint::impostor)) {
        tell(Kind::impostor, router, std::move(text), from.link);
    }
}

void Reports::duplicate_id(Adjacency& from, std::string_view router, std::string text) {
    if (from.is_first(Adjacency::Complaint::duplicate_id)) {
        tell(Kind::duplicate_id, router, std::move(text), from.link);
    }
}

bool Reports::is_plausible(Adjacency& from,
                           std::string_view router,
                           std::int64_t known,
                           std::int64_t claimed) {
    if (claimed >= 0 && claimed <= kSequencePlausible &&
        (known <= 0 || claimed - known <= kSequenceJumpMax)) {
        return true;
    }
    malformed(from, "the sequence number " + std::to_string(claimed) + " of router '" +
                        std::string(router) + "', known up to " + std::to_string(known));
    return false;
}

}  // namespace weft::linkstate
