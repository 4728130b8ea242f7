#pragma once

#include "broker/selector/program.hpp"

#include <string>

namespace weft::selector {

/// The selector that a program is, in one form for all that mean the same by their grammar: parsed
/// and printed again it is the same text. Threading: any thread.
std::string print(const Program& program);

}  // namespace weft::selector
