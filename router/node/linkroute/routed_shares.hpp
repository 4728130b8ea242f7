#pragma once

#include "common/base/census.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace weft::node {

/// What of one connection is taken for those who ask for links over it: a share for each of them,
/// which is what all others leave free. A router, behind which are many, counts for so many.
/// Threading: loop-confined.
class RoutedShares {
public:
    /// Bytes of names and addresses.
    static constexpr std::size_t kTextsMax = std::size_t{64} * 1024 * 1024;
    static constexpr std::size_t kBehindRouter = 8;

    struct Asker {
        std::uint64_t connection = 0;
        bool is_router = false;
    };

    /// Whether a session, of `max`, may be begun for `asker`.
    bool has_session(const Asker& asker, std::size_t max) const {
        return may_take(part(use_of(asker).sessions, asker), all_.sessions, max);
    }
    bool has_texts(const Asker& asker) const {
        return may_take(part(use_of(asker).texts, asker), all_.texts, kTextsMax);
    }
    void add_session(std::uint64_t connection) {
        ++uses_[connection].sessions;
        ++all_.sessions;
    }
    void add_texts(std::uint64_t connection, std::size_t bytes) {
        uses_[connection].texts += bytes;
        all_.texts += bytes;
    }
    void remove_session(std::uint64_t connection) { remove(connection, {.sessions = 1}); }
    void remove_texts(std::uint64_t connection, std::size_t bytes) {
        remove(connection, {.texts = bytes});
    }

private:
    struct Use {
        std::size_t sessions = 0;
        std::size_t texts = 0;
    };

    static std::size_t part(std::size_t own, const Asker& asker) {
        return asker.is_router ? own / kBehindRouter : own;
    }
    Use use_of(const Asker& asker) const {
        const auto at = uses_.find(asker.connection);
        return at == uses_.end() ? Use{} : at->second;
    }
    void remove(std::uint64_t connection, const Use& less) {
        const auto at = uses_.find(connection);
        at->second.sessions -= less.sessions;
        at->second.texts -= less.texts;
        all_.sessions -= less.sessions;
        all_.texts -= less.texts;
        if (at->second.sessions == 0 && at->second.texts == 0) {
            uses_.erase(at);
        }
    }

    Use all_;
    std::unordered_map<std::uint64_t, Use> uses_;
};

}  // namespace weft::node
