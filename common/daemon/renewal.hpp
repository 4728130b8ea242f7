#pragma once

#include "common/config/file_reader.hpp"
#include "common/daemon/connectors.hpp"
#include "common/daemon/file_watch.hpp"
#include "common/daemon/gate.hpp"
#include "common/daemon/listeners.hpp"
#include "common/daemon/ssl_profile.hpp"
#include "common/io/errand.hpp"
#include "common/io/loop.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weft::daemon {

/// Keeps what a daemon reads from files for its security as these are: certificates, keys,
/// authorities, revocations, users. Reads them anew when they have changed and were left in peace
/// for a period, or when it is told to, on a thread of its own.
///
/// New ones are for connections to come; those that stand go on, but for those whose certificates
/// were revoked. What can't be read, or does not do, stays as it was, each part by itself, and the
/// log says why: a bad key does not keep a revocation out.
/// Threading: loop-confined (loop 0).
class Renewal {
public:
    static constexpr Duration kPeriod = std::chrono::seconds{2};

    /// What it renews, and `loop`, must outlive it.
    struct Of {
        SslProfiles& profiles;
        Listeners& listeners;
        Connectors& connectors;
        Gate& gate;
    };
    Renewal(io::Loop& loop, Of of, config::FileReader reader = config::read_large_file);

    /// Reads all, changed or not. It is done in a later turn.
    void renew();
    bool is_under_way() const { return errand_.is_running(); }

private:
    struct Job;

    void look(bool all);
    void finish(Job& job);
    void finish_users(Job& job);
    void warn_of_old_lists();

    io::Loop& loop_;
    Of of_;
    config::FileReader reader_;
    FileWatch watch_;
    bool again_ = false;                          // all, when the errand is done
    std::map<std::string, std::int64_t> warned_;  // of a profile's lists: when they were due
    io::Errand errand_;
    io::Timer timer_;
};

}  // namespace weft::daemon
