#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace weft::config::test {

/// Faults as they are printed.
using Lines = std::vector<std::string>;

}  // namespace weft::config::test

namespace doctest {
template <>
struct StringMaker<std::vector<std::string>> {
    static String convert(const std::vector<std::string>& lines) {
        std::string all;
        for (const std::string& line : lines) {
            all += "\n  " + line;
        }
        return all.c_str();
    }
};
}  // namespace doctest
