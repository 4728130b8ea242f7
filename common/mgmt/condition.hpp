#pragma once

#include "common/base/result.hpp"

#include <string>
#include <string_view>

namespace weft::mgmt {

/// What an attribute must say for its row to be shown: NAME=TEXT, NAME!=TEXT; TEXT*: begins so.
/// Threading: not shared (a value).
struct Condition {
    std::string name;
    std::string text;
    bool wanted = true;   // '=', or '!='
    bool begins = false;  // it need only begin so

    /// Errors: kInvalidField, whose text goes on behind the name of the option that had it.
    static Result<Condition> of(const std::string& text);
    /// `shown`: what the attribute says, as people read it.
    bool holds(std::string_view shown) const {
        return (begins ? shown.starts_with(text) : shown == text) == wanted;
    }
};

}  // namespace weft::mgmt
