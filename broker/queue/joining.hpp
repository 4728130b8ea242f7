#pragma once

#include "broker/queue/message.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// Who wants messages, and how. Threading: not shared (values).
namespace weft::queue {

/// How a consumer wants its messages.
struct Joining {
    Choose choose{};       // it takes those alone that it wants: a picker
    bool browses = false;  // it gets copies, and takes nothing out
    /// It browses the messages of these keys alone, each once, in this order; empty: all messages.
    std::vector<std::string> keys{};
    bool alone = false;     // nobody else gets messages while it is there
    bool operates = false;  // a picker that groups, and who is alone, mean nothing to
    bool early = false;     // a picker that takes what is scheduled, too
    MessageId from = 1;     // a picker looks at none that is older
};

/// Who is there.
struct Attached {
    std::size_t consumers = 0;  // that take whatever comes
    std::size_t pickers = 0;
    std::size_t browsers = 0;

    std::size_t all() const { return consumers + pickers + browsers; }
};

}  // namespace weft::queue
