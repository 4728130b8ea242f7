#include "router/linkstate/remote_addresses.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace weft::linkstate {
namespace {

using Kind = LinkStateEvent::Kind;
using Subject = Inquiries::Subject;

}  // namespace

bool RemoteAddresses::take(Adjacency& from, MobileUpdate update, Instant now) {
    const RouterIndex router = limits_.learn(update.from.id, now);
    if (router == kNoRouter) {
        return false;
    }
    Work work{.router = router, .update = std::move(update)};
    for (const std::string& key : work.more()) {
        work.bytes += key.size();
    }
    const bool asked = inquiries_.is_open(router, Subject::addresses);
    const Verdict verdict = judge(from, work, asked, now);
    if (verdict.is_taken) {
        std::size_t left = SIZE_MAX;
        apply(work, left);
    }
    return verdict.may_be_passed_on;
}

bool RemoteAddresses::begin(
    Adjacency& from, MobileUpdate update, std::size_t bytes, bool asked, Instant now) {
    const RouterIndex router = ground_.database.find(update.from.id);
    Work work{.router = router, .update = std::move(update), .bytes = bytes};
    const Verdict verdict = judge(from, work, asked, now);
    if (verdict.is_taken) {
        under_way_ = std::move(work);
    }
    return verdict.may_be_passed_on;
}

void RemoteAddresses::go_on(std::size_t& left) {
    if (apply(*under_way_, left)) {
        under_way_.reset();
    }
}

RemoteAddresses::Verdict RemoteAddresses::judge(Adjacency& from,
                                                Work& work,
                                                bool asked,
                                                Instant now) {
    const MobileUpdate& update = work.update;
    RouterRecord& record = ground_.database.at(work.router);
    if (!ground_.reports.is_plausible(from, record.id, record.mobile_seq, update.mobile_seq)) {
        return {};
    }
    if (!update.exist && update.mobile_seq != record.mobile_seq + 1) {
        if (update.mobile_seq > record.mobile_seq) {
            inquiries_.ask(work.router, Subject::addresses, Duration{}, now);
        }
        return {.is_taken = false, .may_be_passed_on = true};
    }
    if (update.exist && update.mobile_seq < record.mobile_seq && !asked) {
        return {};  // overtaken by a later one
    }
    inquiries_.close(work.router, Subject::addresses);
    if (!fits(record, work)) {
        record.is_weft = record.is_weft ||
                         std::ranges::find(work.more(), weft_key(record.id)) != work.more().end();
        return {};
    }
    record.mobile_seq = update.mobile_seq;
    work.round = update.exist ? ++rounds_ : 0;
    return {.is_taken = true, .may_be_passed_on = true};
}

/// Whether there is room for the update, beside the one that is under way; it is taken as a whole
/// or not at all.
bool RemoteAddresses::fits(RouterRecord& record, Work& work) {
    const LinkStateOptions& options = ground_.options;
    const std::vector<std::string>& more = work.more();
    std::size_t keys = keys_ + more.size();
    std::size_t bytes = bytes_ + work.bytes;
    if (under_way_) {
        keys += under_way_->more().size() - under_way_->added;
        bytes += under_way_->bytes;
    }
    if (work.update.exist) {
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

/// True: all of it is taken.
bool RemoteAddresses::apply(Work& work, std::size_t& left) {
    MobileUpdate& update = work.update;
    RouterRecord& record = ground_.database.at(work.router);
    for (std::vector<std::string>& more = work.more(); work.added < more.size(); ++work.added) {
        if (left == 0) {
            return false;
        }
        --left;
        add(work, std::move(more[work.added]),
            update.hints.empty() ? Hint::balanced : update.hints[work.added]);
    }
    for (; work.removed < update.del.size(); ++work.removed) {
        if (left == 0) {
            return false;
        }
        --left;
        const std::string key = std::move(update.del[work.removed]);
        if (const auto found = record.keys.find(key); found != record.keys.end()) {
            remove(work.router, found);
        }
    }
    if (update.exist && !sweep(work, left)) {
        return false;
    }
    record.is_weft = record.keys.contains(weft_key(record.id));
    return true;
}

/// Removes what the update does not have. Nothing else of the router is taken meanwhile, so that no
/// key moves.
bool RemoteAddresses::sweep(Work& work, std::size_t& left) {
    Keys& keys = ground_.database.at(work.router).keys;
    if (!work.sweep) {
        work.sweep = keys.begin();
    }
    while (*work.sweep != keys.end()) {
        if (left == 0) {
            return false;
        }
        --left;
        const auto at = (*work.sweep)++;
        if (at->second.round != work.round) {
            remove(work.router, at);
        }
    }
    return true;
}

void RemoteAddresses::add(Work& work, std::string&& key, Hint hint) {
    RouterRecord& record = ground_.database.at(work.router);
    work.bytes -= key.size();
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
    const auto [place, is_new] = record.keys.emplace(std::move(key), hint);
    place->second.round = work.round;
    if (!is_new) {
        return;
    }
    ++keys_;
    bytes_ += place->first.size();
    record.keys_bytes += place->first.size();
    tell(work.router, *place, record.path.has_value());
}

void RemoteAddresses::remove(RouterIndex router, Keys::iterator key) {
    RouterRecord& record = ground_.database.at(router);
    tell(router, *key, false);
    --keys_;
    bytes_ -= key->first.size();
    record.keys_bytes -= key->first.size();
    record.keys.erase(key);
}

/// That the router has consumers of the key, or none any more; once.
void RemoteAddresses::tell(RouterIndex router, Keys::value_type& key, bool has) {
    if (std::exchange(key.second.told, has) != has) {
        ground_.output.on_remote_address(router, key.first, has, key.second.hint);
    }
}

void RemoteAddresses::follow(RouterIndex router, bool has_path) {
    RouterRecord& record = ground_.database.at(router);
    if (const auto known = places_.find(router); known != places_.end()) {
        known->second->at.reset();  // from the first one on: its path came and went meanwhile
        return;
    }
    if (told_at_once_ + record.keys.size() > ground_.options.slice) {
        follow_later({.router = router});
        return;
    }
    told_at_once_ += record.keys.size();
    for (auto& key : record.keys) {
        tell(router, key, has_path);
    }
}

void RemoteAddresses::follow_later(Following following) {
    ++ground_.database.at(following.router).followed;
    following_.push_back(std::move(following));
    if (!following_.back().is_dropped) {
        places_.emplace(following_.back().router, std::prev(following_.end()));
    }
}

void RemoteAddresses::follow_some(std::size_t& left) {
    while (left > 0 && !following_.empty()) {
        Following& next = following_.front();
        if (follow_some(next, left)) {
            --ground_.database.at(next.router).followed;
            if (!next.is_dropped) {
                places_.erase(next.router);
            }
            following_.pop_front();
        }
    }
}

/// True: all of them. What is dropped goes bit by bit, for that takes time, too.
bool RemoteAddresses::follow_some(Following& following, std::size_t& left) {
    RouterRecord& record = ground_.database.at(following.router);
    Keys& keys = following.is_dropped ? following.dropped : record.keys;
    if (!following.at) {
        following.at = keys.begin();
    }
    while (*following.at != keys.end()) {
        if (left == 0) {
            return false;
        }
        --left;
        const auto at = (*following.at)++;
        tell(following.router, *at, !following.is_dropped && record.path.has_value());
        if (following.is_dropped) {
            --keys_;
            bytes_ -= at->first.size();
            keys.erase(at);
        }
    }
    return true;
}

void RemoteAddresses::drop(RouterIndex router) {
    RouterRecord& record = ground_.database.at(router);
    if (under_way_ && under_way_->router == router) {
        under_way_.reset();
    }
    if (const auto known = places_.find(router); known != places_.end()) {
        following_.erase(known->second);
        places_.erase(known);
        --record.followed;
    }
    record.keys_bytes = 0;
    record.mobile_seq = 0;
    record.is_weft = false;
    Following dropped{.router = router, .dropped = std::exchange(record.keys, {})};
    dropped.is_dropped = true;
    std::size_t left = ground_.options.slice;
    if (dropped.dropped.size() > left) {
        follow_later(std::move(dropped));
    } else {
        (void)follow_some(dropped, left);
    }
}

}  // namespace weft::linkstate
