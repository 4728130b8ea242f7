#include "mqtt-gateway/node/queue_browser.hpp"

#include "common/io/log.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/mapping/row_key.hpp"

#include <iterator>
#include <utility>

namespace weft::gateway {
namespace {

/// A key that no row has.
constexpr std::string_view kNoKey = "#";

void log(io::Level level, std::string text) {
    WEFT_LOG(gateway_config::kDeviceModule, level, std::move(text));
}

}  // namespace

QueueBrowser::QueueBrowser(io::Loop& loop,
                           Uplink& uplink,
                           std::string address,
                           std::string_view what,
                           std::string_view away,
                           User user)
    : loop_{loop},
      uplink_{uplink},
      address_{std::move(address)},
      what_{what},
      away_{away},
      user_{std::move(user)} {
    receive();
}

void QueueBrowser::receive() {
    Buffer filter;
    if (!has_keys_) {
        mqtt_mapping::append_key_filter(filter, kNoKey);
    }
    reception_ =
        uplink_.receive({.address = address_, .filter = std::move(filter), .copies = true});
}

void QueueBrowser::on_attached() {
    if (!std::exchange(has_keys_, true)) {
        uplink_.end(reception_);
        receive();
        return;
    }
    log(io::Level::info, std::string{what_} + " are read from '" + address_ + "'");
    life_ = Life::behind;
    user_.restarted();
    look();
}

void QueueBrowser::on_detached() {
    log(io::Level::warning, "the queue '" + address_ + "' is away: " + std::string{away_});
    why_away_ = "its link is lost";
    life_ = Life::away;
    looking_ = false;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(asking_.begin()),
                    std::make_move_iterator(asking_.end()));
    asking_.clear();
}

void QueueBrowser::on_refused(const Error& why) {
    const std::string reason = std::string{why.condition} + " " + why.text;
    if (reason != why_away_) {  // else it was told
        log(io::Level::warning,
            "the queue '" + address_ + "' of " + std::string{what_} + " can't be read: " + reason);
    }
    why_away_ = reason;
    reception_ = 0;
    again_ = loop_.after(kAskAgain, [this] { receive(); });
}

/// To the end of what is there now.
void QueueBrowser::look() {
    looking_ = true;
    asking_ = std::exchange(waiting_, {});
    user_.asked();
    uplink_.drain(reception_);
}

void QueueBrowser::on_drained(bool to_end) {
    if (!to_end) {
        uplink_.drain(reception_);
        return;
    }
    life_ = Life::current;
    user_.caught_up();
    looking_ = false;
    for (const auto& then : std::exchange(asking_, {})) {
        then();
    }
    if (!waiting_.empty() && !looking_) {
        look();
    }
}

void QueueBrowser::when_current(std::function<void()> then) {
    waiting_.push_back(std::move(then));
    if (life_ == Life::current && !looking_) {
        look();
    }
}

std::string QueueBrowser::problem() const {
    if (life_ == Life::current) {
        return {};
    }
    return "the queue '" + address_ + "' of " + std::string{what_} +
           (life_ == Life::behind ? " is not read to its end" : " is not there: " + why_away_);
}

std::optional<mqtt_mapping::Outcome> outcome_of_row(Uplink& uplink,
                                                    PublicationId id,
                                                    UplinkUser::Fate fate,
                                                    Bytes state) {
    using mqtt_mapping::Answer;
    if (fate == UplinkUser::Fate::lost || fate == UplinkUser::Fate::too_late) {
        uplink.publish_again(id);
        return std::nullopt;
    }
    const auto outcome = fate == UplinkUser::Fate::decided ? mqtt_mapping::read_outcome(state)
                                                           : mqtt_mapping::Outcome{};
    if (fate == UplinkUser::Fate::no_credit || outcome.answer == Answer::no_consumer ||
        outcome.answer == Answer::undeliverable) {
        uplink.publish_later(id);
        return std::nullopt;
    }
    return outcome;
}

}  // namespace weft::gateway
