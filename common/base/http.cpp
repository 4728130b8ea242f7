#include "common/base/http.hpp"

#include "common/base/text.hpp"

#include <algorithm>

namespace weft {

std::string_view HttpRequest::header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [name](const auto& each) { return same_but_case(each.first, name); });
    return found == headers.end() ? std::string_view{} : found->second;
}

std::string_view HttpRequest::path() const {
    return std::string_view{target}.substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const {
    const std::size_t mark = std::min(target.find('?'), target.size());
    return std::string_view{target}.substr(std::min(mark + 1, target.size()));
}

}  // namespace weft
