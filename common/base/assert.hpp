#pragma once

namespace weft {

/// Prints the failed condition and its place, then aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace weft

/// A programmer's error: always compiled in, never used on input.
#define WEFT_CHECK(condition)                    \
    (__builtin_expect(!!(condition), 1) ? void() \
                                        : ::weft::check_failed(#condition, __FILE__, __LINE__))

/// As WEFT_CHECK, for measured hot loops: debug builds only.
#ifdef NDEBUG
#define WEFT_DCHECK(condition) void()
#else
#define WEFT_DCHECK(condition) WEFT_CHECK(condition)
#endif
