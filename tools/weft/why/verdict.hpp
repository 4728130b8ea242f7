#pragma once

#include "tools/weft/why/trace.hpp"

#include <string>
#include <vector>

namespace weft::tools {

/// What to tell the one who asked. Threading: not shared (a value).
struct Verdict {
    bool flows = false;
    std::string text{};    // one sentence
    std::string remedy{};  // what to do or look at next
};

/// Would a message sent now arrive, and if not, why? `hops` is its way; not empty.
Verdict judge_sender(const std::string& address, const std::vector<Hop>& hops);

/// Does anything arrive at `here`, and if not, why? `ways` are those of messages from each router
/// that has senders, `unheard` the routers that could not be asked for theirs.
Verdict judge_receiver(const std::string& address,
                       const Hop& here,
                       const std::vector<std::vector<Hop>>& ways,
                       const std::vector<std::string>& unheard);

}  // namespace weft::tools
