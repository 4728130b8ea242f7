#include "router/exchange/exchanges.hpp"

#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"
#include "router/core/address.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weft::exchange {
namespace {

/// As routers see it, whatever its writer put around it. `what`: "address", "next hop".
Result<std::string> read_name(std::string_view address, const char* what) {
    if (address.empty()) {
        return fail(kInvalidField, std::string("has no ") + what);
    }
    std::string name = router::parse_address(address, {}).text;
    if (name.empty()) {
        return fail(kInvalidField,
                    std::string("has the ") + what + " \"" + printable(address.substr(0, 64)) +
                        "\", which is no address: " + std::string(router::why_no_address(address)));
    }
    return name;
}

tl::unexpected<Error> too_many(std::size_t most, const char* what) {
    return fail(kResourceLimitExceeded,
                "is one too many: there are " + std::to_string(most) + " " + what + " already");
}

template <class Items>
auto* find_by_id(const Items& items, std::uint64_t id) {
    const auto found =
        std::ranges::lower_bound(items, id, {}, [](const auto& item) { return item->id; });
    return found == items.end() || (*found)->id != id ? nullptr : found->get();
}

template <class Items>
void erase_by_id(Items& items, std::uint64_t id) {
    std::erase_if(items, [id](const auto& item) { return item->id == id; });
}

}  // namespace

ExchangeCounters& ExchangeCounters::operator+=(const ExchangeCounters& more) {
    received += more.received;
    dropped += more.dropped;
    forwarded += more.forwarded;
    diverted += more.diverted;
    looped += more.looped;
    rejected += more.rejected;
    left_out += more.left_out;
    return *this;
}

void Exchange::choose(std::string_view subject, std::vector<NextHop*>& hops) {
    ++messages_;
    matched_.clear();
    keys.match(subject, matched_);
    for (Binding* binding : matched_) {
        ++binding->matched;
        if (std::exchange(binding->next_hop->chosen, messages_) != messages_) {
            hops.push_back(binding->next_hop);
        }
    }
}

Result<Exchange*> Exchanges::add(ExchangeConfig config) {
    if (config.name.empty()) {
        return fail(kInvalidField, "needs a name, by which bindings name it");
    }
    if (config.name.size() > kNameBytesMax) {
        return fail(kInvalidField,
                    "has a name of more than " + std::to_string(kNameBytesMax) + " bytes");
    }
    WEFT_TRY(std::string address, read_name(config.address, "address"));
    if (find_named(config.name) != nullptr) {
        return fail(kInvalidField, "has the name \"" + config.name + "\", as another exchange");
    }
    for (const auto& other : exchanges_) {
        if (other->address == address) {
            return fail(kInvalidField, "has the address \"" + config.address +
                                           "\", as the exchange \"" + other->config.name + "\"");
        }
    }
    if (exchanges_.size() >= kExchangesMax) {
        return too_many(kExchangesMax, "exchanges");
    }
    auto made = std::make_unique<Exchange>(std::move(config), std::move(address));
    if (!made->config.alternate.empty()) {
        WEFT_TRY(made->alternate,
                 obtain(*made, made->config.alternate, made->config.alternate_phase));
    }
    made->id = next_id_++;
    return exchanges_.emplace_back(std::move(made)).get();
}

Result<Binding*> Exchanges::bind(BindingConfig config) {
    Exchange* const exchange = find_named(config.exchange);
    if (exchange == nullptr) {
        return fail(kInvalidField,
                    "names the exchange \"" + config.exchange + "\", which there is not");
    }
    if (exchange->bindings >= kBindingsMax) {
        return too_many(kBindingsMax, "bindings of this exchange");
    }
    if (bindings_.size() >= kAllBindingsMax) {
        return too_many(kAllBindingsMax, "bindings");
    }
    WEFT_TRY(std::string key, keys::normal_key(exchange->config.method, config.key));
    if (const auto* same = exchange->keys.find(key)) {
        const auto twin = std::ranges::find_if(*same, [&](const Binding* other) {
            return other->config.next_hop == config.next_hop &&
                   other->config.next_hop_phase == config.next_hop_phase;
        });
        if (twin != same->end()) {
            return fail(kInvalidField, "is there already: \"" + key + "\" is bound to \"" +
                                           config.next_hop + "\"");
        }
    }
    WEFT_TRY(NextHop* const hop, obtain(*exchange, config.next_hop, config.next_hop_phase));
    Binding& binding = *bindings_.emplace_back(std::make_unique<Binding>());
    binding.id = next_id_++;
    binding.config = std::move(config);
    binding.key = std::move(key);
    binding.exchange = exchange;
    binding.next_hop = hop;
    exchange->keys.add(binding.key, binding);
    ++exchange->bindings;
    return &binding;
}

bool Exchanges::remove(std::uint64_t id) {
    Exchange* const exchange = find(id);
    if (exchange == nullptr) {
        return false;
    }
    for (const auto& hop : exchange->next_hops) {
        gone_.push_back(hop->way);
    }
    std::erase_if(bindings_, [&](const auto& binding) { return binding->exchange == exchange; });
    erase_by_id(exchanges_, id);
    return true;
}

bool Exchanges::unbind(std::uint64_t id) {
    Binding* const binding = find_by_id(bindings_, id);
    if (binding == nullptr) {
        return false;
    }
    forget(*binding);
    erase_by_id(bindings_, id);
    return true;
}

void Exchanges::forget(Binding& binding) {
    Exchange& exchange = *binding.exchange;
    exchange.keys.remove(binding.key, binding);
    --exchange.bindings;
    release(exchange, *binding.next_hop);
}

Exchange* Exchanges::find(std::uint64_t id) const {
    return find_by_id(exchanges_, id);
}

Exchange* Exchanges::find_named(std::string_view name) const {
    const auto found = std::ranges::find_if(
        exchanges_, [name](const auto& exchange) { return exchange->config.name == name; });
    return found == exchanges_.end() ? nullptr : found->get();
}

const Binding* Exchanges::find_binding(std::uint64_t id) const {
    return find_by_id(bindings_, id);
}

std::vector<std::uint32_t> Exchanges::take_gone() {
    return std::exchange(gone_, {});
}

/// One more uses it.
Result<NextHop*> Exchanges::obtain(Exchange& exchange,
                                   std::string_view address,
                                   std::uint8_t phase) {
    WEFT_TRY(std::string name, read_name(address, "next hop"));
    if (name == exchange.address && phase == exchange.config.phase) {
        return fail(kInvalidField, "leads back to the exchange itself, by \"" +
                                       std::string(address) +
                                       "\": its messages would go round for ever");
    }
    const auto known = std::ranges::find_if(exchange.next_hops, [&](const auto& hop) {
        return hop->phase == phase && hop->name == name;
    });
    if (known != exchange.next_hops.end()) {
        ++(*known)->users;
        return known->get();
    }
    if (exchange.next_hops.size() >= kNextHopsMax) {
        return too_many(kNextHopsMax, "next hops of this exchange");
    }
    NextHop& made = *exchange.next_hops.emplace_back(std::make_unique<NextHop>());
    made.address = address;
    made.name = std::move(name);
    made.phase = phase;
    made.users = 1;
    return &made;
}

void Exchanges::release(Exchange& exchange, NextHop& hop) {
    if (--hop.users == 0) {
        gone_.push_back(hop.way);
        std::erase_if(exchange.next_hops, [&](const auto& other) { return other.get() == &hop; });
    }
}

}  // namespace weft::exchange
