#pragma once

#include "broker/store/space.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace weft::store {

/// A file that keeps a part of the disk free, until it is given back. It has no contents that
/// matter. Errors: of what the file system is asked, with the path. Threading: one thread at a
/// time.
class Reserve {
public:
    Reserve() = default;
    /// In that folder, as it was left there. `free`: bytes that the file system has for us; empty:
    /// it is asked.
    Reserve(std::string folder, const Space::Options& options, std::function<std::uint64_t()> free);

    /// Says of `use` what the disk has, after it was given back or kept as that asks for.
    [[nodiscard]] Result<DiskUse> look(DiskUse use);
    /// False: it kept nothing.
    bool give_back();

private:
    [[nodiscard]] Result<void> measure(DiskUse& use) const;
    void keep();

    std::string folder_;
    Space::Options options_;
    std::function<std::uint64_t()> free_;
    std::uint64_t size_ = 0;  // that it keeps
};

}  // namespace weft::store
