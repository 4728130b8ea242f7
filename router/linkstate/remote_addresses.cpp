#include "router/linkstate/remote_addresses.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using Subject = Inquiries::Subject;

}  // namespace

bool RemoteAddresses::take(Adjacency& from, const MobileUpdate& update, Instant now) {
    const RouterIndex router = limits_.learn(update.from.id, now);
    if (router == kNoRouter) {
        return false;
    }
    RouterRecord& record = ground_.database.at(router);
    if (!ground_.reports.is_plausible(from, record.id, record.mobile_seq, update.mobile_seq)) {
        return false;
    }
    if (!update.exist && update.mobile_seq != record.mobile_seq + 1) {
        if (update.mobile_seq > record.mobile_seq) {
            inquiries_.ask(router, Subject::addresses, Duration{}, now);
        }
        return true;
    }
    if (update.exist && update.mobile_seq < record.mobile_seq &&
        !inquiries_.is_open(router, Subject::addresses)) {
        return false;  // overtaken by a later one
    }
    inquiries_.close(router, Subject::addresses);
    if (!fits(record, update)) {
        const auto& keys = update.exist ? *update.exist : update.add;
        record.is_weft =
            record.is_weft || std::ranges::find(keys, weft_key(record.id)) != keys.end();
        return false;
    }
    record.mobile_seq = update.mobile_seq;
    if (update.exist) {
        apply_absolute(router, update);
    } else {
        apply_difference(router, update);
    }
    record.is_weft = record.keys.contains(weft_key(record.id));
    return true;
}

/// Whether there is room for the update; it is taken as a whole or not at all.
bool RemoteAddresses::fits(RouterRecord& record, const MobileUpdate& update) {
    const LinkStateOptions& options = ground_.options;
    const std::vector<std::string>& more = update.exist ? *update.exist : update.add;
    std::size_t keys = keys_ + more.size();
    std::size_t bytes = bytes_;
    for (const std::string& key : more) {
        bytes += key.size();
    }
    if (update.exist) {
        keys -= record.keys.size();
        bytes -= record.keys_bytes;
    }
    if (keys <= options.addresses_max && bytes <= options.addresses_bytes_max) {
        record.told_full = false;
        return true;
    }
    if (!std::exchange(record.told_full, true)) {
        ground_.reports.tell(
            Kind::limit, record.id,
            "its " + std::to_string(more.size()) + " addresses are not taken: those of all " +
                "routers would be more than " + std::to_string(options.addresses_max) +
                ", or their keys more than " + std::to_string(options.addresses_bytes_max) +
                " bytes");
    }
    return false;
}

void RemoteAddresses::apply_difference(RouterIndex router, const MobileUpdate& update) {
    for (std::size_t i = 0; i < update.add.size(); ++i) {
        add(router, update.add[i], update.hints.empty() ? Hint::balanced : update.hints[i]);
    }
    for (const std::string& key : update.del) {
        remove(router, key);
    }
}

void RemoteAddresses::apply_absolute(RouterIndex router, const MobileUpdate& update) {
    boost::unordered_flat_set<std::string_view, TextHash> stay(update.exist->begin(),
                                                               update.exist->end());
    std::vector<std::string> gone;
    for (const auto& [key, hint] : ground_.database.at(router).keys) {
        if (!stay.contains(key)) {
            gone.push_back(key);
        }
    }
    for (const std::string& key : gone) {
        remove(router, key);
    }
    for (std::size_t i = 0; i < update.exist->size(); ++i) {
        add(router, (*update.exist)[i], update.hints.empty() ? Hint::balanced : update.hints[i]);
    }
}

void RemoteAddresses::add(RouterIndex router, const std::string& key, Hint hint) {
    RouterRecord& record = ground_.database.at(router);
    if (!is_mobile(key)) {
        if (!std::exchange(record.told_odd, true)) {
            ground_.reports.tell(
                Kind::malformed, record.id,
                "its address key '" + key.substr(0, kRouterIdMax) + "' of " +
                    std::to_string(key.size()) + " bytes is not taken: a letter, of M a digit, " +
                    "and a name, " + std::to_string(kKeyBytesMax) + " bytes in all");
        }
        return;
    }
    if (!record.keys.emplace(key, hint).second) {
        return;
    }
    ++keys_;
    bytes_ += key.size();
    record.keys_bytes += key.size();
    if (record.path) {
        ground_.output.on_remote_address(router, key, true, hint);
    }
}

void RemoteAddresses::remove(RouterIndex router, std::string_view key) {
    RouterRecord& record = ground_.database.at(router);
    const auto found = record.keys.find(key);
    if (found == record.keys.end()) {
        return;
    }
    if (record.path) {
        ground_.output.on_remote_address(router, key, false, found->second);
    }
    --keys_;
    bytes_ -= found->first.size();
    record.keys_bytes -= found->first.size();
    record.keys.erase(found);
}

void RemoteAddresses::tell(RouterIndex router) const {
    for (const auto& [key, hint] : ground_.database.at(router).keys) {
        ground_.output.on_remote_address(router, key, true, hint);
    }
}

void RemoteAddresses::take_back(RouterIndex router) const {
    for (const auto& [key, hint] : ground_.database.at(router).keys) {
        ground_.output.on_remote_address(router, key, false, hint);
    }
}

void RemoteAddresses::drop(RouterIndex router) {
    RouterRecord& record = ground_.database.at(router);
    if (record.path) {
        take_back(router);
    }
    keys_ -= record.keys.size();
    bytes_ -= std::exchange(record.keys_bytes, 0);
    record.keys = {};
    record.mobile_seq = 0;
    record.is_weft = false;
}

}  // namespace weft::linkstate
