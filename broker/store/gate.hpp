#pragma once

#include "common/base/result.hpp"

#include <optional>
#include <string>

namespace weft::store {

/// The gate of a store's folder: whoever writes is inside; who takes the store from another shuts
/// it, which can be done only while nobody is. The system's lock on the file `gate`, which goes
/// with the process.
///
/// Threading: one thread at a time; each thread has a gate of its own.
class Gate {
public:
    /// Inside, or with the gate shut, as long as it lives. Its gate must outlive it.
    class Pass {
    public:
        explicit Pass(int file) : file_{file} {}
        Pass(Pass&& other) noexcept;
        Pass& operator=(Pass&&) = delete;
        ~Pass();

    private:
        int file_;  // -1: moved from
    };

    Gate() = default;
    /// The folder is there.
    [[nodiscard]] static Result<Gate> open(const std::string& folder);
    Gate(Gate&& other) noexcept;
    Gate& operator=(Gate&& other) noexcept;
    ~Gate();

    /// Waits while it is shut. One pass at a time.
    [[nodiscard]] Result<Pass> enter();
    /// Nullopt: somebody is inside.
    [[nodiscard]] Result<std::optional<Pass>> shut();

private:
    explicit Gate(int file) : file_{file} {}

    int file_ = -1;
};

}  // namespace weft::store
