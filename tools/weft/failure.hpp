#pragma once

#include <stdexcept>

namespace weft::tools {

/// What ends a command: one line for a person, with the remedy where there is one.
///
/// `main` catches it, prints the line on standard error and exits 1.
/// Threading: not shared (a value).
class Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace weft::tools
