#include "router/linkstate/mobile_reading.hpp"

#include "common/base/conditions.hpp"

namespace weft::linkstate {
namespace {

/// A number that the protocol does not know yet counts as the treatment that is the default.
Hint hint_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<std::int64_t>(Hint::unavailable);
    return known ? static_cast<Hint>(number) : Hint::balanced;
}

}  // namespace

Result<MobileReading> MobileReading::begin(MobileUpdate update, const ControlFields& fields) {
    WEFT_TRY(update.mobile_seq, fields.integer(Field::mobile_seq));
    MobileReading reading{std::move(update), fields};
    if (fields.has(Field::exist)) {
        if (fields.has(Field::add) || fields.has(Field::del)) {
            return fail(kInvalidField,
                        fields.place_of(Field::exist) + " excludes the fields add and del");
        }
        reading.update_.exist.emplace();
        WEFT_TRY(reading.keys_, fields.list(Field::exist));
    } else {
        WEFT_TRY(reading.keys_, fields.list(Field::add));
        WEFT_TRY(reading.removed_, fields.list(Field::del));
    }
    reading.size_ = std::size_t{reading.keys_.count} + reading.removed_.count;
    if (reading.size_ > kKeysMax) {
        return fail(kInvalidField, "MAU: add and del together have more than " +
                                       std::to_string(kKeysMax) + " elements");
    }
    if (fields.has(Field::hints)) {
        WEFT_TRY(reading.hints_, fields.list(Field::hints));
    }
    return reading;
}

/// The list that has more; null: none does.
ControlFields::List* MobileReading::unread() {
    for (;;) {
        ControlFields::List& list = state_ == State::keys      ? keys_
                                    : state_ == State::removed ? removed_
                                                               : hints_;
        if (state_ == State::whole || !list.elements.done()) {
            return state_ == State::whole ? nullptr : &list;
        }
        state_ = static_cast<State>(static_cast<std::uint8_t>(state_) + 1);
    }
}

Result<bool> MobileReading::read_one(ControlFields::List& list) {
    switch (state_) {
        case State::keys: {
            const Field field = update_.exist ? Field::exist : Field::add;
            WEFT_TRY(const std::string_view key, fields_.next_key(field, list));
            bytes_ += key.size();
            more().emplace_back(key);
            break;
        }
        case State::removed: {
            WEFT_TRY(const std::string_view key, fields_.next_key(Field::del, list));
            update_.del.emplace_back(key);
            break;
        }
        case State::hints: {
            WEFT_TRY(const std::int64_t number, fields_.next_integer(Field::hints, list));
            update_.hints.push_back(hint_of(number));
            break;
        }
        case State::whole:
            break;
    }
    return true;
}

Result<bool> MobileReading::read(std::size_t& left) {
    while (ControlFields::List* const list = unread()) {
        if (left == 0) {
            return false;
        }
        --left;
        WEFT_TRY([[maybe_unused]] const bool taken, read_one(*list));
    }
    if (update_.hints.size() != more().size()) {
        update_.hints.clear();  // nobody knows which is whose
    }
    return true;
}

}  // namespace weft::linkstate
