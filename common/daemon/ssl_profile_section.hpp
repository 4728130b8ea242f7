#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/ssl_profile.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The section "sslProfiles", of every daemon.
namespace weft::daemon {

/// A certificate that holds no longer than this gets a warning at start.
inline constexpr int kExpiryWarningDays = 14;

config::Section ssl_profile_section();

/// "2026-11-30 20:15 UTC", of seconds since 1970.
std::string day_of(std::int64_t seconds);

/// What of its lists of revoked certificates is not as it should be at `now` (seconds since 1970):
/// "is out of date since …".
std::vector<std::string> doubts_of(const SslProfile& profile, std::int64_t now);

/// Reads the profiles of a document with their files, and reports what is wrong with them.
SslProfiles read_ssl_profiles(const config::Document& document,
                              const config::FileReader& reader,
                              config::Faults& faults);

}  // namespace weft::daemon
