#pragma once

#include "common/amqp/session.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace weft::amqp {

/// Sessions that are over, with their links: freed in slices, for they may be very many. They may
/// outlive their engine. Threading: not shared.
class Remains {
public:
    /// All sessions of an engine that is about to be destroyed, and not called any more.
    static Remains of(Engine& engine);

    bool empty() const { return sessions_.empty(); }
    void add(std::unique_ptr<Session> session) { sessions_.push_back(std::move(session)); }

    /// Frees at most `left` links and sessions, and counts down; `visit` sees each link before.
    template <class Visit>
    void free(std::size_t& left, Visit visit) {
        for (; left > 0 && !empty(); --left) {
            if (const auto link = sessions_.front()->links_.take_last()) {
                visit(*link);
            } else {
                sessions_.pop_front();
            }
        }
    }

private:
    std::deque<std::unique_ptr<Session>> sessions_;
};

}  // namespace weft::amqp
