#include "common/daemon/process_metrics.hpp"

#include "common/daemon/rows.hpp"
#include "common/io/process.hpp"

namespace weft::daemon {
namespace {

std::vector<ProcessMetrics::OfLog> records() {
    std::vector<ProcessMetrics::OfLog> all;
    for (const io::NamedModule& module : io::log().modules()) {
        for (std::size_t level = 0; level < io::kLevels; ++level) {
            const auto each = static_cast<io::Level>(level);
            const std::uint64_t count = io::log().count(module.module, each);
            if (count > 0) {
                all.push_back({module.name, each, count});
            }
        }
    }
    return all;
}

std::vector<ProcessMetrics::OfModule> lines() {
    std::vector<ProcessMetrics::OfModule> all;
    for (const io::NamedModule& module : io::log().modules()) {
        all.push_back({module.name, io::log().dropped(module.module)});
    }
    return all;
}

/// A family with a sample for each listener.
void write_listeners(const ProcessMetrics& metrics,
                     std::string_view name,
                     std::string_view help,
                     std::uint64_t ProcessMetrics::OfListener::*number,
                     MetricsWriter& out) {
    out.family(name, "counter", help);
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        out.sample(name, {{"listener", each.name}}, each.*number);
    }
}

void write_tls(const ProcessMetrics& metrics, MetricsWriter& out) {
    constexpr std::string_view kName = "weft_tls_handshakes_total";
    out.family(kName, "counter",
               "TLS handshakes of listeners, by how they ended: agreed, or why not.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        for (std::size_t i = 0; each.tls && i < io::kTlsEnds; ++i) {
            const auto end = static_cast<io::TlsEnd>(i);
            out.sample(kName, {{"listener", each.name}, {"end", name_of(end)}}, (*each.tls)[i]);
        }
    }
    constexpr std::string_view kUntil = "weft_certificate_not_after_seconds";
    out.family(kUntil, "gauge",
               "Until when a listener's certificate holds, in seconds since 1970.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        if (each.certificate_until > 0) {
            out.sample(kUntil, {{"listener", each.name}},
                       static_cast<std::uint64_t>(each.certificate_until));
        }
    }
}

void write_proxied(const ProcessMetrics& metrics, MetricsWriter& out) {
    constexpr std::string_view kName = "weft_proxied_connections_total";
    out.family(kName, "counter",
               "Connections of listeners with proxyAddresses, by how they came in: passed, or why "
               "not.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        for (std::size_t i = 0; each.proxied && i < io::kProxyEnds; ++i) {
            const auto end = static_cast<io::ProxyEnd>(i);
            out.sample(kName, {{"listener", each.name}, {"end", name_of(end)}}, (*each.proxied)[i]);
        }
    }
}

void write_revocations(const ProcessMetrics& metrics, MetricsWriter& out) {
    constexpr std::string_view kExpelled = "weft_tls_revoked_connections_total";
    out.family(kExpelled, "counter",
               "Connections that were closed because the peer's certificate was revoked.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        if (each.tls) {
            out.sample(kExpelled, {{"listener", each.name}}, each.expelled);
        }
    }
    constexpr std::string_view kRevoked = "weft_crl_certificates";
    out.family(kRevoked, "gauge", "Certificates that a listener's lists say are revoked.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        if (each.has_revocations) {
            out.sample(kRevoked, {{"listener", each.name}}, each.revoked);
        }
    }
    constexpr std::string_view kDue = "weft_crl_next_update_seconds";
    out.family(kDue, "gauge",
               "When the first of a listener's lists of revoked certificates is out of date, in "
               "seconds since 1970.");
    for (const ProcessMetrics::OfListener& each : metrics.listeners) {
        if (each.revocations_due > 0) {
            out.sample(kDue, {{"listener", each.name}},
                       static_cast<std::uint64_t>(each.revocations_due));
        }
    }
}

void write_logins(const ProcessMetrics& metrics, MetricsWriter& out) {
    out.gauge("weft_users", "Users who may come in by a password.", metrics.users);
    constexpr std::string_view kIn = "weft_logins_total";
    out.family(kIn, "counter", "Peers that came in by SASL, by mechanism.");
    for (std::size_t i = 0; i < security::kMechanisms.size(); ++i) {
        out.sample(kIn, {{"mechanism", security::kMechanisms[i]}}, metrics.logins.in(i));
    }
    constexpr std::string_view kFailures = "weft_auth_failures_total";
    out.family(
        kFailures, "counter",
        "Peers that did not come in, by mechanism and by what was wrong with what they said.");
    for (std::size_t i = 0; i < security::kMechanisms.size(); ++i) {
        for (std::size_t fault = 0; fault < security::kLoginFaults; ++fault) {
            const auto name = name_of(static_cast<security::LoginFault>(fault));
            out.sample(kFailures, {{"mechanism", security::kMechanisms[i]}, {"reason", name}},
                       metrics.logins.faults(i)[fault]);
        }
    }
}

void write_audit(const Audit::Counters& counters, MetricsWriter& out) {
    constexpr std::string_view kEvents = "weft_audit_events_total";
    out.family(kEvents, "counter", "Logins and changes, by what became of them.");
    for (const auto& [kind, at] : {std::pair{"login", 0U}, std::pair{"change", 1U}}) {
        out.sample(kEvents, {{"kind", kind}, {"outcome", "done"}}, counters.done[at]);
        out.sample(kEvents, {{"kind", kind}, {"outcome", "refused"}}, counters.refused[at]);
    }
    out.counter("weft_audit_lines_dropped_total",
                "Lines of the audit that were left out of its files.", counters.dropped);
    out.counter("weft_audit_write_failures_total",
                "Times that a file of the audit could not be written.", counters.failures);
}

}  // namespace

ProcessMetrics take_process_metrics(const Listeners& listeners,
                                    const Web& web,
                                    const Gate& gate,
                                    Duration uptime) {
    ProcessMetrics metrics{.resident_bytes = io::process_memory().resident_bytes,
                           .uptime_seconds = static_cast<std::uint64_t>(whole_seconds(uptime)),
                           .listeners = {},
                           .log = records(),
                           .log_lines = lines(),
                           .log_failures = io::log().failures(),
                           .http_connections = web.ledger().connections(),
                           .http_bytes = web.ledger().bytes(),
                           .http_gave_way = web.ledger().counters(),
                           .logins = gate.tally(),
                           .users = gate.users(),
                           .audit = audit().counters()};
    for (const auto& open : listeners.all()) {
        metrics.listeners.push_back({.name = open->config.connection.name,
                                     .accepted = open->listener->accepted(),
                                     .starved = open->listener->starved(),
                                     .refused_origins = web.refused_origins(*open)});
        if (const auto& tally = open->security.tally()) {
            metrics.listeners.back().tls = tally->all();
            metrics.listeners.back().expelled = tally->expelled();
        }
        if (const auto& profile = open->config.connection.ssl_profile) {
            metrics.listeners.back().certificate_until = profile->validity.until;
            if (profile->revoked) {
                metrics.listeners.back().has_revocations = true;
                metrics.listeners.back().revoked = profile->revoked->size();
                metrics.listeners.back().revocations_due = profile->revoked->due();
            }
        }
        if (open->proxy_door) {
            metrics.listeners.back().proxied = open->proxy_door->ends();
        }
    }
    return metrics;
}

void write_process_metrics(const ProcessMetrics& metrics, MetricsWriter& out) {
    using OfListener = ProcessMetrics::OfListener;
    out.gauge("weft_process_resident_memory_bytes", "Memory of the process.",
              metrics.resident_bytes);
    out.gauge("weft_uptime_seconds", "Seconds since the daemon started.", metrics.uptime_seconds);
    write_listeners(metrics, "weft_accepted_connections_total", "Connections that came in.",
                    &OfListener::accepted, out);
    write_listeners(metrics, "weft_accept_starved_total",
                    "Times that a listener stopped for want of file descriptors or memory.",
                    &OfListener::starved, out);
    write_listeners(metrics, "weft_refused_origins_total",
                    "Requests of browsers that were refused because of their page's origin.",
                    &OfListener::refused_origins, out);
    write_tls(metrics, out);
    write_revocations(metrics, out);
    write_proxied(metrics, out);
    write_logins(metrics, out);
    write_audit(metrics.audit, out);
    out.gauge("weft_http_connections", "Connections with HTTP; WebSockets are none.",
              metrics.http_connections);
    out.gauge("weft_http_held_bytes", "What they hold: requests, and answers that were not read.",
              metrics.http_bytes);
    out.family("weft_http_gave_way_total", "counter",
               "Connections with HTTP that were dropped to make room for others.");
    out.sample("weft_http_gave_way_total", {{"reason", "connections"}},
               metrics.http_gave_way.for_places);
    out.sample("weft_http_gave_way_total", {{"reason", "bytes"}}, metrics.http_gave_way.for_bytes);
    out.family("weft_log_records_total", "counter", "Log records, by module and level.");
    for (const ProcessMetrics::OfLog& each : metrics.log) {
        out.sample("weft_log_records_total",
                   {{"module", each.module}, {"level", name_of(each.level)}}, each.records);
    }
    out.family("weft_log_lines_dropped_total", "counter",
               "Log lines that were left out, by module: an output is too slow, or fails.");
    for (const ProcessMetrics::OfModule& each : metrics.log_lines) {
        out.sample("weft_log_lines_dropped_total", {{"module", each.module}}, each.dropped);
    }
    out.counter("weft_log_write_failures_total",
                "Times that a log output could not be written, because of an error.",
                metrics.log_failures);
}

}  // namespace weft::daemon
