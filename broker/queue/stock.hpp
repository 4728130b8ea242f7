#pragma once

#include "broker/queue/actions.hpp"
#include "broker/queue/settings.hpp"

#include <cstdint>

namespace weft::queue {

/// How much a queue has, and whether that is too much. Whoever must wait until there is room is
/// told so by Room, once.
///
///     room ──add──▶ full, Room is owed ──leave, change──▶ room: Room
///
/// Threading: loop-confined (its queue's).
class Stock {
public:
    Stock(const Settings& settings, const Stored& stored)
        : messages_{stored.messages}, bytes_{stored.bytes} {
        set(settings);
        room_owed_ = is_full();
    }

    void add(std::uint64_t size);
    void leave(std::uint64_t size, Actions& out);
    /// Its limits are others.
    void change(const Settings& settings, Actions& out);

    /// Producers may have no credit.
    bool is_full() const;
    /// The oldest must go.
    bool has_too_many() const;
    std::uint64_t messages() const { return messages_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    void set(const Settings& settings);
    void tell_room(Actions& out);

    std::uint64_t messages_;
    std::uint64_t bytes_;
    std::uint64_t messages_max_ = 0;
    std::uint64_t bytes_max_ = 0;
    bool drops_ = false;
    bool room_owed_ = false;
};

}  // namespace weft::queue
