#include "broker/queue/browsers.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {

void Browsers::add(ConsumerId id, Choose choose) {
    const bool added = browsers_.try_emplace(id, Browser{.choose = std::move(choose)}).second;
    WEFT_CHECK(added);
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
        if (browser.credit > 0) {
            stirred_.insert(stirred_.end(), id);
        }
    }
}

void Browsers::advance(MessageId last, Actions& out) {
    for (const ConsumerId id : std::exchange(stirred_, {})) {
        Browser& browser = browsers_.at(id);
        if (browser.credit == 0 || browser.held || browser.state == State::reading) {
            continue;
        }
        if (browser.cursor <= last) {
            browser.state = State::reading;
            const std::size_t wanted = browser.choose ? messages_ : browser.credit;
            const Range range{.from = browser.cursor,
                              .through = last,
                              .messages = std::min(wanted, messages_),
                              .bytes = bytes_};
            out.push_back(Browse{.consumer = id, .range = range});
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
        return 0;
    }
    std::size_t given = 0;
    for (const Record& record : records) {
        const bool full = browser.credit == 0 || browser.held;
        const Sight sight = full ? Sight::later : see(record, browser.choose);
        if (sight == Sight::later) {
            browser.cursor = record.id;
            return given;
        }
        if (sight == Sight::seen) {
            --browser.credit;
            ++given;
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
