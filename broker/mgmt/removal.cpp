#include "broker/mgmt/removal.hpp"

#include "common/base/printable.hpp"

#include <algorithm>
#include <utility>

namespace weft::broker_mgmt {

Removal::Removal(io::Loop& loop, Wish wish, std::function<void()> ended)
    : loop_{loop}, wish_{std::move(wish)}, any_{wish_.ids.empty()}, ended_{std::move(ended)} {
    const queue::MessageId from = any_ ? wish_.first : *wish_.ids.begin();
    done_.next = from;
    id_ = wish_.from->add_consumer(
        *this, {.choose = [this](const queue::Record& record) { return choose(record); },
                .operates = true,
                .from = from});
    wish_.from->set_credit(id_, static_cast<std::uint32_t>(wish_.messages), /*drain=*/true);
}

Removal::~Removal() {
    if (life_ == Life::taking) {
        wish_.from->remove_consumer(id_, /*failed=*/false);
    }
}

queue::Choice Removal::choose(const queue::Record& record) {
    if (looked_ >= kLookedMax) {
        return queue::Choice::passed_over;
    }
    if (++looked_ == kLookedMax) {
        end_soon(/*more=*/true);
    }
    done_.next = std::max(done_.next, record.id + 1);
    const bool named = any_ || wish_.ids.contains(record.id);
    const bool wanted = named && (!wish_.homes || wish_.homes->takes_back(record));
    if (named && !wanted) {
        wish_.ids.erase(record.id);  // it is there
    }
    return wanted ? queue::Choice::wanted : queue::Choice::passed_over;
}

void Removal::deliver(const queue::Deliver& deliver) {
    if (life_ == Life::ended) {
        return;
    }
    broker::QueueNode& from = *wish_.from;
    broker::QueueNode* goal = nullptr;
    if (wish_.homes) {
        goal = wish_.homes->home_of(deliver.id);
        if (goal == nullptr) {
            wish_.ids.erase(deliver.id);
            from.give_back(id_, deliver.id, {.kind = queue::Outcome::Kind::released},
                           /*drain=*/true);
            return;
        }
    } else if (wish_.to) {
        goal = wish_.queues->find(wish_.to->number);
        if (goal == nullptr || goal->machine().stock().is_full()) {
            from.settle(id_, deliver.id, {.kind = queue::Outcome::Kind::released});
            stop("'" + printable(wish_.to->name) +
                 (goal == nullptr ? "' was deleted" : "' is full (maxMessages or maxBytes)"));
            return;
        }
    }
    const std::uint64_t size = deliver.payload->size();
    if (goal != nullptr && !wish_.queues->store().takes(size)) {
        from.settle(id_, deliver.id, {.kind = queue::Outcome::Kind::released});
        stop("the broker's store has no room for them: make room on its disk");
        return;
    }
    const bool had = goal != nullptr
                         ? from.move(deliver, *goal)
                         : from.settle(id_, deliver.id, {.kind = queue::Outcome::Kind::purged});
    if (!had) {
        return;
    }
    ++done_.messages;
    done_.bytes += size;
    wish_.ids.erase(deliver.id);
    if (done_.messages == wish_.messages) {
        end_soon(/*more=*/any_ && from.machine().depth() > 0);
    }
}

void Removal::stop(std::string why) {
    if (done_.stopped.empty()) {
        done_.stopped = std::move(why);
        end_soon(/*more=*/true);
    }
}

/// Not at once: the queue is in the middle of something.
void Removal::end_soon(bool more) {
    done_.more = more;
    later_ = loop_.after(Duration::zero(), [this] { end(); });
}

void Removal::cut_short() {
    done_.more = true;
    end();
}

void Removal::on_deleted() {
    done_.stopped = "the queue was deleted";
    end();
}

void Removal::end() {
    if (std::exchange(life_, Life::ended) == Life::ended) {
        return;
    }
    later_.cancel();
    wish_.from->remove_consumer(id_, /*failed=*/false);
    done_.missing = std::exchange(wish_.ids, {});
    done_.left = wish_.homes ? wish_.homes->left() : Homes::Left{};
    ended_();
}

}  // namespace weft::broker_mgmt
