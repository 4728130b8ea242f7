#pragma once

#include <string>
#include <vector>

namespace weft::tools {

/// What a command line takes, in words: help, man pages and completion are written from it.
/// Threading: not shared (a value).
struct Flag {
    std::string letter;     // "b"; empty: it has none
    std::string name;       // "bus"
    std::string parameter;  // "URL"; empty: it takes none
    std::string meaning;    // one line
};

struct FlagGroup {
    std::string title;
    std::vector<Flag> flags;
};

struct Description {
    std::string name;      // "weft stat"
    std::string summary;   // one line
    std::string synopsis;  // lines, each a whole one
    std::string text;      // lines; those that begin with two spaces are set as they are
    std::vector<FlagGroup> groups;
    std::vector<std::string> examples;  // each a line
};

}  // namespace weft::tools
