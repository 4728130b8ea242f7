#include "mqtt-gateway/session/aliases.hpp"

#include "common/base/assert.hpp"

namespace weft::session {

void AliasesIn::set(std::uint32_t alias, std::string_view topic) {
    WEFT_CHECK(is_valid(alias) && topic.size() <= kAliasedTopicBytesMax);
    topics_.insert_or_assign(alias, std::string{topic});
}

std::string_view AliasesIn::find(std::uint32_t alias) const {
    const auto found = topics_.find(alias);
    return found == topics_.end() ? std::string_view{} : found->second;
}

AliasesOut::Use AliasesOut::use(std::string_view topic) const {
    if (max_ == 0 || topic.size() > kAliasedTopicBytesMax) {
        return {};
    }
    if (const auto found = topics_.find(topic); found != topics_.end()) {
        return {.alias = found->second, .known = true};
    }
    const std::size_t next = topics_.size() + 1;
    return {.alias = next <= max_ ? static_cast<std::uint16_t>(next) : std::uint16_t{0}};
}

void AliasesOut::set(std::string_view topic) {
    WEFT_CHECK(topics_.size() < max_);
    topics_.emplace(topic, static_cast<std::uint16_t>(topics_.size() + 1));
}

}  // namespace weft::session
