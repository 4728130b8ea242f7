#pragma once

#include "common/mgmt/agent.hpp"
#include "common/mgmt/source.hpp"

#include <vector>

/// The process's log, as management shows and changes it. Threading: loop-confined (loop 0).
namespace weft::daemon {

/// What each module logs, and where to.
class LogSource final : public mgmt::Source {
public:
    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    Result<mgmt::Row> update(const std::string& identity, mgmt::Attributes changes) override;
};

/// How much each module has logged.
class LogStatsSource final : public mgmt::Source {
public:
    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
};

/// The last `count` lines, oldest first.
std::vector<mgmt::LogLine> recent_lines(std::size_t count);

}  // namespace weft::daemon
