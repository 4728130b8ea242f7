#pragma once

#include <cstdint>
#include <string_view>

namespace weft::selector {

/// A value as selectors see it. Threading: not shared (a value; text belongs to somebody else).
struct Value {
    enum class Kind : std::uint8_t {
        null,  // absent, or the unknown of the three truths
        boolean,
        integer,
        real,
        text,
        other,  // there, but of a type that compares with nothing: binary, lists, decimals
    };

    Kind kind = Kind::null;
    bool boolean = false;
    union {
        std::int64_t integer = 0;
        double real;
    };
    std::string_view text{};

    Value() noexcept = default;
    static Value of(bool value) noexcept {
        Value made{Kind::boolean};
        made.boolean = value;
        return made;
    }
    static Value of(std::int64_t value) noexcept {
        Value made{Kind::integer};
        made.integer = value;
        return made;
    }
    static Value of(double value) noexcept {
        Value made{Kind::real};
        made.real = value;
        return made;
    }
    static Value of(std::string_view value) noexcept {
        Value made{Kind::text};
        made.text = value;
        return made;
    }
    static Value other() noexcept { return Value{Kind::other}; }

    bool is_number() const noexcept { return kind == Kind::integer || kind == Kind::real; }
    bool is_true() const noexcept { return kind == Kind::boolean && boolean; }
    bool is_false() const noexcept { return kind == Kind::boolean && !boolean; }

private:
    explicit Value(Kind its_kind) noexcept : kind{its_kind} {}
};

}  // namespace weft::selector
