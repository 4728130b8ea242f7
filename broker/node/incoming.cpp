#include "broker/node/incoming.hpp"

#include "common/base/census.hpp"

#include <utility>

namespace weft::broker {

Incoming::Message::Message(Incoming& incoming,
                           std::shared_ptr<Account> account,
                           std::function<void()> give_up)
    : incoming_{incoming},
      account_{std::move(account)},
      give_up_{std::move(give_up)},
      place_{incoming.unfinished_.end()} {}

Incoming::Message::~Message() {
    end();
    account_->bytes -= bytes_;
    incoming_.bytes_ -= bytes_;
}

bool Incoming::Message::add(std::size_t bytes) {
    const Instant now = incoming_.now_();
    while (!incoming_.has_room(*account_)) {
        if (!incoming_.make_room(*this, now)) {
            return false;
        }
    }
    bytes_ += bytes;
    account_->bytes += bytes;
    incoming_.bytes_ += bytes;
    last_frame_ = now;
    std::list<Message*>& all = incoming_.unfinished_;
    if (place_ == all.end()) {
        place_ = all.insert(all.end(), this);
    } else {
        all.splice(all.end(), all, place_);
    }
    return true;
}

void Incoming::Message::end() {
    if (std::list<Message*>& all = incoming_.unfinished_; place_ != all.end()) {
        all.erase(std::exchange(place_, all.end()));
    }
}

/// What one frame brings over its share does no harm.
bool Incoming::has_room(const Account& account) const {
    return may_take(account.bytes, bytes_, kBytesMax);
}

/// Of the one that was silent for longest; false: none was for long enough.
bool Incoming::make_room(const Message& asks, Instant now) {
    if (unfinished_.empty() || unfinished_.front() == &asks ||
        now - unfinished_.front()->last_frame_ < kSilenceMost) {
        return false;
    }
    Message& silent = *unfinished_.front();
    const auto give_up = std::exchange(silent.give_up_, nullptr);
    silent.end();
    ++given_up_;
    give_up();  // the message is gone
    return true;
}

}  // namespace weft::broker
