// The first line is an address; each other one a key, and the name of a subscription. Trees of them
// find what a comparison of words finds, in the steps that shapes allow; nothing stays behind.
#include "common/base/assert.hpp"
#include "common/keys/key_tree.hpp"
#include "router/core/address_table.hpp"
#include "router/core/wildcards.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace weft;
using namespace weft::router;
using keys::MatchMethod;

constexpr std::size_t kNamesMax = 24;
constexpr Treatment kMulticast{.distribution = Distribution::multicast};

using Words = std::vector<std::string_view>;

Words words_of(MatchMethod method, std::string_view text) {
    Words words;
    for (bool ended = text.empty(); !ended;) {
        words.push_back(keys::take_word(text, keys::separator(method), ended));
    }
    return words;
}

/// Word by word: which words of the subject the key so far may stand for.
bool means(MatchMethod method, std::string_view key, std::string_view subject, keys::First first) {
    const Words pattern = words_of(method, key);
    const Words words = words_of(method, subject);
    if (words.size() > keys::kSubjectWordsMax) {
        return first == keys::First::anything && !pattern.empty() &&
               std::ranges::all_of(pattern, [](auto word) { return word == keys::kManyWords; });
    }
    std::vector<bool> met(words.size() + 1, false);
    met[0] = true;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const bool many = pattern[at] == keys::kManyWords;
        const bool one = pattern[at] == keys::any_word(method);
        if (at == 0 && first == keys::First::itself && (many || one)) {
            return false;
        }
        std::vector<bool> next(met.size(), false);
        for (std::size_t i = 0; i < met.size(); ++i) {
            const bool stands = i > 0 && met[i - 1] && (one || words[i - 1] == pattern[at]);
            next[i] = many ? met[i] || (i > 0 && next[i - 1]) : stands;
        }
        met = std::move(next);
    }
    return met.back();
}

keys::First first_of(std::string_view address) {
    return address.starts_with('$') ? keys::First::itself : keys::First::anything;
}

struct Binding {
    std::string key;
    bool expected = false;
};

/// Keys as bindings and filters have them: "" means all, '#' of words stands anywhere.
void try_keys(MatchMethod method, std::string_view address, const std::vector<std::string>& names) {
    keys::KeyTree<Binding> tree{method};
    std::deque<Binding> bindings;
    for (const std::string& name : names) {
        const auto normal = keys::normal_key(method, name);
        if (!normal) {
            WEFT_CHECK(!normal.error().text.empty());
            continue;
        }
        WEFT_CHECK(keys::normal_key(method, *normal) == *normal);
        Binding& binding = bindings.emplace_back();
        binding.key = *normal;
        binding.expected = means(method, name.empty() ? "#" : name, address, first_of(address));
        tree.add(binding.key, binding);
    }
    std::vector<Binding*> found;
    tree.match(address, found, first_of(address));
    WEFT_CHECK(std::ranges::all_of(found, &Binding::expected));
    WEFT_CHECK(static_cast<std::ptrdiff_t>(found.size()) ==
               std::ranges::count(bindings, true, &Binding::expected));
    for (const Binding& binding : bindings) {
        tree.remove(binding.key, binding);
    }
    WEFT_CHECK(tree.size() == 0);
}

/// Null: it is an address like others.
Address* subscribe(AddressTable& table, const std::string& name) {
    const auto read = read_wildcards(name);
    if (!read) {
        WEFT_CHECK(!read.error().text.empty());
    }
    Address& address = table.obtain({"M0" + name}, kMulticast);
    WEFT_CHECK((address.wildcard != nullptr) == (read && *read && !is_routers_own(name)));
    if (address.wildcard == nullptr) {
        return nullptr;
    }
    const auto again = read_wildcards(address.wildcard->key);
    WEFT_CHECK(again && *again && (*again)->method == address.wildcard->method &&
               (*again)->key == address.wildcard->key);
    return &address;
}

/// Of each shape one key at most means an address, which bounds the nodes that are looked at.
void try_subscriptions(std::string_view name, const std::vector<std::string>& names) {
    AddressTable table;
    std::vector<Address*> subscriptions;
    for (const std::string& each : names) {
        Address* const made = subscribe(table, each);
        if (made != nullptr && std::ranges::find(subscriptions, made) == subscriptions.end()) {
            subscriptions.push_back(made);
        }
    }
    const Wildcards& wildcards = table.wildcards();
    std::vector<Address*> found;
    wildcards.match(name, found);
    std::map<std::string, std::string> key_of;
    for (Address* const each : subscriptions) {
        const WildcardName& wild = *each->wildcard;
        const bool apt =
            wild.method == MatchMethod::mqtt || name.find('/') == std::string_view::npos;
        const bool expected = apt && means(wild.method, wild.key, name, first_of(name));
        WEFT_CHECK(std::ranges::count(found, each) == (expected ? 1 : 0));
        if (expected && !wild.shape().empty()) {
            WEFT_CHECK(key_of.emplace(wild.shape(), wild.key).first->second == wild.key);
        }
    }
    const std::size_t words = std::max(keys::count_words(name, '/'), keys::count_words(name, '.'));
    const std::size_t ways = wildcards.shapes().size() + keys::kKeyWordsMax + 2;
    WEFT_CHECK(wildcards.nodes() <= 4 * ways * (std::min(words, keys::kSubjectWordsMax) + 1));
    for (Address* const each : subscriptions) {
        table.erase(*each);
    }
    WEFT_CHECK(wildcards.empty() && wildcards.shapes().size() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest{reinterpret_cast<const char*>(data), size};
    bool ended = false;
    const std::string_view address = keys::take_word(rest, '\n', ended);
    std::vector<std::string> names;
    while (!ended && names.size() < kNamesMax) {
        names.emplace_back(keys::take_word(rest, '\n', ended));
    }
    try_keys(MatchMethod::amqp, address, names);
    try_keys(MatchMethod::mqtt, address, names);
    try_subscriptions(address, names);
    return 0;
}
