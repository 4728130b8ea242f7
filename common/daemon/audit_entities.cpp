#include "common/daemon/audit_entities.hpp"

#include "common/daemon/rows.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace weft::daemon {
namespace {

wire::Value known(std::string_view text) {
    return text.empty() ? wire::Value{} : wire::Value{std::string{text}};
}

mgmt::Row audit_row(const Audit::KeptPtr& kept) {
    const AuditEvent& event = kept->event;
    const auto at = std::chrono::duration_cast<std::chrono::seconds>(kept->at.time_since_epoch());
    return {.identity = std::to_string(kept->number),
            .name = {},
            .attributes = {{"at", std::int64_t{at.count()}},
                           {"action", event.action},
                           {"subject", known(event.subject)},
                           {"user", known(event.user)},
                           {"host", known(event.host)},
                           {"connection", known(event.connection)},
                           {"via", known(event.via)},
                           {"arguments", event.arguments},
                           {"before", event.before},
                           {"after", event.after},
                           {"outcome", event.done ? "done" : "refused"},
                           {"reason", known(event.reason)}}};
}

std::string in_small_letters(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace

std::size_t AuditSource::size() const {
    return audit().size();
}

void AuditSource::read(std::size_t offset, std::size_t count, const Visit& visit) const {
    show_page(audit().all(), offset, count, visit, audit_row);
}

AuditEvent event_of(const mgmt::Change& change) {
    const std::string slash = change.type.empty() || change.entity.empty() ? "" : "/";
    return {.kind = AuditEvent::Kind::change,
            .action = in_small_letters(change.operation),
            .subject = change.type + slash + change.entity,
            .user = change.who.user,
            .host = change.who.host,
            .connection = change.who.connection,
            .via = change.who.via,
            .arguments = change.arguments,
            .before = change.before,
            .after = change.after,
            .done = mgmt::succeeded(change.status),
            .reason = change.text};
}

}  // namespace weft::daemon
