#pragma once

#include "broker/tenure/record.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::store {

/// `record` as the file has it: lines of text, the last of which has a checksum, padded to
/// EpochFile::kSize.
[[nodiscard]] std::string encode_record(const tenure::Record& record);
/// Nullopt: it is damaged, or of another format.
[[nodiscard]] std::optional<tenure::Record> decode_record(std::string_view text);

/// The file `epoch` of a store's folder: who has it. It is opened anew for each call, so that a
/// network's file system shows what another machine wrote. It keeps its size, so that a renewal
/// needs no room on a full disk.
///
/// Errors: with the path, and what to do. Threading: one thread at a time.
class EpochFile {
public:
    static constexpr std::size_t kSize = 1024;  // bytes
    /// Somebody may write just now; then it is read again.
    static constexpr int kReadings = 5;

    explicit EpochFile(const std::string& folder) : path_{folder + "/epoch"} {}

    /// Nullopt: there is none, or nothing in it yet.
    [[nodiscard]] Result<std::optional<tenure::Record>> read() const;
    enum class Flush : std::uint8_t { no, yes };
    /// Makes it if it is missing. `yes`: it is on the disk, and so is its name.
    [[nodiscard]] Result<void> write(const tenure::Record& record, Flush flush) const;

private:
    std::string path_;
};

}  // namespace weft::store
