#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace weft::tools {

/// Writes a file whole or not at all: what reads it meanwhile finds the old text or the new one,
/// and so it is after a crash. One that is there keeps its owner and its mode; a new one gets
/// `mode`. Throws Failure, and then the old one is as it was. Threading: not shared.
void write_whole(const std::filesystem::path& path, const std::string& text, mode_t mode);

/// Keeps other commands away from the files of a folder, while it lives. Daemons read them all the
/// same. Threading: not shared.
class FolderGuard {
public:
    /// Waits until no other command has it. Throws Failure if the folder can't be opened.
    explicit FolderGuard(const std::filesystem::path& folder);
    ~FolderGuard();
    FolderGuard(const FolderGuard&) = delete;
    FolderGuard& operator=(const FolderGuard&) = delete;

private:
    int descriptor_;
};

}  // namespace weft::tools
