#pragma once

#include "common/tls/revocations.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace weft::io {

/// The revocations of a profile, which one loop replaces and all look at. Threading: any thread.
class RevocationList final : public tls::CurrentRevocations {
public:
    explicit RevocationList(std::shared_ptr<const tls::Revocations> first)
        : current_{std::move(first)} {}

    std::shared_ptr<const tls::Revocations> current() const override {
        const std::lock_guard lock{mutex_};
        return current_;
    }
    std::uint32_t generation() const override {
        return generation_.load(std::memory_order_acquire);
    }
    void replace(std::shared_ptr<const tls::Revocations> next) {
        {
            const std::lock_guard lock{mutex_};
            current_ = std::move(next);
        }
        generation_.fetch_add(1, std::memory_order_release);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const tls::Revocations> current_;
    std::atomic<std::uint32_t> generation_{1};
};

}  // namespace weft::io
