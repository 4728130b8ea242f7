#pragma once

#include "common/base/result.hpp"
#include "router/linkstate/control_fields.hpp"
#include "router/linkstate/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::linkstate {

/// A MAU whose lists are read a slice at a time, for they may have very many elements.
///
///     keys ──all of exist, or of add──▶ removed ──all of del──▶ hints ──all──▶ whole
///
/// Refers to the bytes that it reads. Threading: not shared (a value).
class MobileReading {
public:
    /// `fields` are a MAU's, of which `update` has the speaker. Reads all but the lists.
    static Result<MobileReading> begin(MobileUpdate update, const ControlFields& fields);

    /// Keys in the lists.
    std::size_t size() const { return size_; }
    /// Reads at most `left` elements, and counts them down. True: the update is whole.
    Result<bool> read(std::size_t& left);
    const MobileUpdate& update() const { return update_; }
    /// Bytes of the keys that are to be added, as far as they are read.
    std::size_t bytes() const { return bytes_; }
    MobileUpdate take() { return std::move(update_); }

private:
    enum class State : std::uint8_t { keys, removed, hints, whole };

    MobileReading(MobileUpdate update, const ControlFields& fields)
        : fields_{fields}, update_{std::move(update)} {}
    std::vector<std::string>& more() { return update_.exist ? *update_.exist : update_.add; }
    ControlFields::List* unread();
    Result<bool> read_one(ControlFields::List& list);

    ControlFields fields_;
    MobileUpdate update_;
    ControlFields::List keys_;
    ControlFields::List removed_;
    ControlFields::List hints_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
    State state_ = State::keys;
};

/// Of the content of a message that read_message took for a MAU, which must outlive the reading.
[[nodiscard]] Result<MobileReading> read_long(Bytes content);

}  // namespace weft::linkstate
