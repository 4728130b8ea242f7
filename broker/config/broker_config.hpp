#pragma once

#include "common/base/time.hpp"
#include "common/config/cli.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/load.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace weft::broker_config {

/// What a broker is told to be. Threading: not shared (a value).
struct BrokerConfig {
    std::string id;
    bool auto_create = false;
    Duration idle_max{};  // zero: for ever
    Duration transaction_timeout{};
    std::string store_path;
    std::uint64_t store_bytes_max = 0;  // 0: as the disk allows
    std::uint64_t store_free_min = 0;
    std::uint64_t store_reserve = 0;
    bool standby = false;  // it waits for the store
    Duration lease{};      // 0: the system's lock alone says who has the store
    daemon::CommonConfig common;
};

/// The keys of weft-broker; `modules` are those that its log has.
const config::KeyTable& broker_table();

/// Reads and checks a configuration; nullopt if it has an error.
[[nodiscard]] std::optional<BrokerConfig> load_broker_config(const config::CommandLine& command,
                                                             config::Faults& faults);

}  // namespace weft::broker_config
