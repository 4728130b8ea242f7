#pragma once

#include "broker/selector/limits.hpp"
#include "broker/selector/program.hpp"
#include "broker/selector/value.hpp"
#include "common/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::selector {

/// A message to be judged.
struct Candidate {
    /// Its first bytes: all in front of the body.
    Bytes message;
    /// Deliveries that failed; nothing: as its header says.
    std::optional<std::uint32_t> failures{};
};

/// What a program asks for, of one message. Only the sections that it asks for are read, and of
/// these nothing twice. What is malformed, and what stands behind it, is absent. Nothing is
/// allocated. Threading: not shared.
class MessageValues {
public:
    /// All must outlive it.
    MessageValues(const Program& program, const Candidate& candidate, Budget& budget) noexcept;
    MessageValues(const MessageValues&) = delete;
    MessageValues& operator=(const MessageValues&) = delete;

    /// Of a name by its number in the program.
    const Value& of(std::size_t name) const noexcept { return values_[name]; }

private:
    static constexpr std::size_t kWireFields = kLastProperty + std::size_t{1};

    void read_sections(Bytes message) noexcept;
    void read_list(Bytes list, std::size_t first, std::size_t count) noexcept;
    void read_application_properties(Bytes map) noexcept;
    Bytes raw(Field field) const noexcept { return raw_[static_cast<std::size_t>(field)]; }
    Value seen(Field field) noexcept;
    Value delivery_count(std::uint32_t more) const noexcept;
    Value id(Bytes encoded) noexcept;
    Value jms_id(Bytes encoded, std::string_view of_bare_text) noexcept;
    Value written(std::string_view prefix, std::string_view text) noexcept;

    const Program& program_;
    const Candidate& candidate_;
    Budget& budget_;
    std::array<Bytes, kWireFields> raw_{};  // fields of header and properties, encoded
    std::array<Value, kNamesMax> values_{};
    std::array<char, kIdTextMax> ids_;  // the texts of ids that are none
    std::size_t ids_size_ = 0;
};

}  // namespace weft::selector
