#include "mqtt-gateway/mapping/address_space.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "mqtt-gateway/codec/property_writer.hpp"
#include "mqtt-gateway/codec/topic.hpp"
#include "mqtt-gateway/mapping/declared.hpp"

#include <algorithm>
#include <utility>

namespace weft::mqtt_mapping {
namespace {

using mqtt::Reason;

std::string quoted(std::string_view text) {
    return "\"" + printable(text) + "\"";
}

tl::unexpected<Refusal> refuse(Reason reason, std::string_view what) {
    return tl::unexpected(Refusal{.reason = reason, .what = what});
}

/// The best of those that a tree found, of which `fits` takes some; null: none.
template <class T, class Fits>
const T* best_of(const std::vector<const T*>& found, std::size_t size, Fits&& fits) {
    const T* best = nullptr;
    for (const T* one : found) {
        if (fits(*one) && (best == nullptr || goes_before(one->pattern, best->pattern, size))) {
            best = one;
        }
    }
    return best;
}

tl::unexpected<Refusal> refuse_other() {
    return refuse(Reason::topic_name_invalid, "routers would read another address of the topic");
}

/// Takes the first `count` levels off a topic that has as many; false: nothing follows them.
bool skip_levels(std::string_view& topic, std::size_t count) {
    bool ended = false;
    for (; count > 0; --count) {
        static_cast<void>(keys::take_word(topic, '/', ended));
    }
    return !ended;
}

}  // namespace

std::string_view name_of(AddressType type) noexcept {
    switch (type) {
        case AddressType::queue:
            return "queue";
        case AddressType::anycast:
            return "anycast";
        case AddressType::multicast:
            return "multicast";
        case AddressType::topic:
            return "topic";
    }
    return "unknown";
}

AddressSpace::AddressSpace(Options options) : options_{options} {}
AddressSpace::AddressSpace(AddressSpace&&) noexcept = default;
AddressSpace& AddressSpace::operator=(AddressSpace&&) noexcept = default;
AddressSpace::~AddressSpace() = default;

// --- what is declared ------------------------------------------------------------------------

Result<AddressSpace> AddressSpace::make(const std::vector<DeclaredAddress>& addresses,
                                        const std::vector<TopicMap>& maps,
                                        Options options) {
    AddressSpace space{options};
    for (const DeclaredAddress& declared : addresses) {
        if (auto done = space.declare(declared); !done) {
            return tl::unexpected(done.error());
        }
    }
    for (const TopicMap& map : maps) {
        if (auto done = space.add_map(map); !done) {
            return tl::unexpected(done.error());
        }
    }
    return space;
}

Result<void> AddressSpace::declare(const DeclaredAddress& declared) {
    auto pattern = read_pattern(declared.address, options_.separator);
    if (!pattern) {
        return fail(pattern.error().condition,
                    "the address " + quoted(declared.address) + " " + pattern.error().text);
    }
    auto entry = std::make_unique<Entry>(
        Entry{.address = declared.address, .type = declared.type, .pattern = *std::move(pattern)});
    if (const Entry* other = same_as(entry->pattern)) {
        return fail(kInvalidField, "the address " + quoted(declared.address) +
                                       " is declared twice, also as " + quoted(other->address));
    }
    by_topic_.add(entry->pattern.key(is_shared_out(entry->type)), *entry);
    const Pattern& taken = entry->pattern;
    if (!taken.levels.empty() && !taken.levels.front().wild) {
        by_first_level_[taken.levels.front().topic].push_back(entry.get());
    } else {
        with_wild_first_level_.push_back(entry.get());
    }
    if (taken.literal()) {
        targets_.emplace(entry->address, entry.get());
    }
    entries_.push_back(std::move(entry));
    return {};
}

/// One that means the same topics; null: there is none.
const AddressSpace::Entry* AddressSpace::same_as(const Pattern& pattern) const {
    for (const bool below : {false, true}) {
        if (const auto* same = by_topic_.find(pattern.key(below))) {
            for (const Entry* other : *same) {
                if (other->pattern.open == pattern.open) {
                    return other;
                }
            }
        }
    }
    return nullptr;
}

Result<void> AddressSpace::add_map(const TopicMap& declared) {
    const std::string name = "the map of topics " + quoted(declared.topic);
    const auto target = targets_.find(declared.address);
    if (target == targets_.end()) {
        return fail(kInvalidField, name + " names the address " + quoted(declared.address) +
                                       ", which must be declared, without wildcards");
    }
    if (const mqtt::TextFault fault = mqtt::topic_filter_fault(declared.topic)) {
        return fail(kInvalidField, name + " " + std::string{fault.what});
    }
    if (mqtt::split(declared.topic).shared() || declared.topic.size() > kFilterBytesMax ||
        count_levels(declared.topic) > kFilterLevelsMax) {
        return fail(kInvalidField, name + " begins with '$share' or is too long");
    }
    if (maps_by_topic_.find(declared.topic) != nullptr) {
        return fail(kInvalidField, name + " is there twice");
    }
    Pattern pattern;
    for (const std::string_view level : levels_of(declared.topic)) {
        if (level == keys::kManyWords) {
            pattern.open = true;
        } else {
            pattern.levels.push_back({.topic = std::string{level}, .wild = level == "+"});
        }
    }
    target->second->mapped = true;
    auto map = std::make_unique<Map>(
        Map{.topic = declared.topic, .pattern = std::move(pattern), .target = target->second});
    maps_by_topic_.add(map->topic, *map);
    maps_.push_back(std::move(map));
    return {};
}

// --- from topics to addresses ----------------------------------------------------------------

const AddressSpace::Entry* AddressSpace::entry_of(std::string_view name) const {
    matches_.clear();
    by_topic_.match(name, matches_);
    return best_of(matches_, count_levels(name), [](const Entry& one) { return !one.mapped; });
}

const AddressSpace::Map* AddressSpace::map_of(std::string_view name) const {
    if (maps_.empty()) {
        return nullptr;
    }
    map_matches_.clear();
    maps_by_topic_.match(name, map_matches_,
                         is_hidden(name) ? keys::First::itself : keys::First::anything);
    return best_of(map_matches_, count_levels(name), [](const Map&) { return true; });
}

tl::expected<Destination, Refusal> AddressSpace::resolve(std::string_view name,
                                                         std::string& path) const {
    path.clear();
    if (count_levels(name) > kTopicLevelsMax) {
        return refuse(Reason::topic_name_invalid, "the topic has too many levels");
    }
    if (const Map* map = map_of(name)) {
        append_path(path, name, options_.separator);
        return Destination{map->target->address, path, map->target->type};
    }
    if (is_hidden(name)) {
        return refuse(Reason::topic_name_invalid, "no map names the topic, which begins with '$'");
    }
    const Entry* entry = entry_of(name);
    if (entry == nullptr) {
        return refuse(Reason::topic_name_invalid, "no address is declared for the topic");
    }
    const Pattern& pattern = entry->pattern;
    if (pattern.open) {
        append_address(path, pattern, name);
        if (!reads_as_itself(path)) {
            return refuse_other();
        }
        return Destination{path, {}, entry->type};
    }
    std::string_view rest = name;
    const bool below = skip_levels(rest, pattern.levels.size());
    const std::string_view address = entry->address;
    std::size_t size = 0;
    if (!pattern.literal()) {
        append_address(path, pattern, name);
        size = path.size();
        if (!reads_as_itself(path)) {
            return refuse_other();
        }
        // One of them may be declared as something else.
        if (below && (targets_.contains(path) ||
                      entry_of(name.substr(0, name.size() - rest.size() - 1)) != entry)) {
            return refuse(Reason::topic_name_invalid, "no address is declared for the topic");
        }
    }
    if (below) {
        append_path(path, rest, options_.separator);
    }
    const std::string_view all = path;
    return Destination{size == 0 ? address : all.substr(0, size), all.substr(size), entry->type};
}

/// The address of a topic that the pattern means: its levels, and if it is open all that follow.
void AddressSpace::append_address(std::string& out,
                                  const Pattern& pattern,
                                  std::string_view name) const {
    bool ended = false;
    const char* between = "";
    const char separator[] = {character(options_.separator), '\0'};
    for (const Pattern::Level& level : pattern.levels) {
        const std::string_view own = keys::take_word(name, '/', ended);
        out += std::exchange(between, separator);
        if (level.wild) {
            append_path(out, own, options_.separator);
        } else {
            out += level.path;
        }
    }
    if (pattern.open && !ended) {
        out += between;
        append_path(out, name, options_.separator);
    }
}

// --- and back --------------------------------------------------------------------------------

bool AddressSpace::is_mapped(const Entry& target, std::string_view name) const {
    const Map* map = target.mapped ? map_of(name) : nullptr;
    return map != nullptr && map->target == &target;
}

bool AddressSpace::append_topic_of(std::string& topic,
                                   std::string_view address,
                                   std::string_view subject) const {
    const std::size_t begin = topic.size();
    const auto target = targets_.find(address);
    const Entry* entry = target == targets_.end() ? nullptr : target->second;
    if (!subject.empty() && entry != nullptr && entry->mapped) {
        append_topic(topic, subject, options_.separator);
        if (is_mapped(*entry, std::string_view{topic}.substr(begin))) {
            return is_topic(std::string_view{topic}.substr(begin));
        }
        topic.resize(begin);
    }
    append_topic(topic, address, options_.separator);
    if (!subject.empty()) {
        if (entry == nullptr) {
            entry = entry_of(std::string_view{topic}.substr(begin));
        }
        // Addresses of their own, and those of one consumer, have no topics below them.
        if (entry == nullptr || (!entry->pattern.open && is_shared_out(entry->type))) {
            topic += '/';
            append_topic(topic, subject, options_.separator);
        }
    }
    return is_topic(std::string_view{topic}.substr(begin));
}

bool AddressSpace::append_topic_of(std::string& topic, std::string_view reply_to) const {
    const std::size_t begin = topic.size();
    if (count_words(reply_to) > kTopicLevelsMax) {
        return false;
    }
    // "address/subject" of a map: its topic is the subject.
    for (std::size_t end = maps_.empty() ? std::string_view::npos : reply_to.size();
         end != std::string_view::npos && end > 0;
         end = reply_to.rfind(character(options_.separator), end - 1)) {
        const auto target = targets_.find(reply_to.substr(0, end));
        if (target == targets_.end() || !target->second->mapped || end == reply_to.size()) {
            continue;
        }
        append_topic(topic, reply_to.substr(end + 1), options_.separator);
        if (is_mapped(*target->second, std::string_view{topic}.substr(begin))) {
            return is_topic(std::string_view{topic}.substr(begin));
        }
        topic.resize(begin);
    }
    append_topic(topic, reply_to, options_.separator);
    return is_topic(std::string_view{topic}.substr(begin));
}

bool AddressSpace::append_reply_to(std::string& out, std::string_view topic) const {
    const std::size_t begin = out.size();
    if (const auto to = resolve(topic, path_)) {
        out += to->address;
        if (!to->subject.empty()) {
            out += character(options_.separator);
            out += to->subject;
        }
    } else {
        append_path(out, topic, options_.separator);
    }
    if (!reads_as_itself(std::string_view{out}.substr(begin))) {
        return false;
    }
    if (maps_.empty()) {
        return true;
    }
    path_.clear();
    return append_topic_of(path_, std::string_view{out}.substr(begin)) && path_ == topic;
}

std::size_t AddressSpace::count_words(std::string_view path) const {
    return keys::count_words(path, character(options_.separator));
}

bool AddressSpace::is_topic(std::string_view name) {
    return name.size() <= mqtt::kTextBytesMax && count_levels(name) <= kTopicLevelsMax &&
           !mqtt::topic_name_fault(name);
}

}  // namespace weft::mqtt_mapping
