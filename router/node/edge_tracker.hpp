#pragma once

#include "common/amqp/link.hpp"
#include "common/base/bytes.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace weft::node {

/// What one edge router is to hear of the addresses that it sends to: of each the latest word, once
/// the link for that has credit and room.
/// Threading: loop-confined.
class EdgeTracker {
public:
    /// Addresses of which a word waits; more is a peer that reads none of them.
    static constexpr std::size_t kDueMax = std::size_t{1} << 18;
    /// Bytes of them: its links may be gone by then, and no longer have their texts on account.
    static constexpr std::size_t kDueBytesMax = std::size_t{16} << 20U;

    /// The link that carries them; null: there is none now.
    void set_link(amqp::Link* link);
    const amqp::Link* link() const { return link_; }
    /// Others receive from the address of `key`, or none does any more. False: too much waits.
    [[nodiscard]] bool tell(const std::string& key, bool others);
    /// It sends there no more.
    void forget(const std::string& key);
    /// There may be credit, or room.
    void send();

private:
    amqp::Link* link_ = nullptr;
    std::map<std::string, bool> due_;
    std::size_t due_bytes_ = 0;
    Buffer word_;           // under way
    std::size_t sent_ = 0;  // bytes of it
};

}  // namespace weft::node
