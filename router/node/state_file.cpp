#include "router/node/state_file.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/json.hpp"
#include "router/config/log_modules.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace weft::node {
namespace {

using wire::Value;

tl::unexpected<Error> failed(const std::string& what, const std::string& path, int error) {
    return fail(kInternalError, "can't " + what + " " + path + " (" + std::strerror(error) +
                                    "): check \"stateDir\" of the section \"router\"");
}

void close_file(int& file) {
    if (file >= 0) {
        ::close(std::exchange(file, -1));
    }
}

/// A rename is kept once its folder is; else errno says why.
bool sync_folder(const Disk& disk, const std::string& path) {
    const int folder =
        ::open(std::filesystem::path(path).parent_path().c_str(), O_RDONLY | O_CLOEXEC);
    if (folder < 0) {
        return false;
    }
    const bool synced = disk.sync(folder) == 0;
    const int error = errno;
    ::close(folder);
    errno = error;
    return synced;
}

std::optional<settings::Setting> setting_of(std::string_view line) {
    const auto value = mgmt::from_json(line);
    const auto* map = value ? value->as<wire::Map>() : nullptr;
    if (map == nullptr) {
        return std::nullopt;
    }
    const Value* key = wire::find(*map, "key");
    const Value* text = wire::find(*map, "value");
    const Value* version = wire::find(*map, "version");
    const Value* origin = wire::find(*map, "origin");
    const Value* from_file = wire::find(*map, "fromFile");
    if (key == nullptr || key->text() == nullptr || text == nullptr || text->text() == nullptr ||
        version == nullptr || version->integer().value_or(0) < 1 || origin == nullptr ||
        origin->text() == nullptr || from_file == nullptr || from_file->as<bool>() == nullptr) {
        return std::nullopt;
    }
    return settings::Setting{.key = *key->text(),
                             .value = *text->text(),
                             .version = *version->integer(),
                             .origin = *origin->text(),
                             .from_file = *from_file->as<bool>()};
}

void put_aside(const std::string& path, std::size_t line) {
    std::error_code ignored;
    std::filesystem::copy_file(path, path + ".bad",
                               std::filesystem::copy_options::overwrite_existing, ignored);
    WEFT_LOG(router_config::LogModule::router, io::Level::warning,
             path + ":" + std::to_string(line) +
                 " can't be read; what can be is kept, and the file as it was is " + path + ".bad");
}

}  // namespace

void StateLines::add(const settings::Setting& setting) {
    text += mgmt::to_json(wire::Map{{"key", setting.key},
                                    {"value", setting.value},
                                    {"version", setting.version},
                                    {"origin", setting.origin},
                                    {"fromFile", setting.from_file}}) +
            "\n";
    ++count;
}

Result<StateFile> StateFile::open(const std::string& folder, Disk disk) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return failed("make", folder, error.value());
    }
    const std::string name = folder + "/lock";
    int lock = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 && errno == EROFS) {  // what was kept can be read still
        lock = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    }
    if (lock < 0) {
        return failed("open", name, errno);
    }
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return fail(kInternalError, folder +
                                        " is another router's, which runs: give each its own "
                                        "\"stateDir\" in the section \"router\"");
    }
    return StateFile{folder + "/addresses.jsonl", lock, std::move(disk)};
}

StateFile::StateFile(StateFile&& other) noexcept
    : disk_{std::move(other.disk_)},
      path_{std::move(other.path_)},
      lock_{std::exchange(other.lock_, -1)},
      file_{std::exchange(other.file_, -1)},
      lines_{other.lines_},
      is_sound_{other.is_sound_},
      draft_{std::exchange(other.draft_, -1)},
      draft_error_{other.draft_error_},
      draft_lines_{other.draft_lines_} {}

StateFile::~StateFile() {
    drop_draft();
    close_file(file_);
    close_file(lock_);
}

Result<std::vector<settings::Setting>> StateFile::read() {
    std::vector<settings::Setting> settings;
    if (!std::filesystem::exists(path_)) {
        return settings;
    }
    std::ifstream file(path_);
    if (!file) {
        return failed("read", path_, errno);
    }
    std::size_t number = 0;
    std::size_t first_bad = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const bool cut_off = file.eof();  // no end of line: it was never promised
        if (auto setting = setting_of(line)) {
            settings.push_back(*std::move(setting));
        } else if (!cut_off && first_bad == 0) {
            first_bad = number;
        }
    }
    if (first_bad > 0) {
        put_aside(path_, first_bad);
    }
    return settings;
}

Result<void> StateFile::append(const StateLines& lines, bool durable) {
    WEFT_CHECK(is_sound_);
    const off_t end = ::lseek(file_, 0, SEEK_END);
    if (!write_all(file_, lines.text) || (durable && disk_.sync(file_) != 0)) {
        const int error = errno;
        is_sound_ = false;
        (void)!::ftruncate(file_, end);
        return failed("write", path_, error);
    }
    lines_ += lines.count;
    if (draft_ >= 0) {
        (void)add(lines);  // what fails is told when more is added
    }
    return {};
}

Result<void> StateFile::begin_draft() {
    WEFT_CHECK(draft_ < 0);
    constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
    draft_ = ::open(draft_path().c_str(), kFlags, 0600);
    if (draft_ < 0) {
        return failed("write", draft_path(), errno);
    }
    draft_error_ = 0;
    draft_lines_ = 0;
    return {};
}

Result<void> StateFile::add(const StateLines& lines) {
    WEFT_CHECK(draft_ >= 0);
    if (draft_error_ == 0 && !write_all(draft_, lines.text)) {
        draft_error_ = errno;
    }
    if (draft_error_ != 0) {
        return failed("write", draft_path(), draft_error_);
    }
    draft_lines_ += lines.count;
    return {};
}

std::function<Result<void>()> StateFile::confirming() const {
    return [sync = disk_.sync, draft = draft_, path = draft_path()]() -> Result<void> {
        if (sync(draft) != 0) {
            return failed("write", path, errno);
        }
        return {};
    };
}

/// The old file is closed before: what it takes on the disk is freed by the rename, not by the
/// loop.
std::function<Result<void>()> StateFile::placing() {
    WEFT_CHECK(draft_error_ == 0);
    is_sound_ = false;
    close_file(file_);
    return [confirm = confirming(), disk = disk_, draft = draft_path(),
            path = path_]() -> Result<void> {
        if (auto confirmed = confirm(); !confirmed) {
            return confirmed;
        }
        if (disk.rename(draft.c_str(), path.c_str()) != 0) {
            return failed("write", draft, errno);
        }
        if (!sync_folder(disk, path)) {
            return failed("write", path, errno);
        }
        return {};
    };
}

void StateFile::take_draft() {
    file_ = std::exchange(draft_, -1);
    lines_ = draft_lines_;
    is_sound_ = true;
}

void StateFile::drop_draft() {
    is_sound_ = false;
    if (draft_ >= 0) {
        close_file(draft_);
        ::unlink(draft_path().c_str());  // it takes room that is missing
    }
}

Result<void> StateFile::rewrite(const settings::SettingTable::ByKey& settings) {
    StateLines lines;
    for (const auto& [key, setting] : settings) {
        lines.add(setting);
    }
    Result<void> written = begin_draft();
    if (written) {
        written = add(lines);
    }
    if (written) {
        written = placing()();
    }
    if (written) {
        take_draft();
    } else {
        drop_draft();
    }
    return written;
}

/// Else errno says why.
bool StateFile::write_all(int file, std::string_view text) const {
    while (!text.empty()) {
        const ssize_t written = disk_.write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? EIO : errno;
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace weft::node
