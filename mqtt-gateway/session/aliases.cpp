#include "mqtt-gateway/session/aliases.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace weft::session {

void AliasesIn::set(std::uint32_t alias, std::string_view topic) {
    WEFT_CHECK(is_valid(alias));
    if (topics_.size() < alias) {
        topics_.resize(alias);
    }
    topics_[alias - 1] = topic;
}

std::string_view AliasesIn::find(std::uint32_t alias) const {
    return alias == 0 || alias > topics_.size() ? std::string_view{} : topics_[alias - 1];
}

AliasesOut::Use AliasesOut::use(std::string_view topic) const {
    const auto found = std::ranges::find(topics_, topic);
    const auto alias = static_cast<std::uint16_t>(found - topics_.begin() + 1);
    if (found != topics_.end()) {
        return {.alias = alias, .known = true};
    }
    return {.alias = topics_.size() < max_ ? alias : std::uint16_t{0}, .known = false};
}

void AliasesOut::set(std::string_view topic) {
    WEFT_CHECK(topics_.size() < max_);
    topics_.emplace_back(topic);
}

}  // namespace weft::session
