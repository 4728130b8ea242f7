#include "common/mgmt/condition.hpp"

#include "common/base/conditions.hpp"

namespace weft::mgmt {

Result<Condition> Condition::of(const std::string& text) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || text.starts_with("!=")) {
        return fail(kInvalidField, "takes NAME=TEXT or NAME!=TEXT, not '" + text + "'");
    }
    const bool wanted = text[sign - 1] != '!';
    Condition condition{.name = text.substr(0, wanted ? sign : sign - 1),
                        .text = text.substr(sign + 1),
                        .wanted = wanted};
    condition.begins = condition.text.ends_with('*');
    if (condition.begins) {
        condition.text.pop_back();
    }
    return condition;
}

}  // namespace weft::mgmt
