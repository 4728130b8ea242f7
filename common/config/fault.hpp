#pragma once

#include "common/config/node.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What is wrong with a configuration, collected instead of thrown.
namespace weft::config {

/// Faults kept; further ones are counted only.
inline constexpr std::size_t kFaultsMax = 100;
/// Bytes of a quotation, a pointer and the whole text in a fault.
inline constexpr std::size_t kQuotedMax = 64;
inline constexpr std::size_t kPointerMax = 256;
inline constexpr std::size_t kTextMax = 1024;

enum class Severity : std::uint8_t { warning, error };

/// One thing that is wrong, with what would be right.
struct Fault {
    Severity severity = Severity::error;
    std::string file;
    std::uint32_t line = 0;
    std::string pointer;  // JSON pointer within `file`; may be empty
    std::string text;

    /// "router.json:4: /listeners/0/port: must be …"; never more than one line.
    std::string to_line() const;
};

/// `text` in quotes, on one line, shortened to kQuotedMax bytes.
std::string quote(std::string_view text);

/// The faults of one configuration, and the names of the files they are in.
/// Threading: not shared (a value).
class Faults {
public:
    /// Names a source for later `Place`s; returns its index.
    std::uint32_t add_file(std::string name);
    const std::string& file_name(std::uint32_t file) const { return files_[file]; }

    void error(Place place, std::string_view pointer, std::string_view text);
    /// Worth saying, but no reason not to start.
    void warn(Place place, std::string_view pointer, std::string_view text);

    bool failed() const noexcept { return errors_ > 0; }
    const std::vector<Fault>& list() const noexcept { return list_; }
    /// One line a fault, in the order found; a last one counts what was left out.
    std::vector<std::string> lines() const;

private:
    void add(Severity severity, Place place, std::string_view pointer, std::string_view text);

    std::vector<std::string> files_;
    std::vector<Fault> list_;
    std::size_t errors_ = 0;
    std::size_t omitted_ = 0;
};

}  // namespace weft::config
