#include "common/config/file_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace weft::config {

namespace {

tl::unexpected<std::string> failed(const std::string& what) {
    return tl::unexpected<std::string>(what + ": " + std::generic_category().message(errno));
}

}  // namespace

tl::expected<std::string, std::string> read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rb"),
                                                               &std::fclose};
    if (!file) {
        return failed("cannot be opened");
    }
    std::string text;
    std::string chunk(64U << 10U, '\0');
    while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
        text.append(chunk, 0, size);
        if (text.size() > kFileBytesMax) {
            return tl::unexpected<std::string>("is larger than " +
                                               std::to_string(kFileBytesMax >> 20U) + " MiB");
        }
    }
    if (std::ferror(file.get()) != 0) {
        return failed("cannot be read");
    }
    return text;
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
