#include "broker/queue/ready.hpp"

#include "common/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace weft::queue {
namespace {

bool is_before(const Record& record, MessageId id) {
    return record.id < id;
}

std::size_t is_refused(const Record& record) {
    return record.refused_by.empty() ? 0 : 1;
}

std::size_t held_bytes(const Record& record) {
    return record.payload ? record.payload->size() : 0;
}

}  // namespace

Ready::Records::iterator Ready::place_of(MessageId id) {
    return std::lower_bound(records_.begin(), records_.end(), id, is_before);
}

Ready::Records::const_iterator Ready::place_of(MessageId id) const {
    return std::lower_bound(records_.begin(), records_.end(), id, is_before);
}

void Ready::add(Record record) {
    bytes_ += held_bytes(record);
    refused_ += is_refused(record);
    const bool newest = records_.empty() || records_.back().id < record.id;
    const auto place = newest ? records_.end() : place_of(record.id);
    WEFT_CHECK(place == records_.end() || place->id != record.id);  // Y1
    if (record.id < passed_) {
        again_.insert(record.id);
    }
    records_.insert(place, std::move(record));
}

const Record* Ready::on_offer() const {
    const auto place = place_of(again_.empty() ? passed_ : *again_.begin());
    return place == records_.end() ? nullptr : &*place;
}

void Ready::pass_over() {
    if (again_.empty()) {
        passed_ = on_offer()->id + 1;
    } else {
        again_.erase(again_.begin());
    }
}

void Ready::offer_again() {
    passed_ = 0;
    again_.clear();
}

const Record* Ready::find(MessageId id) const {
    const auto place = place_of(id);
    return place == records_.end() || place->id != id ? nullptr : &*place;
}

Record Ready::take(MessageId id) {
    const auto place = place_of(id);
    WEFT_CHECK(place != records_.end() && place->id == id);
    Record record = std::move(*place);
    records_.erase(place);
    again_.erase(id);
    bytes_ -= held_bytes(record);
    refused_ -= is_refused(record);
    return record;
}

void Ready::fill(Record record) {
    const auto place = place_of(record.id);
    if (place == records_.end() || place->id != record.id || place->payload) {
        return;
    }
    bytes_ += record.payload->size();
    place->payload = std::move(record.payload);
    place->brought = false;
    place->failures = std::max(place->failures, record.failures);
    if (place->group.empty()) {
        place->group = std::move(record.group);
    }
}

std::size_t Ready::missing_from(MessageId id) const {
    const auto from = place_of(id);
    const auto held = std::find_if(from, records_.end(), [](const Record& r) { return r.payload; });
    return static_cast<std::size_t>(held - from);
}

void Ready::unload() {
    for (Record& record : records_) {
        record.payload = nullptr;
        record.brought = false;
    }
    bytes_ = 0;
}

void Ready::clear() {
    records_.clear();
    bytes_ = 0;
    refused_ = 0;
    offer_again();
}

}  // namespace weft::queue
