#include "broker/store/body_files.hpp"

#include "broker/store/checksum.hpp"
#include "common/base/conditions.hpp"
#include "common/wire/big_endian.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace weft::store {

std::array<std::uint8_t, BodyPlace::kSize> BodyPlace::encoded() const {
    std::array<std::uint8_t, kSize> bytes{};
    wire::store_u64(bytes.data(), file);
    wire::store_u64(bytes.data() + 8, offset);
    wire::store_u32(bytes.data() + 16, size);
    wire::store_u32(bytes.data() + 20, sum);
    return bytes;
}

BodyPlace BodyPlace::decoded(Bytes bytes) {
    if (bytes.size() != kSize) {
        return {};
    }
    return {.file = wire::load_u64(bytes.data()),
            .offset = wire::load_u64(bytes.data() + 8),
            .size = wire::load_u32(bytes.data() + 16),
            .sum = wire::load_u32(bytes.data() + 20)};
}

// --- opening ---------------------------------------------------------------------------------

Result<void> BodyFiles::open(const std::string& folder, Database& database) {
    folder_ = folder_in(folder);
    std::error_code failed;
    std::filesystem::create_directory(folder_, failed);
    if (failed) {
        return fail(kInternalError, "'" + folder_ + "' can't be made: " + failed.message());
    }
    if (auto flushed = flush_folder(folder); !flushed) {
        return flushed;
    }
    if (auto loaded = load(database); !loaded) {
        return loaded;
    }
    return clear_away();
}

Result<void> BodyFiles::load(Database& database) {
    WEFT_TRY(update_, database.prepare("INSERT OR REPLACE INTO body_file(id, size, live_bytes)"
                                       " VALUES(?, ?, ?)"));
    WEFT_TRY(delete_, database.prepare("DELETE FROM body_file WHERE id = ?"));
    WEFT_TRY(
        Statement rows,
        database.prepare("SELECT id, size, live_bytes,"
                         " (SELECT count(*) FROM segment WHERE file = body_file.id AND file > 0)"
                         " FROM body_file"));
    for (;;) {
        WEFT_TRY(const bool row, rows.step());
        if (!row) {
            break;
        }
        files_[rows.number(0)] = {
            .size = rows.number(1), .live = rows.number(2), .segments = rows.number(3)};
        bytes_ += rows.number(1);
    }
    WEFT_TRY(const std::uint64_t last,
             database.number("SELECT max(seq) FROM sqlite_sequence WHERE name = 'body_file'"));
    next_ = last + 1;
    for (const auto& [number, file] : files_) {
        judge(number);
    }
    return {};
}

/// What was written and never committed.
Result<void> BodyFiles::clear_away() {
    std::error_code failed;
    for (const auto& found : std::filesystem::directory_iterator{folder_, failed}) {
        const std::string name = found.path().filename().string();
        std::uint64_t number = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
        if (read.ec != std::errc{} || read.ptr != name.data() + name.size()) {
            continue;  // not ours
        }
        const auto known = files_.find(number);
        if (known == files_.end()) {  // B2
            WEFT_TRY([[maybe_unused]] const bool there, File::remove(path_of(number)));
            continue;
        }
        WEFT_TRY(File file, File::open(path_of(number), File::Mode::write));
        WEFT_TRY(const std::uint64_t size, file.size());
        if (size > known->second.size) {
            if (auto cut = file.cut(known->second.size); !cut) {
                return cut;
            }
        }
    }
    if (failed) {
        return fail(kInternalError, "'" + folder_ + "' can't be listed: " + failed.message());
    }
    return {};
}

// --- bodies ----------------------------------------------------------------------------------

BodyFiles::OneFile& BodyFiles::change(std::uint64_t file) {
    changed_.insert(file);
    return files_[file];
}

std::string BodyFiles::path_of(std::uint64_t file) const {
    return folder_ + "/" + std::to_string(file);
}

Result<void> BodyFiles::make_current() {
    if (current_.is_open()) {
        return {};
    }
    if (files_.empty()) {
        change(next_++);
    } else if (const auto last = *files_.rbegin(); last.second.size >= kFileBytes) {
        change(last.first);  // it is judged anew: it is the last no more
        change(next_++);
    }
    WEFT_TRY(current_, File::open(path_of(files_.rbegin()->first), File::Mode::write));
    return {};
}

Result<BodyPlace> BodyFiles::append(Bytes body) {
    if (auto made = make_current(); !made) {
        return tl::unexpected(made.error());
    }
    const std::uint64_t number = files_.rbegin()->first;
    OneFile& file = change(number);
    const BodyPlace place{.file = number,
                          .offset = file.size,
                          .size = static_cast<std::uint32_t>(body.size()),
                          .sum = checksum(body)};
    appended_ = true;
    if (auto written = current_.write(body, place.offset); !written) {
        return tl::unexpected(written.error());
    }
    file.size += body.size();
    bytes_ += body.size();
    file.live += body.size();
    return place;
}

void BodyFiles::lose(std::uint64_t file, std::uint64_t bytes) {
    OneFile& lost = change(file);
    lost.live -= std::min(lost.live, bytes);  // of a damaged one, nobody knows how many
}

Result<BodyFiles::Read> BodyFiles::read(const BodyPlace& place) {
    auto reader = readers_.find(place.file);
    if (reader == readers_.end()) {
        const auto known = files_.find(place.file);
        auto opened = File::open(path_of(place.file), File::Mode::read);
        if (known == files_.end() || !opened) {
            return Read{.body = {}, .damaged = true};  // it is gone
        }
        if (readers_.size() >= kReadersMax) {
            readers_.erase(readers_.begin());
        }
        reader = readers_.emplace(place.file, *std::move(opened)).first;
    }
    WEFT_TRY(const std::uint64_t size, reader->second.size());
    if (place.offset + place.size > size) {
        return Read{.body = {}, .damaged = true};
    }
    Read read{.body = Buffer(place.size)};
    WEFT_TRY(const std::size_t there, reader->second.read(read.body, place.offset));
    read.damaged = there != place.size || checksum(read.body) != place.sum;
    return read;
}

// --- commits ---------------------------------------------------------------------------------

Result<void> BodyFiles::flush() {
    if (std::exchange(appended_, false)) {
        if (auto flushed = current_.sync(); !flushed) {  // B1
            return flushed;
        }
    }
    for (const std::uint64_t number : std::exchange(changed_, {})) {
        const OneFile file = files_.at(number);
        const bool dead = file.live == 0 || file.segments == 0;
        if (dead) {
            doomed_.push_back(number);
        } else {
            judge(number);
        }
        auto written = dead ? delete_.bind(1, number).run()
                            : update_.bind(1, number).bind(2, file.size).bind(3, file.live).run();
        if (!written) {
            return written;
        }
    }
    return {};
}

void BodyFiles::committed() {
    const bool full = !files_.empty() && files_.rbegin()->second.size >= kFileBytes;
    for (const std::uint64_t number : std::exchange(doomed_, {})) {
        if (number == files_.rbegin()->first) {
            current_ = {};
        }
        readers_.erase(number);
        wasteful_.erase(number);
        bytes_ -= files_.at(number).size;
        files_.erase(number);
        (void)File::remove(path_of(number));  // if it stays, the next `open` deletes it
    }
    if (full) {
        current_ = {};
    }
}

/// Whether it is mostly dead.
void BodyFiles::judge(std::uint64_t number) {
    const auto file = files_.find(number);
    const bool is_last = file == std::prev(files_.end());  // B3
    if (!is_last && file->second.size >= kCompactedMin &&
        file->second.live < file->second.size / kLivePart) {
        wasteful_.insert(number);
    }
}

std::optional<std::uint64_t> BodyFiles::wasteful() const {
    return wasteful_.empty() ? std::nullopt : std::optional{*wasteful_.begin()};
}

}  // namespace weft::store
