#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// JSON text as a tree, read within limits.
///
/// Whoever keeps values in another form makes that of the tree; nobody else builds one from text.
/// Threading: not shared (values). Spec: RFC 8259
namespace weft::json {

/// A place in a text. Lines and columns count from 1, columns in bytes.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 0;  // 0: in front of the line

    bool operator==(const Position&) const = default;
};

struct Node;
struct Member;
using List = std::vector<Node>;
using Object = std::vector<Member>;  // in the order written; names are unique

struct Node {
    /// An integer is signed if it fits, and a fraction if neither type holds it.
    std::variant<std::monostate,
                 bool,
                 std::int64_t,
                 std::uint64_t,
                 double,
                 std::string,
                 List,
                 Object>
        value;
    /// Where a list or object starts. Of another value the last character that was looked at to
    /// know where it ends: of a number that may be the one behind it.
    Position at{};
};

struct Member {
    std::string name;
    Node node;
};

/// What a text may have; with more it is not read to its end.
struct Limits {
    std::size_t bytes = std::size_t{16} << 20;
    std::size_t values = 1'000'000;  // in all, lists and objects counted
    std::size_t nesting = 32;        // lists and objects within one another
    std::size_t members = 65'536;    // of one object
};

struct Options {
    Limits limits{};
    bool comments = false;  // "//" to the end of a line, "/*" to "*/"
};

/// What is wrong with a text.
struct TextFault {
    Position at;          // the last character that was looked at, spaces aside
    std::string pointer;  // the value it is in, as a JSON pointer
    std::string text;     // does not quote what was read, which may be a secret
};

/// Faults that are told; with more a text is not read to its end.
inline constexpr std::size_t kTextFaultsMax = 100;

struct Reading {
    std::optional<Node> root;       // none if it was not read to its end
    std::vector<TextFault> faults;  // in the order of the text
};

/// Reads one JSON value. Total: any bytes give a value, or at least one fault. A name given twice
/// in an object is a fault and does not end the reading: the first holds. What is not JSON, or past
/// a limit, ends it.
[[nodiscard]] Reading read(std::string_view text, const Options& options = {});

/// Appends "/token" to a JSON pointer, escaped. Spec: RFC 6901 §3
std::string join_pointer(std::string_view pointer, std::string_view token);

}  // namespace weft::json
