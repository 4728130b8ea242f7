#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace weft::queue {

/// Messages that pickers want and passed over, for their groups are others': of each such group the
/// oldest that each picker passed over. When a group is free those go back that wanted something of
/// it, to that message, and nobody else.
///
/// Threading: loop-confined (its queue's).
class PassedOver {
public:
    /// The oldest by picker.
    using Places = std::map<ConsumerId, MessageId>;
    /// Who goes back, and to which message.
    struct Freed {
        Places pickers{};
        MessageId others = 0;  // all others go back to that; 0: they don't
    };

    /// Of so many groups and pickers it is known which picker it was.
    explicit PassedOver(std::size_t max) : max_{max} {}

    void note(std::string_view group, ConsumerId picker, MessageId message);
    Freed free(std::string_view group);
    /// All groups are free: of each picker the oldest of all.
    Freed free_all();
    std::size_t size() const { return known_; }

private:
    std::size_t max_;
    std::size_t known_ = 0;  // pickers, all groups together
    std::map<std::string, Freed, std::less<>> groups_;
};

}  // namespace weft::queue
