#pragma once

#include "common/base/result.hpp"

#include <string_view>

namespace weft::router {

/// How one connection names addresses, if it does so in a way of its own: the core knows whole
/// addresses alone. Its attaches are put right before they come to the core, and the answers to
/// them behind it. Threading: loop-confined.
class Naming {
public:
    virtual ~Naming() = default;

    /// The whole address that the peer means by `text`, which stands in a message; valid until the
    /// next call. Errors: the condition with which the message is rejected.
    [[nodiscard]] virtual Result<std::string_view> whole(std::string_view text) = 0;
    /// What the peer calls the mobile address `name`. A view into that.
    [[nodiscard]] virtual std::string_view own(std::string_view name) const = 0;
};

}  // namespace weft::router
