#include "common/wire/writer.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/mapping/address_space.hpp"
#include "mqtt-gateway/mapping/declared.hpp"
#include "mqtt-gateway/mapping/names.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::mqtt_mapping {
namespace {

using mqtt::Reason;

constexpr std::string_view kAnyLevel = "+";

}  // namespace

/// What was found for a filter so far.
struct AddressSpace::Found {
    std::string_view filter{};
    Levels levels{};
    bool shared = false;
    std::vector<Source> sources{};
    std::optional<Refusal> refusal{};  // of what can't be a source; the worst one

    void refuse(Reason reason, std::string_view what) {
        if (!refusal || reason == Reason::shared_subscriptions_not_supported) {
            refusal = Refusal{.reason = reason, .what = what};
        }
    }
    bool full() const { return sources.size() > kSourcesMax; }
};

tl::expected<std::vector<Source>, Refusal> AddressSpace::sources(std::string_view filter) const {
    const mqtt::TopicFilter parts = mqtt::split(filter);
    const auto refused = [](Reason reason, std::string_view what) {
        return tl::unexpected(Refusal{.reason = reason, .what = what});
    };
    if (filter.size() > kFilterBytesMax || count_levels(parts.filter) > kFilterLevelsMax) {
        return refused(Reason::topic_filter_invalid, "the filter is too long");
    }
    Found found{
        .filter = parts.filter, .levels = levels_of(parts.filter), .shared = parts.shared()};
    add_map_sources(found);
    if (!is_hidden(parts.filter)) {
        add_sources(found);
    }
    const bool can_share =
        !found.refusal || found.refusal->reason != Reason::shared_subscriptions_not_supported;
    if (found.full()) {
        return refused(Reason::quota_exceeded, "the filter means too many addresses");
    }
    if (found.refusal && (found.sources.empty() || !can_share)) {
        return tl::unexpected(*found.refusal);
    }
    if (found.sources.empty()) {
        return refused(Reason::unspecified_error, "no address is declared for the filter");
    }
    std::ranges::sort(found.sources);
    const auto same = std::ranges::unique(found.sources);
    found.sources.erase(same.begin(), same.end());
    return std::move(found.sources);
}

/// Of maps: the subject is the topic, so the filter is one of subjects as it is.
void AddressSpace::add_map_sources(Found& found) const {
    const bool wild = has_wildcard(found.levels);
    const Map* own = wild ? nullptr : map_of(found.filter);
    for (const auto& map : maps_) {
        if (is_hidden(map->topic) != is_hidden(found.filter) ||
            (wild ? !overlap(found.levels, levels_of(map->topic)) : map.get() != own)) {
            continue;
        }
        const Entry& target = *map->target;
        if (is_shared_out(target.type)) {
            Source source{.address = target.address, .type = target.type};
            append_words(source.subject, found.levels, 0, "*");
            add(std::move(source), found);
        } else if (found.filter == map->topic) {
            add({.address = target.address, .subject = "#", .type = target.type}, found);
        } else {
            found.refuse(Reason::topic_filter_invalid,
                         "what is mapped to a queue or an anycast address can only be had whole");
        }
    }
}

void AddressSpace::add_sources(Found& found) const {
    if (!has_wildcard(found.levels)) {
        if (map_of(found.filter) != nullptr) {
            return;
        }
        if (const Entry* entry = entry_of(found.filter)) {
            add_source(*entry, found);
        }
        return;
    }
    const auto first_wild = std::ranges::find_if(
        found.levels, [](std::string_view level) { return level == "+" || level == "#"; });
    const std::size_t literals = static_cast<std::size_t>(first_wild - found.levels.begin());
    if (literals == 0) {
        for (const auto& entry : entries_) {
            add_source(*entry, found);
        }
        return;
    }
    const Entry* root = root_of(found.levels, literals);
    const auto add_all = [&](const std::vector<const Entry*>& entries) {
        for (const Entry* entry : entries) {
            // All topics of the filter belong to the root, or to longer ones.
            if (root == nullptr || !is_narrower(root->pattern, entry->pattern)) {
                add_source(*entry, found);
            }
        }
    };
    if (const auto same = by_first_level_.find(found.levels.front());
        same != by_first_level_.end()) {
        add_all(same->second);
    }
    add_all(with_wild_first_level_);
}

/// The longest address that all topics with these first levels could belong to; null: none.
const AddressSpace::Entry* AddressSpace::root_of(const Levels& levels, std::size_t literals) const {
    std::string prefix;
    for (std::size_t i = 0; i < literals; ++i) {
        prefix.append(i == 0 ? "" : "/").append(levels[i]);
    }
    matches_.clear();
    by_topic_.match(prefix, matches_);
    const Entry* root = nullptr;
    for (const Entry* one : matches_) {
        const bool fits = !one->mapped && is_shared_out(one->type);
        if (fits && (root == nullptr || is_narrower(one->pattern, root->pattern))) {
            root = one;
        }
    }
    return root;
}

void AddressSpace::add_source(const Entry& entry, Found& found) const {
    const Levels& filter = found.levels;
    const std::vector<Pattern::Level>& own = entry.pattern.levels;
    if (entry.mapped || found.full()) {
        return;
    }
    std::size_t at = 0;
    for (; at < own.size(); ++at) {
        if (at == filter.size()) {
            return;
        }
        if (filter[at] == keys::kManyWords) {
            break;
        }
        if (filter[at] != kAnyLevel && !own[at].wild && filter[at] != own[at].topic) {
            return;
        }
    }
    if (at == own.size() && !entry.pattern.open && !is_shared_out(entry.type) &&
        filter.size() > own.size() && filter[at] != keys::kManyWords) {
        return;  // it has no topics below it
    }
    if (!is_shared_out(entry.type) && has_wildcard(filter)) {
        found.refuse(Reason::wildcard_subscriptions_not_supported,
                     "queues and anycast addresses take no wildcards");
        return;
    }
    Source source{.address = source_address(entry, filter), .subject = "#", .type = entry.type};
    if (!entry.pattern.literal() && !reads_as_itself(source.address)) {
        found.refuse(Reason::topic_filter_invalid, "routers would read another address of it");
        return;
    }
    if (!entry.pattern.open && is_shared_out(entry.type)) {
        source.subject.clear();
        append_words(source.subject, filter, at, "*");
    }
    add(std::move(source), found);
}

/// Where the filter and the address mean the same: an address, maybe with wildcards.
std::string AddressSpace::source_address(const Entry& entry, const Levels& filter) const {
    const Pattern& pattern = entry.pattern;
    if (pattern.literal()) {
        return entry.address;
    }
    const std::string_view any = options_.separator == Separator::slash ? "+" : "*";
    std::string address;
    std::size_t at = 0;
    for (const Pattern::Level& level : pattern.levels) {
        if (&level != pattern.levels.data()) {
            address += character(options_.separator);
        }
        const bool many = filter[at] == keys::kManyWords;
        if (!level.wild) {
            address += level.path;
        } else if (many || filter[at] == kAnyLevel) {
            address += any;
        } else {
            append_path(address, filter[at], options_.separator);
        }
        at += many ? 0 : 1;
    }
    if (pattern.open && at < filter.size()) {
        if (!pattern.levels.empty()) {
            address += character(options_.separator);
        }
        append_words(address, filter, at, any);
    }
    return address;
}

/// The levels of a filter from `at` on, as words of AMQP.
void AddressSpace::append_words(std::string& out,
                                const Levels& filter,
                                std::size_t at,
                                std::string_view any) const {
    for (std::size_t i = at; i < filter.size(); ++i) {
        if (i > at) {
            out += character(options_.separator);
        }
        if (filter[i] == kAnyLevel) {
            out += any;
        } else if (filter[i] == keys::kManyWords) {
            out += filter[i];
        } else {
            append_path(out, filter[i], options_.separator);
        }
    }
}

void AddressSpace::add(Source source, Found& found) const {
    if (found.shared && source.type == AddressType::multicast && !options_.shares_multicast) {
        found.refuse(Reason::shared_subscriptions_not_supported,
                     "nobody shares out the messages of a multicast address");
        return;
    }
    found.sources.push_back(std::move(source));
}

void append_filter_set(Buffer& out, std::string_view subject) {
    if (subject == "#") {
        return;
    }
    wire::Writer writer{out};
    const wire::Writer::Mark set = writer.begin_map();
    writer.symbol("subject");
    writer.descriptor(kTopicBinding);
    writer.string(subject);
    writer.end_shortest(set);
}

}  // namespace weft::mqtt_mapping
