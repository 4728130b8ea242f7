#include "mqtt-gateway/mapping/retained_copy.hpp"

#include <algorithm>
#include <vector>

namespace weft::mqtt_mapping {

RetainedCopy::Epoch RetainedCopy::next_epoch(WallTime now) {
    last_ = std::max(last_ + 1, static_cast<Epoch>(std::max<WallTime>(now, 0)));
    return last_;
}

void RetainedCopy::note(Epoch epoch) {
    last_ = epoch > kEpochMax ? last_ : std::max(last_, epoch);
}

void RetainedCopy::restart() {
    std::vector<std::string> topics;
    retained_.append_topics(topics);
    unseen_.insert(topics.begin(), topics.end());
}

Retained::Kept RetainedCopy::read(const SharedMessage& message, Epoch epoch) {
    note(epoch);
    const std::string topic{message->publish().topic};
    unseen_.erase(topic);
    if (const auto found = own_.find(topic); found != own_.end()) {
        Own& own = found->second;
        if (epoch < own.ahead) {
            return Retained::Kept::nothing;
        }
        const bool is_kept = epoch == own.ahead;
        own.ahead = 0;
        own.sent = epoch >= own.sent ? 0 : own.sent;
        drop_if_over(found);
        if (is_kept) {
            return Retained::Kept::nothing;
        }
    }
    return retained_.keep(message);
}

void RetainedCopy::caught_up() {
    for (const std::string& topic : unseen_) {
        retained_.remove(topic);
    }
    unseen_.clear();
    for (auto at = own_.begin(); at != own_.end();) {
        const auto own = at++;
        if (own->second.asked < asked_) {
            own->second.ahead = 0;
            drop_if_over(own);
        }
    }
}

void RetainedCopy::sent(std::string_view topic, Epoch epoch) {
    note(epoch);
    own_[std::string{topic}].sent = epoch;
}

Retained::Kept RetainedCopy::accepted(const SharedMessage& message, Epoch epoch) {
    const auto found = own_.find(message->publish().topic);
    if (found == own_.end() || found->second.sent != epoch) {
        return Retained::Kept::nothing;  // it, or a younger one, was read
    }
    found->second = {.ahead = epoch, .asked = asked_};
    unseen_.erase(found->first);
    return retained_.keep(message);
}

void RetainedCopy::refused(std::string_view topic, Epoch epoch) {
    if (const auto found = own_.find(topic); found != own_.end() && found->second.sent == epoch) {
        found->second.sent = 0;
        drop_if_over(found);
    }
}

void RetainedCopy::drop_if_over(Owns::iterator own) {
    if (own->second.sent == 0 && own->second.ahead == 0) {
        own_.erase(own);
    }
}

}  // namespace weft::mqtt_mapping
