#pragma once

#include "common/sqlite/database.hpp"

#include <cstdint>

/// The tables of a store, and their versions (docs/store-format.md). Threading: as the database.
namespace weft::store {

using sqlite::Database;
using sqlite::Statement;

/// The version that this broker writes.
inline constexpr std::uint64_t kSchemaVersion = 4;

/// Pages of the file, in bytes.
inline constexpr std::uint64_t kPageSize = 8192;

/// Makes the tables in a file that has none, or changes those of an older version to the present
/// one: each step is one commit, so whoever is killed meanwhile goes on from there. Errors: it is
/// no store, or one of a newer version, or has other tables than its version; nothing is changed
/// then.
[[nodiscard]] Result<void> prepare_schema(Database& database);

/// The same for who only reads: the present version, or an error.
[[nodiscard]] Result<void> check_schema(Database& database);

}  // namespace weft::store
