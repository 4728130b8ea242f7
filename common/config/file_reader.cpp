#include "common/config/file_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace weft::config {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

tl::unexpected<std::string> failed(const std::string& what) {
    return tl::unexpected<std::string>(what + ": " + std::generic_category().message(errno));
}

tl::expected<std::string, std::string> read_all(const File& file, std::size_t max) {
    if (!file) {
        return failed("cannot be opened");
    }
    std::string text;
    std::string chunk(64U << 10U, '\0');
    while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
        text.append(chunk, 0, size);
        if (text.size() > max) {
            return tl::unexpected<std::string>("is larger than " + std::to_string(max >> 20U) +
                                               " MiB");
        }
    }
    if (std::ferror(file.get()) != 0) {
        return failed("cannot be read");
    }
    return text;
}

}  // namespace

tl::expected<std::string, std::string> read_file(const std::string& path) {
    return read_all({std::fopen(path.c_str(), "rb"), &std::fclose}, kFileBytesMax);
}

namespace {

tl::expected<std::string, std::string> read_regular(const std::string& path, std::size_t max) {
    // Without O_NONBLOCK opening a pipe would wait for its other end.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        return failed("cannot be opened");
    }
    const File file{::fdopen(descriptor, "rb"), &std::fclose};
    struct stat facts {};
    if (file && (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode))) {
        return tl::unexpected<std::string>("is no regular file");
    }
    return read_all(file, max);
}

}  // namespace

tl::expected<std::string, std::string> read_regular_file(const std::string& path) {
    return read_regular(path, kLateBytesMax);
}

tl::expected<std::string, std::string> read_large_file(const std::string& path) {
    return read_regular(path, kFileBytesMax);
}

tl::expected<std::vector<std::string>, std::string> read_folder(const std::string& path,
                                                                std::string_view ending) {
    std::error_code failure;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entries{path, failure};
    for (; !failure && entries != std::filesystem::directory_iterator{};
         entries.increment(failure)) {
        std::string name = entries->path().filename().string();
        if (name.ends_with(ending)) {
            names.push_back(std::move(name));
        }
    }
    if (failure) {
        return tl::unexpected<std::string>("cannot be read: " + failure.message());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace weft::config
