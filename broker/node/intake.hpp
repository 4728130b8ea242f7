#pragma once

#include "broker/store/store.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace weft::broker {

class ProducerLink;

/// How much room the store has, for people.
std::string words_of(const store::Store& store);

/// Whether producers may bring messages to any queue at all, as the store's disk has room for them:
/// at first they lose their credit, then what comes is rejected. All that bring messages hear of a
/// change, those without an address included. Threading: loop-confined.
class Intake {
public:
    /// Before anything else. It must outlive this.
    void watch(const store::Store& store);

    void add(ProducerLink& producer) { producers_.insert(&producer); }
    void remove(ProducerLink& producer) { producers_.erase(&producer); }

    bool takes_credit() const { return store_->room() == store::Room::plenty; }
    /// One more message. Errors: amqp:resource-limit-exceeded.
    [[nodiscard]] Result<void> admit(std::size_t bytes);
    /// Messages that were not.
    std::uint64_t rejected() const { return rejected_; }
    /// A message was refused to its producer, for whatever reason.
    void note_refused() { ++refused_; }
    std::uint64_t refused() const { return refused_; }
    void on_room();

private:
    const store::Store* store_ = nullptr;
    std::set<ProducerLink*> producers_;
    std::uint64_t rejected_ = 0;
    std::uint64_t refused_ = 0;
};

}  // namespace weft::broker
