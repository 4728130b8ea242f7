#pragma once

#include "common/base/bytes.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::store::test {

/// What a call to the disk is.
enum class DiskCall : std::uint8_t { write, sync, read };

/// What a disk has after its power was cut, of what was written and not flushed.
enum class Left : std::uint8_t {
    nothing,
    some_writes,   // any of them, whichever came first
    some_sectors,  // parts of them: torn pages
    all,
};

/// The disk of all SQLite files and body files that are opened while it lives: it fails as it is
/// told, and forgets what was not flushed when its power is cut. Files are made and deleted for
/// good at once. Threading: any thread.
class FaultDisk {
public:
    FaultDisk();
    ~FaultDisk();
    FaultDisk(const FaultDisk&) = delete;
    FaultDisk& operator=(const FaultDisk&) = delete;

    /// The `nth` call from now on (1: the next) fails with an SQLite code; with `lasting` those
    /// behind it, too. What a flush that failed should have flushed is lost, as Linux does it: it
    /// can be read until the power is cut, and is never written.
    void fail(DiskCall call, std::size_t nth, int code, bool lasting = false);
    /// Nothing can be written while it is full.
    void fill(std::function<bool()> full);
    /// `each` is told of each read and write before it is done, and of which file.
    void watch(std::function<void(DiskCall, std::string_view path)> each) {
        watch_ = std::move(each);
    }
    /// The power is cut in the `nth` write or flush.
    void cut_power_in(std::size_t nth);
    void cut_power();
    bool is_off();
    bool has_failed();
    /// Files are as the disk has them. All must be closed.
    void restore(Left left, std::uint32_t seed);
    /// It fails no more; what the system shows of its files stays as it is.
    void restart();
    /// Calls until now.
    std::size_t calls(DiskCall call);

    // --- for the files
    struct File {
        struct Change {
            std::int64_t offset = 0;
            Buffer bytes{};
            bool cut = false;  // to `offset`
        };
        Buffer durable{};
        std::vector<Change> pending{};
    };
    /// What comes of a call; SQLITE_OK: it is to be done.
    int judge(DiskCall call);
    void note(DiskCall call, const std::string* path) {
        if (watch_) {
            watch_(call, path == nullptr ? std::string_view{} : *path);
        }
    }
    void opened(const std::string& path);
    void wrote(const std::string& path, File::Change change);
    void flushed(const std::string& path, bool well);
    void deleted(const std::string& path);

private:
    struct Plan {
        std::size_t nth = 0;  // 0: none
        int code = 0;
        bool lasting = false;
    };

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_{};
    std::mutex mutex_;
    std::map<std::string, File> files_;
    std::map<DiskCall, Plan> plans_;
    std::map<DiskCall, std::size_t> calls_;
    std::function<bool()> full_;
    std::function<void(DiskCall, std::string_view)> watch_;  // set while nothing is done
    std::size_t cut_in_ = 0;
    bool off_ = false;
    bool failed_ = false;
};

}  // namespace weft::store::test
