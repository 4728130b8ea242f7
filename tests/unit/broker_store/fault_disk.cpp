#include "tests/unit/broker_store/fault_disk.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <random>
#include <utility>

namespace weft::store::test {
namespace {

constexpr std::size_t kSector = 512;

/// A file as SQLite has it: the real one is behind it, in the same piece of memory.
struct FaultFile {
    sqlite3_file base;
    FaultDisk* disk;
    std::string* path;  // null: nobody keeps it
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile& fault_file(sqlite3_file* file) {
    return *reinterpret_cast<FaultFile*>(file);
}

int close_file(sqlite3_file* file) {
    FaultFile& own = fault_file(file);
    delete own.path;
    return own.real()->pMethods->xClose(own.real());
}

int read_part(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    FaultFile& own = fault_file(file);
    own.disk->note(DiskCall::read, own.path);
    const int code = own.disk->judge(DiskCall::read);
    return code != SQLITE_OK ? code : own.real()->pMethods->xRead(own.real(), to, size, offset);
}

int write_part(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    FaultFile& own = fault_file(file);
    own.disk->note(DiskCall::write, own.path);
    if (const int code = own.disk->judge(DiskCall::write); code != SQLITE_OK) {
        return code;
    }
    if (own.path != nullptr) {
        const auto* bytes = static_cast<const std::uint8_t*>(from);
        own.disk->wrote(*own.path, {.offset = offset, .bytes = Buffer(bytes, bytes + size)});
    }
    return own.real()->pMethods->xWrite(own.real(), from, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    FaultFile& own = fault_file(file);
    if (const int code = own.disk->judge(DiskCall::write); code != SQLITE_OK) {
        return code;
    }
    if (own.path != nullptr) {
        own.disk->wrote(*own.path, {.offset = size, .cut = true});
    }
    return own.real()->pMethods->xTruncate(own.real(), size);
}

int sync_file(sqlite3_file* file, int) {
    FaultFile& own = fault_file(file);
    const int code = own.disk->judge(DiskCall::sync);
    if (own.path != nullptr && !own.disk->is_off()) {
        own.disk->flushed(*own.path, code == SQLITE_OK);
    }
    return code;  // what "durable" means is this disk's to say
}

// What goes to the real file as it is.
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return fault_file(file).real()->pMethods->xFileSize(fault_file(file).real(), size);
}
int lock_file(sqlite3_file* file, int lock) {
    return fault_file(file).real()->pMethods->xLock(fault_file(file).real(), lock);
}
int unlock_file(sqlite3_file* file, int lock) {
    return fault_file(file).real()->pMethods->xUnlock(fault_file(file).real(), lock);
}
int check_lock(sqlite3_file* file, int* lock) {
    return fault_file(file).real()->pMethods->xCheckReservedLock(fault_file(file).real(), lock);
}
int control_file(sqlite3_file* file, int what, void* with) {
    return fault_file(file).real()->pMethods->xFileControl(fault_file(file).real(), what, with);
}
int sector_size(sqlite3_file* file) {
    return fault_file(file).real()->pMethods->xSectorSize(fault_file(file).real());
}
int traits_of(sqlite3_file* file) {
    return fault_file(file).real()->pMethods->xDeviceCharacteristics(fault_file(file).real());
}
int map_index(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
    return fault_file(file).real()->pMethods->xShmMap(fault_file(file).real(), page, size, extend,
                                                      at);
}
int lock_index(sqlite3_file* file, int offset, int count, int flags) {
    return fault_file(file).real()->pMethods->xShmLock(fault_file(file).real(), offset, count,
                                                       flags);
}
void fence_index(sqlite3_file* file) {
    fault_file(file).real()->pMethods->xShmBarrier(fault_file(file).real());
}
int unmap_index(sqlite3_file* file, int remove) {
    return fault_file(file).real()->pMethods->xShmUnmap(fault_file(file).real(), remove);
}

constexpr sqlite3_io_methods kMethods{.iVersion = 2,
                                      .xClose = close_file,
                                      .xRead = read_part,
                                      .xWrite = write_part,
                                      .xTruncate = truncate_file,
                                      .xSync = sync_file,
                                      .xFileSize = file_size,
                                      .xLock = lock_file,
                                      .xUnlock = unlock_file,
                                      .xCheckReservedLock = check_lock,
                                      .xFileControl = control_file,
                                      .xSectorSize = sector_size,
                                      .xDeviceCharacteristics = traits_of,
                                      .xShmMap = map_index,
                                      .xShmLock = lock_index,
                                      .xShmBarrier = fence_index,
                                      .xShmUnmap = unmap_index,
                                      .xFetch = nullptr,
                                      .xUnfetch = nullptr};

/// The VFS of this machine, which is the default one but for tests.
sqlite3_vfs* real_vfs() {
    return sqlite3_vfs_find("unix");
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
    FaultFile& own = fault_file(file);
    auto* const disk = static_cast<FaultDisk*>(vfs->pAppData);
    own.base.pMethods = nullptr;
    if (disk->is_off()) {
        return SQLITE_CANTOPEN;
    }
    const int code = real_vfs()->xOpen(real_vfs(), name, own.real(), flags, out);
    if (code != SQLITE_OK) {
        return code;
    }
    own.base.pMethods = &kMethods;
    own.disk = disk;
    own.path = name == nullptr ? nullptr : new std::string{name};
    if (own.path != nullptr) {
        disk->opened(*own.path);
    }
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync) {
    auto* const disk = static_cast<FaultDisk*>(vfs->pAppData);
    if (disk->is_off()) {
        return SQLITE_IOERR_DELETE;
    }
    disk->deleted(name);
    return real_vfs()->xDelete(real_vfs(), name, sync);
}

void apply(Buffer& content, const FaultDisk::File::Change& change) {
    const auto at = static_cast<std::size_t>(change.offset);
    if (change.cut) {
        content.resize(std::min(content.size(), at));
        return;
    }
    content.resize(std::max(content.size(), at + change.bytes.size()));
    std::ranges::copy(change.bytes, content.begin() + change.offset);
}

}  // namespace

FaultDisk::FaultDisk() : real_{real_vfs()}, vfs_{*real_} {
    vfs_.zName = "faulty";
    vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_->szOsFile;
    vfs_.pAppData = this;
    vfs_.pNext = nullptr;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = [](sqlite3_vfs*, const char* name, int flags, int* out) {
        return real_vfs()->xAccess(real_vfs(), name, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* out) {
        return real_vfs()->xFullPathname(real_vfs(), name, size, out);
    };
    sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
}

FaultDisk::~FaultDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, /*makeDflt=*/1);
}

void FaultDisk::fail(DiskCall call, std::size_t nth, int code, bool lasting) {
    const std::lock_guard lock{mutex_};
    failed_ = false;
    plans_[call] = {.nth = nth, .code = code, .lasting = lasting};
}

void FaultDisk::fill(std::function<bool()> full) {
    const std::lock_guard lock{mutex_};
    full_ = std::move(full);
}

void FaultDisk::cut_power_in(std::size_t nth) {
    const std::lock_guard lock{mutex_};
    cut_in_ = nth;
}

void FaultDisk::cut_power() {
    const std::lock_guard lock{mutex_};
    off_ = true;
}

bool FaultDisk::is_off() {
    const std::lock_guard lock{mutex_};
    return off_;
}

bool FaultDisk::has_failed() {
    const std::lock_guard lock{mutex_};
    return failed_ || off_;
}

std::size_t FaultDisk::calls(DiskCall call) {
    const std::lock_guard lock{mutex_};
    return calls_[call];
}

int FaultDisk::judge(DiskCall call) {
    const std::lock_guard lock{mutex_};
    ++calls_[call];
    if (!off_ && call != DiskCall::read && cut_in_ > 0) {
        off_ = --cut_in_ == 0;
    }
    if (off_) {
        return SQLITE_IOERR;
    }
    if (call == DiskCall::write && full_ && full_()) {
        failed_ = true;
        return SQLITE_FULL;
    }
    Plan& plan = plans_[call];
    if (plan.nth == 0 || (plan.nth > 1 && --plan.nth > 0)) {
        return SQLITE_OK;
    }
    failed_ = true;
    plan.nth = plan.lasting ? 1 : 0;
    return plan.code;
}

void FaultDisk::opened(const std::string& path) {
    const std::lock_guard lock{mutex_};
    if (!files_.contains(path)) {
        std::ifstream in{path, std::ios::binary};
        files_[path].durable.assign(std::istreambuf_iterator<char>{in}, {});
    }
}

void FaultDisk::wrote(const std::string& path, File::Change change) {
    const std::lock_guard lock{mutex_};
    files_[path].pending.push_back(std::move(change));
}

void FaultDisk::flushed(const std::string& path, bool well) {
    const std::lock_guard lock{mutex_};
    File& file = files_[path];
    for (const File::Change& change : std::exchange(file.pending, {})) {
        if (well) {
            apply(file.durable, change);
        }
    }
}

void FaultDisk::deleted(const std::string& path) {
    const std::lock_guard lock{mutex_};
    files_.erase(path);
}

void FaultDisk::restart() {
    const std::lock_guard lock{mutex_};
    plans_.clear();
    failed_ = false;
}

void FaultDisk::restore(Left left, std::uint32_t seed) {
    const std::lock_guard lock{mutex_};
    std::mt19937 dice{seed};
    const auto heads = [&] { return (dice() & 1U) != 0; };
    for (auto& [path, file] : files_) {
        for (const File::Change& change : std::exchange(file.pending, {})) {
            if (left == Left::nothing || (left == Left::some_writes && heads())) {
                continue;
            }
            if (left != Left::some_sectors || change.cut) {
                apply(file.durable, change);
                continue;
            }
            for (std::size_t at = 0; at < change.bytes.size(); at += kSector) {
                const Bytes part = Bytes{change.bytes}.subspan(at);
                const Bytes sector = part.first(std::min(kSector, part.size()));
                if (heads()) {
                    apply(file.durable, {.offset = change.offset + static_cast<std::int64_t>(at),
                                         .bytes = Buffer(sector.begin(), sector.end())});
                }
            }
        }
        std::ofstream out{path, std::ios::binary | std::ios::trunc};
        out.write(reinterpret_cast<const char*>(file.durable.data()),
                  static_cast<std::streamsize>(file.durable.size()));
        std::filesystem::remove(path + "-shm");
    }
    plans_.clear();
    cut_in_ = 0;
    off_ = false;
    failed_ = false;
}

}  // namespace weft::store::test
