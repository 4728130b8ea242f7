#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace weft::broker {

/// The names of dead letter queues, as the entries of other queues give them: who has one of them
/// is not idle, for what it is to be stands in no entry that a dead message brings.
/// Threading: loop-confined.
class Graves {
public:
    void add(std::string_view name) { ++named_[std::string{name}]; }
    /// True: nobody names it any more.
    bool remove(std::string_view name) {
        const auto known = named_.find(name);
        if (--known->second > 0) {
            return false;
        }
        named_.erase(known);
        return true;
    }
    bool has(std::string_view name) const { return named_.contains(name); }

private:
    std::map<std::string, std::size_t, std::less<>> named_;  // by how many queues
};

}  // namespace weft::broker
