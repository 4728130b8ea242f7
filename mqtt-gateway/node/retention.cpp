#include "mqtt-gateway/node/retention.hpp"

#include "common/io/log.hpp"
#include "mqtt-gateway/config/log_modules.hpp"

#include <algorithm>
#include <utility>

namespace weft::gateway {

Retention::Retention(io::Loop& loop,
                     Uplink& uplink,
                     const mqtt_mapping::AddressSpace& space,
                     Keeper& keeper,
                     mqtt_mapping::Retained::Limits limits,
                     User user)
    : loop_{loop},
      uplink_{uplink},
      space_{space},
      keeper_{keeper},
      user_{std::move(user)},
      all_{limits},
      searches_{all_, user_.searches} {}

void Retention::share(RetainedQueue::Options options) {
    queue_ = std::make_unique<RetainedQueue>(
        loop_, uplink_, space_, all_, std::move(options),
        RetainedQueue::User{.stored =
                                [this](RetainedPlace::Ticket through) {
                                    keeper_.retained().on_stored(through);
                                    user_.told();
                                },
                            .refused =
                                [this](std::string_view topic) {
                                    if (moving_) {
                                        moving_->refuse(topic);
                                    }
                                }});
    keeper_.retained().use(*queue_);
}

void Retention::load(std::vector<mqtt_mapping::SharedMessage> known) {
    if (queue_ == nullptr) {
        for (mqtt_mapping::SharedMessage& kept : known) {
            (void)all_.keep(std::move(kept));
        }
    } else if (!known.empty()) {
        WEFT_LOG(gateway_config::kDeviceModule, io::Level::notice,
                 std::to_string(known.size()) + " retained messages of the store go to '" +
                     queue_->browser().address() + "', those that it does not have");
        moving_ = std::make_unique<RetainedMove>(known);
        keeper_.retained().watch([this](std::string_view topic) {
            if (moving_) {
                moving_->overtake(topic);
            }
        });
        queue_->browser().when_current([this] { move(); });
    }
}

void Retention::move() {
    for (mqtt_mapping::SharedMessage& kept : moving_->take(all_)) {
        keeper_.retained().keep_older(std::move(kept));
    }
    keeper_.retained().when_durable([this] {
        for (std::string& topic : moving_->over()) {
            keeper_.store()->remove_retained(std::move(topic));
        }
        moving_.reset();
    });
}

/// A queue forgets by itself.
std::size_t Retention::expire(mqtt_mapping::WallTime now, std::size_t most) {
    std::vector<std::string> gone;
    all_.expire(now, most, gone);
    for (std::string& topic : gone) {
        if (queue_ == nullptr) {
            keeper_.retained().forget(std::move(topic));
        }
    }
    return gone.size();
}

void Retention::give(DeviceId device,
                     session::SubscriptionNumber subscription,
                     const std::string& filter) {
    if (queue_ == nullptr) {
        search(device, subscription, filter);
        return;
    }
    waiting_.insert_or_assign({device, subscription}, filter);
    if (waiting_.size() >= look_through_at_) {
        forget_the_gone();
    }
    if (!looking_) {
        look();
    }
}

/// For all that wait, together.
void Retention::look() {
    looking_ = true;
    asking_ = std::exchange(waiting_, {});
    keeper_.retained().when_durable([this] {
        queue_->browser().when_current([this] {
            for (const auto& [who, filter] : std::exchange(asking_, {})) {
                if (user_.is_there(who.first, who.second)) {
                    search(who.first, who.second, filter);
                }
            }
            looking_ = false;
            if (!waiting_.empty()) {
                look();
            }
        });
    });
}

/// While the queue is away devices may subscribe again and again.
void Retention::forget_the_gone() {
    std::erase_if(waiting_, [this](const auto& each) {
        return !user_.is_there(each.first.first, each.first.second);
    });
    look_through_at_ = std::max(kWaitingLeast, 2 * waiting_.size());
}

void Retention::search(DeviceId device,
                       session::SubscriptionNumber subscription,
                       const std::string& filter) {
    searches_.add(device, subscription, filter);
    search_soon();
}

void Retention::resume(DeviceId device) {
    searches_.resume(device);
    search_soon();
}

/// In a turn of its own.
void Retention::search_soon() {
    constexpr std::size_t kTopicsAtOnce = 200;
    if (searches_.is_idle() || std::exchange(searching_, true)) {
        return;
    }
    searcher_ = loop_.after(Duration::zero(), [this] {
        searching_ = false;
        searches_.step(kTopicsAtOnce);
        search_soon();
        user_.told();
    });
}

}  // namespace weft::gateway
