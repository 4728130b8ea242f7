#pragma once

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

#include <optional>
#include <string_view>

namespace weft::router {

/// What is judged of a message that a peer brings. Views into it.
struct MessageFacts {
    /// Its own address, if it came over a link that has none; may be empty.
    std::optional<std::string_view> to{};
    Bytes user_id{};  // if Admission::judges_user_ids; empty: it has none
};

/// Which messages of one connection are let through. Its attaches are judged before they come to
/// the core. Threading: loop-confined.
class Admission {
public:
    virtual ~Admission() = default;

    /// With what the message is rejected; nothing: it is let through.
    virtual std::optional<Error> refuses(const MessageFacts& message) = 0;
    /// Whether the user's ids of messages are to be read.
    virtual bool judges_user_ids() const = 0;
};

}  // namespace weft::router
