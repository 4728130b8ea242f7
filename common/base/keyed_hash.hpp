#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weft {

/// Hashes for tables whose keys peers choose. They depend on a key that nobody knows, so that
/// nobody can choose names or numbers that meet in one place of a table and make it slow.
///
/// Threading: any. Spec: SipHash-1-3, Aumasson and Bernstein
struct TextHash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(std::string_view text) const;
};

struct NumberHash {
    using is_avalanching = void;
    std::size_t operator()(std::uint64_t number) const;
};

/// The key of this process: random bits, before there are threads and tables. Without a call it is
/// 0, as tests and simulations want it, which are the same each time.
void set_hash_key(std::uint64_t one, std::uint64_t other);

}  // namespace weft
