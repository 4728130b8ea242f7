#include "router/config/conf_comments.hpp"

#include "router/config/qdrouterd_text.hpp"

#include <algorithm>
#include <utility>

namespace weft::router_config {
namespace {

constexpr std::string_view kSpaces = " \t\r\f\v";

std::string_view bare(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kSpaces);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// Where the comment of a line begins; npos: it has none.
std::size_t comment_at(std::string_view line) {
    const std::string_view name = bare(line.substr(0, line.find(':')));
    const bool has_value = line.find(':') != std::string_view::npos;
    std::size_t from = 0;
    if (has_value && takes_hash(name)) {
        const std::size_t value = line.find_first_not_of(kSpaces, line.find(':') + 1);
        from = value == std::string_view::npos ? value : line.find_first_of(kSpaces, value);
    }
    bool in_text = false;
    for (std::size_t at = from; at < line.size(); ++at) {
        in_text = in_text != (line[at] == '"' && (at == 0 || line[at - 1] != '\\'));
        if (line[at] == '#' && !in_text) {
            return at;
        }
    }
    return std::string_view::npos;
}

/// Where sections begin and end, by their brackets.
class Depth {
public:
    /// True: a section begins in that line.
    bool take(std::string_view line) {
        const bool outside = open_ == 0;
        bool began = false;
        for (const char c : line) {
            began = began || (outside && c == '{');
            if (c == '{') {
                ++open_;
            } else if (c == '}' && open_ > 0) {
                --open_;
            }
        }
        return began;
    }
    bool is_inside() const { return open_ > 0; }

private:
    std::size_t open_ = 0;
};

}  // namespace

std::vector<ConfComment> comments_of_conf(std::string_view text) {
    std::vector<ConfComment> comments;
    std::size_t ahead = 0;  // from there on they stand in front of the next section
    std::uint32_t section = 0;
    Depth depth;
    for (std::uint32_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t at = comment_at(line);
        const bool inside = depth.is_inside();
        const bool began = depth.take(line.substr(0, at));
        section = began ? number : section;
        if (at != std::string_view::npos) {
            comments.push_back({.line = number,
                                .section = inside || began ? section : 0,
                                .text = std::string{bare(line.substr(at + 1))}});
        }
        for (; began && ahead < comments.size(); ++ahead) {
            comments[ahead].section = section;
        }
        if (inside) {
            ahead = comments.size();
        }
    }
    return comments;
}

}  // namespace weft::router_config
