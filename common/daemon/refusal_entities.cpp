#include "common/daemon/refusal_entities.hpp"

#include "common/daemon/rows.hpp"
#include "common/io/refusals.hpp"

#include <chrono>
#include <string>

namespace weft::daemon {
namespace {

wire::Value known(std::string_view text) {
    return text.empty() ? wire::Value{} : wire::Value{std::string{text}};
}

mgmt::Row refusal_row(const io::Refusals::Kept& kept) {
    const io::Refusal& refusal = kept.refusal;
    const auto at = std::chrono::duration_cast<std::chrono::seconds>(kept.last.time_since_epoch());
    return {.identity = std::to_string(kept.number),
            .name = {},
            .attributes = {{"what", std::string{refusal.what}},
                           {"lastAt", std::int64_t{at.count()}},
                           {"times", kept.times},
                           {"host", known(refusal.peer)},
                           {"user", known(refusal.user)},
                           {"client", known(refusal.client)},
                           {"subject", known(refusal.subject)},
                           {"reason", refusal.why},
                           {"remedy", known(refusal.remedy)}}};
}

}  // namespace

std::size_t RefusalSource::size() const {
    return io::refusals().size();
}

void RefusalSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(io::refusals().all(), offset, count, visit, refusal_row);
}

}  // namespace weft::daemon
