#include "router/linkstate/state.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <utility>

namespace weft::linkstate {

bool LinkState::State::on_addresses_requested(const Adjacency& from, const MobileRequest& request) {
    if (request.have_seq != local_.sequence()) {
        static_cast<void>(
            send_to(request.from.id, ControlAddress::Part::addresses, local_.absolute(), &from));
    }
    return true;
}

/// Whether there is room for the update; it is taken as a whole or not at all.
bool LinkState::State::fits(RouterRecord& record, const MobileUpdate& update) {
    const std::vector<std::string>& more = update.exist ? *update.exist : update.add;
    std::size_t keys = keys_total_ + more.size();
    std::size_t bytes = keys_bytes_;
    for (const std::string& key : more) {
        bytes += key.size();
    }
    if (update.exist) {
        keys -= record.keys.size();
        bytes -= record.keys_bytes;
    }
    if (keys <= options_.addresses_max && bytes <= options_.addresses_bytes_max) {
        record.told_full = false;
        return true;
    }
    if (!std::exchange(record.told_full, true)) {
        report(Kind::limit, record.id,
               "its " + std::to_string(more.size()) + " addresses are not taken: those of all " +
                   "routers would be more than " + std::to_string(options_.addresses_max) +
                   ", or their keys more than " + std::to_string(options_.addresses_bytes_max) +
                   " bytes");
    }
    return false;
}

bool LinkState::State::on_addresses(Adjacency& from, const MobileUpdate& update) {
    const RouterIndex router = learn(update.from.id);
    if (router == kNoRouter) {
        return false;
    }
    RouterRecord& record = database_.at(router);
    if (is_absurd(from, record.id, record.mobile_seq, update.mobile_seq)) {
        return false;
    }
    if (!update.exist && update.mobile_seq != record.mobile_seq + 1) {
        if (update.mobile_seq > record.mobile_seq) {
            ask(router, record.addresses, Duration{});
        }
        return true;
    }
    if (update.exist && update.mobile_seq < record.mobile_seq && !record.addresses.open) {
        return false;  // overtaken by a later one
    }
    record.addresses.open = false;
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

void LinkState::State::apply_difference(RouterIndex router, const MobileUpdate& update) {
    for (std::size_t i = 0; i < update.add.size(); ++i) {
        add_key(router, update.add[i], update.hints.empty() ? Hint::balanced : update.hints[i]);
    }
    for (const std::string& key : update.del) {
        remove_key(router, key);
    }
}

void LinkState::State::apply_absolute(RouterIndex router, const MobileUpdate& update) {
    boost::unordered_flat_set<std::string_view, TextHash> stay(update.exist->begin(),
                                                               update.exist->end());
    std::vector<std::string> gone;
    for (const auto& [key, hint] : database_.at(router).keys) {
        if (!stay.contains(key)) {
            gone.push_back(key);
        }
    }
    for (const std::string& key : gone) {
        remove_key(router, key);
    }
    for (std::size_t i = 0; i < update.exist->size(); ++i) {
        add_key(router, (*update.exist)[i],
                update.hints.empty() ? Hint::balanced : update.hints[i]);
    }
}

void LinkState::State::add_key(RouterIndex router, const std::string& key, Hint hint) {
    RouterRecord& record = database_.at(router);
    if (!is_mobile(key)) {
        if (!std::exchange(record.told_odd, true)) {
            report(Kind::malformed, record.id,
                   "its address key '" + key.substr(0, kRouterIdMax) + "' of " +
                       std::to_string(key.size()) +
                       " bytes is not taken: a letter, of M a digit, " + "and a name, " +
                       std::to_string(kKeyBytesMax) + " bytes in all");
        }
        return;
    }
    if (!record.keys.emplace(key, hint).second) {
        return;
    }
    ++keys_total_;
    keys_bytes_ += key.size();
    record.keys_bytes += key.size();
    if (record.path) {
        output_->on_remote_address(router, key, true, hint);
    }
}

void LinkState::State::remove_key(RouterIndex router, std::string_view key) {
    RouterRecord& record = database_.at(router);
    const auto found = record.keys.find(key);
    if (found == record.keys.end()) {
        return;
    }
    if (record.path) {
        output_->on_remote_address(router, key, false, found->second);
    }
    --keys_total_;
    keys_bytes_ -= found->first.size();
    record.keys_bytes -= found->first.size();
    record.keys.erase(found);
}

/// The router can't be reached; its keys are kept in case that it can be again.
void LinkState::State::take_back_keys(RouterIndex router) {
    for (const auto& [key, hint] : database_.at(router).keys) {
        output_->on_remote_address(router, key, false, hint);
    }
}

void LinkState::State::drop_keys(RouterIndex router) {
    RouterRecord& record = database_.at(router);
    if (record.path) {
        take_back_keys(router);
    }
    keys_total_ -= record.keys.size();
    keys_bytes_ -= std::exchange(record.keys_bytes, 0);
    record.keys = {};
    record.mobile_seq = 0;
    record.is_weft = false;
}

/// Whether a router that may be an original appeared just now.
bool LinkState::State::is_with_strangers() const {
    if (now_ - appeared_ >= kOriginalShy) {
        return false;
    }
    for (RouterIndex router = 1; router < database_.end(); ++router) {
        if (database_.knows(router) && database_.at(router).path && !database_.at(router).is_weft &&
            now_ - database_.at(router).reachable_since < kOriginalShy) {
            return true;
        }
    }
    return false;
}

void LinkState::State::report_left_out() {
    const std::size_t count = local_.left_out();
    if (count > 0 && !left_out_reported_) {
        report(Kind::limit, options_.id,
               "consumers here have more addresses than fit in a message to the other routers: " +
                   std::to_string(count) + " or more are unknown there, until others are given up");
    }
    left_out_reported_ = count > 0;
}

/// Tells all what changed since the last time, at most ten times a second.
void LinkState::State::announce_addresses() {
    if (!local_.pending() || now_ < mobile_due_) {
        return;
    }
    if (!is_with_strangers()) {
        shy_until_ = kNever;
    } else if (shy_until_ == kNever || now_ < shy_until_) {  // not for ever, as more appear
        shy_until_ = std::min(shy_until_, now_ + 2 * kOriginalShy);
        mobile_due_ = now_ + kMobileGap;
        return;
    }
    const auto update = local_.take_difference();
    report_left_out();
    if (update) {
        const bool is_alone = database_.at(kThisRouter).edges.empty();
        mobile_due_ = is_alone ? now_ : now_ + kMobileGap;
        flood(kToAllMobile, *update);
        flux_until_ = now_ + 2 * options_.ra_interval_flux;
        if (advert_due_ != kNever) {
            advert_due_ = std::min(advert_due_, now_ + options_.ra_interval_flux);
        }
    }
}

}  // namespace weft::linkstate
