#include "broker/store/epoch_file.hpp"

#include "broker/store/checksum.hpp"
#include "broker/store/file.hpp"
#include "common/base/bytes.hpp"
#include "common/base/conditions.hpp"
#include "common/base/printable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>

namespace weft::store {
namespace {

using tenure::Record;

constexpr std::string_view kFirstLine = "weft epoch 1\n";
constexpr std::size_t kNameMax = 160;  // bytes of a broker's or host's name, as they are written

std::string one_word(std::string_view text) {
    std::string word = printable(text).substr(0, kNameMax);
    return word.empty() ? "-" : word;
}

std::string hex_sum(std::string_view text) {
    std::array<char, 9> digits{};
    const std::uint32_t sum = checksum(as_bytes(text));
    std::to_chars(digits.data(), digits.data() + digits.size(), sum, 16);
    return digits.data();
}

/// Takes lines "name value" from the front of a text.
class Lines {
public:
    explicit Lines(std::string_view text) : rest_{text} {}

    std::string text(std::string_view name) {
        const std::size_t end = rest_.find('\n');
        const std::string_view line = rest_.substr(0, end);
        const bool named = line.starts_with(name) && line.size() > name.size() + 1 &&
                           line[name.size()] == ' ' && end != std::string_view::npos;
        if (!named) {
            sound_ = false;
            return {};
        }
        rest_.remove_prefix(end + 1);
        std::string value{line.substr(name.size() + 1)};
        return value == "-" ? "" : value;
    }
    std::uint64_t number(std::string_view name) {
        const std::string digits = text(name);
        std::uint64_t value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        sound_ = sound_ && read.ec == std::errc{} && read.ptr == digits.data() + digits.size();
        return value;
    }
    bool sound() const { return sound_; }

private:
    std::string_view rest_;
    bool sound_ = true;
};

/// A file that is open for one call.
class Opened {
public:
    Opened(const std::string& path, int flags)
        : file_{::open(path.c_str(), flags | O_CLOEXEC, 0600)} {}
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() {
        if (file_ >= 0) {
            ::close(file_);
        }
    }
    int number() const { return file_; }
    bool is_open() const { return file_ >= 0; }

private:
    int file_;
};

tl::unexpected<Error> epoch_failed(const std::string& path, const char* what) {
    return fail(kInternalError,
                "'" + path + "' " + what + ": " + std::system_category().message(errno));
}

}  // namespace

std::string encode_record(const Record& record) {
    const auto lease = std::chrono::duration_cast<std::chrono::milliseconds>(record.lease).count();
    std::string text{kFirstLine};
    const auto add = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(" ").append(value).append("\n");
    };
    add("epoch", std::to_string(record.epoch));
    add("beat", std::to_string(record.beat));
    add("lease", std::to_string(lease));
    add("left", record.left ? "1" : "0");
    add("since", std::to_string(record.since));
    add("id", one_word(record.holder.id));
    add("broker", one_word(record.holder.broker));
    add("host", one_word(record.holder.host));
    add("machine", one_word(record.holder.machine));
    add("space", one_word(record.holder.space));
    add("process", std::to_string(record.holder.process));
    add("started", std::to_string(record.holder.started));
    add("sum", hex_sum(text));
    text.resize(EpochFile::kSize - 1, ' ');
    return text + "\n";
}

std::optional<Record> decode_record(std::string_view text) {
    const std::size_t sum_line = text.find("\nsum ");
    if (!text.starts_with(kFirstLine) || sum_line == std::string_view::npos) {
        return std::nullopt;
    }
    Lines lines{text.substr(kFirstLine.size())};
    Record record;
    record.epoch = lines.number("epoch");
    record.beat = lines.number("beat");
    record.lease = std::chrono::milliseconds{lines.number("lease")};
    record.left = lines.number("left") != 0;
    record.since = lines.number("since");
    record.holder.id = lines.text("id");
    record.holder.broker = lines.text("broker");
    record.holder.host = lines.text("host");
    record.holder.machine = lines.text("machine");
    record.holder.space = lines.text("space");
    record.holder.process = lines.number("process");
    record.holder.started = lines.number("started");
    const std::string sum = lines.text("sum");
    const bool sound = lines.sound() && sum == hex_sum(text.substr(0, sum_line + 1));
    return sound ? std::optional{record} : std::nullopt;
}

Result<std::optional<Record>> EpochFile::read() const {
    for (int reading = 0; reading < kReadings; ++reading) {
        const Opened file{path_, O_RDONLY};
        if (!file.is_open()) {
            return errno == ENOENT ? Result<std::optional<Record>>{std::nullopt}
                                   : epoch_failed(path_, "can't be opened");
        }
        std::array<char, kSize> text{};
        const ssize_t got = ::pread(file.number(), text.data(), text.size(), 0);
        if (got < 0) {
            return epoch_failed(path_, "can't be read");
        }
        if (got == 0) {
            return std::nullopt;
        }
        if (auto record = decode_record({text.data(), static_cast<std::size_t>(got)})) {
            return record;
        }
    }
    return fail(kInternalError,
                "'" + path_ + "' is damaged: if no broker has the store, delete that file");
}

Result<void> EpochFile::write(const Record& record, Flush flush) const {
    std::error_code ignored;
    const bool there = std::filesystem::exists(path_, ignored);
    const Opened file{path_, O_WRONLY | O_CREAT};
    if (!file.is_open()) {
        return epoch_failed(path_, "can't be opened for writing");
    }
    const std::string text = encode_record(record);
    if (::pwrite(file.number(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        return epoch_failed(path_, "can't be written");
    }
    if (flush == Flush::no) {
        return {};
    }
    if (::fsync(file.number()) != 0) {
        return epoch_failed(path_, "can't be flushed");
    }
    return there ? Result<void>{}
                 : flush_folder(std::filesystem::path{path_}.parent_path().string());
}

}  // namespace weft::store
