#include "broker/queue/browsers.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

void Browsers::add(ConsumerId id, Choose choose, std::vector<std::string> keys) {
    const auto [at, added] = browsers_.try_emplace(id, Browser{.choose = std::move(choose)});
    WEFT_CHECK(added);
    for (std::string& key : keys) {
        at->second.wanted.push_back({.key = std::move(key)});
    }
}

void Browsers::remove(ConsumerId id) {
    browsers_.erase(id);
    stirred_.erase(id);
}

void Browsers::set_credit(ConsumerId id, std::uint32_t credit, bool drain) {
    Browser& browser = browsers_.at(id);
    browser.credit = credit;
    browser.drain = drain;
    stirred_.insert(id);
}

void Browsers::look_again(ConsumerId id, MessageId message) {
    if (const auto found = browsers_.find(id); found != browsers_.end()) {
        Browser& browser = found->second;
        const auto seen = std::ranges::find(browser.wanted, message, &Wanted::seen);
        browser.next =
            std::min(browser.next, static_cast<std::size_t>(seen - browser.wanted.begin()));
        browser.looked = 0;
        browser.cursor = std::min(browser.cursor, message);
        browser.went_back = browser.state == State::reading;
        stirred_.insert(id);
    }
}

void Browsers::hold(ConsumerId id, bool held) {
    browsers_.at(id).held = held;
    stirred_.insert(id);
}

void Browsers::recall() {
    for (const auto& [id, browser] : browsers_) {
        if (browser.credit > 0 && browser.wanted.empty()) {
            stirred_.insert(stirred_.end(), id);
        }
    }
}

/// What it is to read; nothing: there is no more for it.
std::optional<Range> Browsers::next_of(Browser& browser, MessageId last, const Find& find) const {
    if (browser.wanted.empty()) {
        const std::size_t wanted = browser.choose ? messages_ : browser.credit;
        return browser.cursor > last ? std::nullopt
                                     : std::optional{Range{.from = browser.cursor,
                                                           .through = last,
                                                           .messages = std::min(wanted, messages_),
                                                           .bytes = bytes_}};
    }
    for (; browser.next < browser.wanted.size(); ++browser.next) {
        const MessageId found = find(browser.wanted[browser.next].key);
        if (found != 0 && found != browser.looked) {
            browser.looked = found;
            return Range{.from = found, .through = found, .messages = 1, .bytes = bytes_};
        }
        browser.looked = 0;
    }
    return std::nullopt;
}

void Browsers::advance(MessageId last, const Find& find, Actions& out) {
    for (const ConsumerId id : std::exchange(stirred_, {})) {
        Browser& browser = browsers_.at(id);
        if (browser.credit == 0 || browser.held || browser.state == State::reading) {
            continue;
        }
        if (const auto range = next_of(browser, last, find)) {
            browser.state = State::reading;
            out.push_back(Browse{.consumer = id, .range = *range});
        } else if (browser.drain) {
            browser.credit = 0;
            browser.drain = false;
            out.push_back(Drained{id});
        }
    }
}

std::size_t Browsers::on_browsed(ConsumerId id,
                                 const std::vector<Record>& records,
                                 MessageId through,
                                 const See& see,
                                 Actions& out) {
    const auto found = browsers_.find(id);
    if (found == browsers_.end()) {
        return 0;  // it left meanwhile
    }
    Browser& browser = found->second;
    browser.state = State::resting;
    stirred_.insert(id);
    if (std::exchange(browser.went_back, false)) {
        browser.looked = 0;
        return 0;
    }
    std::size_t given = 0;
    for (const Record& record : records) {
        const bool full = browser.credit == 0 || browser.held;
        const Sight sight = full ? Sight::later : see(record, browser.choose);
        if (sight == Sight::later) {
            browser.cursor = record.id;
            browser.looked = 0;
            return given;
        }
        if (sight == Sight::seen) {
            --browser.credit;
            ++given;
            if (!browser.wanted.empty()) {
                browser.wanted[browser.next++].seen = record.id;
                browser.looked = 0;
            }
            out.push_back(Deliver{.consumer = id,
                                  .id = record.id,
                                  .failures = record.failures,
                                  .priority = record.priority,
                                  .payload = record.payload});
        }
    }
    browser.cursor = through + 1;
    return given;
}

}  // namespace weft::queue
