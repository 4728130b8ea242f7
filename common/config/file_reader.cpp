#include "common/config/file_reader.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

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

}  // namespace weft::config
