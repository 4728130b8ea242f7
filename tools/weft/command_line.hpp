#pragma once

#include "tools/weft/description.hpp"

#include <boost/program_options.hpp>

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::tools {

/// One subcommand's flags: declares, parses and explains them.
///
/// Long names are never abbreviated, so that a flag added later breaks no script.
/// Threading: not shared.
class CommandLine {
public:
    /// `synopsis` follows "usage: weft "; `text` says what the command does; `examples` are whole
    /// lines.
    CommandLine(std::string synopsis, std::string text, std::vector<std::string> examples);

    /// A titled group of flags, to which the caller adds. Valid until the next call of `group`.
    boost::program_options::options_description& group(const std::string& title);

    /// All arguments that are not flags go to `words()`.
    /// False: --help was given and printed. Throws Failure on what is not understood.
    bool parse(std::span<const std::string> arguments);

    void print_help(std::ostream& out) const;
    /// `summary` is not known here.
    Description describe() const;

    const std::vector<std::string>& words() const { return words_; }
    /// Flags and their values as they were written, for flags whose order has a meaning.
    const std::vector<std::pair<std::string, std::string>>& given() const { return given_; }
    bool has(const std::string& flag) const { return values_.count(flag) != 0; }
    const boost::program_options::variables_map& values() const { return values_; }

    template <class T>
    const T& get(const std::string& flag) const {
        return values_[flag].as<T>();
    }

private:
    std::string synopsis_;
    std::string text_;
    std::vector<std::string> examples_;
    std::vector<boost::program_options::options_description> groups_;
    std::vector<std::string> titles_;
    boost::program_options::variables_map values_;
    std::vector<std::string> words_;
    std::vector<std::pair<std::string, std::string>> given_;
};

}  // namespace weft::tools
