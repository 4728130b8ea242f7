#pragma once

#include "broker/queue/message.hpp"

#include <cstdint>
#include <set>
#include <utility>

namespace weft::queue {

/// What the store was asked, one thing at a time, and what has changed since.
///
///     none ──ask──▶ asked ──answer──▶ none
///                     │ spoil                ▲
///                     └──▶ spoilt ──answer───┘  what it tells is out of date
///
/// Threading: loop-confined (its queue's).
class Question {
public:
    enum class Kind : std::uint8_t {
        none,
        load,    // what is behind the window
        expire,  // what has expired
        trim,    // what is oldest
        look,    // what a picker looks at
        ripen,   // what is due
        keys,    // which keys there are
    };
    struct Answered {
        Kind kind = Kind::none;
        bool valid = false;
        std::set<MessageId> left{};  // of what the store found: gone since
    };

    bool is_open() const { return kind_ != Kind::none; }
    Kind kind() const { return kind_; }
    void ask(Kind kind) { kind_ = kind; }
    void spoil() { spoilt_ = is_open(); }
    void note_left(MessageId id) {
        if (is_open()) {
            left_.insert(id);
        }
    }
    bool has_left(MessageId id) const { return left_.contains(id); }
    Answered answer() {
        return {.kind = std::exchange(kind_, Kind::none),
                .valid = !std::exchange(spoilt_, false),
                .left = std::exchange(left_, {})};
    }

private:
    Kind kind_ = Kind::none;
    bool spoilt_ = false;
    std::set<MessageId> left_;
};

}  // namespace weft::queue
