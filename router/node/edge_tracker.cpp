#include "router/node/edge_tracker.hpp"

#include "router/edge/tracking.hpp"

namespace weft::node {

void EdgeTracker::set_link(amqp::Link* link) {
    link_ = link;
    word_.clear();
    sent_ = 0;
}

bool EdgeTracker::tell(const std::string& key, bool others) {
    if (const auto at = due_.find(key); at != due_.end()) {
        at->second = others;
    } else if (due_.size() >= kDueMax || due_bytes_ + key.size() > kDueBytesMax) {
        return false;
    } else {
        due_.emplace(key, others);
        due_bytes_ += key.size();
    }
    send();
    return true;
}

void EdgeTracker::forget(const std::string& key) {
    if (due_.erase(key) > 0) {
        due_bytes_ -= key.size();
    }
}

void EdgeTracker::send() {
    while (link_ != nullptr && (!word_.empty() || (!due_.empty() && link_->credit() > 0))) {
        if (word_.empty()) {
            const auto next = due_.begin();
            edge::write_tracking(word_, {next->first, next->second});
            due_bytes_ -= next->first.size();
            due_.erase(next);
        }
        const amqp::Sent sent =
            link_->send({.settled = true}, Bytes(word_).subspan(sent_), /*more=*/false);
        sent_ += sent.taken;
        if (!sent.complete) {
            return;
        }
        word_.clear();
        sent_ = 0;
    }
    if (link_ != nullptr && due_.empty() && link_->drain()) {
        link_->drained();
    }
}

}  // namespace weft::node
