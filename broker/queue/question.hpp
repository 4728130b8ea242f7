#pragma once

#include "broker/queue/message.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace weft::queue {

/// What the store was asked, one thing at a time, and what has changed since.
///
///     none ──ask──▶ asked ──answer──▶ none
///                     │ spoil_if             ▲
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
        /// What came back since, so that the store may not have known how often it failed.
        std::map<MessageId, std::uint32_t> failures{};

        /// What the store said of those, as it is now.
        void correct(std::vector<Record>& records) const {
            for (Record& record : records) {
                if (const auto back = failures.find(record.id); back != failures.end()) {
                    record.failures = back->second;
                }
            }
        }
    };

    bool is_open() const { return kind_ != Kind::none; }
    Kind kind() const { return kind_; }
    /// What was asked last, answered or not.
    Kind last() const { return last_; }
    void ask(Kind kind) { kind_ = last_ = kind; }
    /// What is told is out of date, if it is of that kind.
    void spoil_if(Kind kind) { spoilt_ = spoilt_ || (is_open() && kind_ == kind); }
    void note_left(MessageId id) {
        if (is_open()) {
            left_.insert(id);
        }
    }
    void note_back(MessageId id, std::uint32_t failures) {
        if (is_open()) {
            failures_[id] = failures;
        }
    }
    bool has_left(MessageId id) const { return left_.contains(id); }
    Answered answer() {
        return {.kind = std::exchange(kind_, Kind::none),
                .valid = !std::exchange(spoilt_, false),
                .left = std::exchange(left_, {}),
                .failures = std::exchange(failures_, {})};
    }

private:
    Kind kind_ = Kind::none;
    Kind last_ = Kind::none;
    bool spoilt_ = false;
    std::set<MessageId> left_;
    std::map<MessageId, std::uint32_t> failures_;
};

}  // namespace weft::queue
