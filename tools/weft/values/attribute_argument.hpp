#pragma once

#include "tools/weft/values/json.hpp"

#include <string>
#include <string_view>

namespace weft::tools {

/// `NAME=VALUE` as given on a command line.
/// Threading: not shared (a value).
struct AttributeArgument {
    std::string name;
    Json value;        // of the guessed type
    std::string text;  // as written
};

/// Guesses the type of a value without a schema: a whole number written plainly (no sign but
/// '-', no leading zero, fits 64 bits) is a number, true and false in any case are booleans, all
/// else is a string.
Json guess_value(std::string_view text);

/// "name=value", or "name" alone, whose value is null. Throws Failure if the name is empty.
AttributeArgument parse_attribute(std::string_view argument);

}  // namespace weft::tools
