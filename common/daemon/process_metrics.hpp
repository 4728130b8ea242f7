#pragma once

#include "common/base/time.hpp"
#include "common/daemon/audit.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/metrics_writer.hpp"
#include "common/daemon/web.hpp"
#include "common/io/log.hpp"
#include "common/io/proxy_door.hpp"
#include "common/io/tls_tally.hpp"
#include "common/security/login_tally.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::daemon {

/// The numbers of a process that every daemon has, at one moment.
/// Threading: not shared (a value).
struct ProcessMetrics {
    struct OfListener {
        std::string name;
        std::uint64_t accepted = 0;
        std::uint64_t starved = 0;
        std::uint64_t refused_origins = 0;
        std::optional<std::array<std::uint64_t, io::kTlsEnds>> tls{};  // handshakes, if it has TLS
        std::int64_t certificate_until = 0;  // seconds since 1970; 0: it has none
        std::uint64_t expelled = 0;          // connections, whose certificates were revoked
        bool has_revocations = false;
        std::size_t revoked = 0;           // certificates
        std::int64_t revocations_due = 0;  // seconds since 1970; 0: never
        std::optional<std::array<std::uint64_t, io::kProxyEnds>> proxied{};  // if it has proxies
    };
    struct OfLog {
        std::string_view module;  // a literal
        io::Level level = io::Level::info;
        std::uint64_t records = 0;
    };
    struct OfModule {
        std::string_view module;  // a literal
        std::uint64_t dropped = 0;
    };

    std::uint64_t resident_bytes = 0;
    std::uint64_t uptime_seconds = 0;
    std::vector<OfListener> listeners;
    std::vector<OfLog> log;           // of levels that logged something
    std::vector<OfModule> log_lines;  // of all modules
    std::uint64_t log_failures = 0;
    std::size_t http_connections = 0;
    std::size_t http_bytes = 0;  // that those hold
    io::Ledger::Counters http_gave_way{};
    security::LoginTally logins{};
    std::size_t users = 0;  // who may come in by a password
    Audit::Counters audit{};
};

/// On loop 0.
ProcessMetrics take_process_metrics(const Listeners& listeners,
                                    const Web& web,
                                    const Gate& gate,
                                    Duration uptime);

void write_process_metrics(const ProcessMetrics& metrics, MetricsWriter& out);

}  // namespace weft::daemon
