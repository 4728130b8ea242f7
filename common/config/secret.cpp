#include "common/config/secret.hpp"

#include "common/config/fault.hpp"

#include <cstdlib>
#include <filesystem>

namespace weft::config {

namespace {

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";

}  // namespace

std::string resolve_path(std::string_view file, std::string_view path) {
    return (std::filesystem::path{file}.parent_path() / std::filesystem::path{path}).string();
}

tl::expected<std::string, std::string> resolve_secret(std::string_view reference,
                                                      std::string_view file,
                                                      const FileReader& reader) {
    if (reference.starts_with(kEnvironment)) {
        const std::string name{reference.substr(kEnvironment.size())};
        const char* const value = std::getenv(name.c_str());
        if (value == nullptr) {
            return tl::unexpected<std::string>("the environment has no " + quote(name));
        }
        return std::string{value};
    }
    if (reference.starts_with(kFile)) {
        const std::string path = resolve_path(file, reference.substr(kFile.size()));
        auto text = reader(path);
        if (!text) {
            return tl::unexpected<std::string>(quote(path) + " " + text.error());
        }
        return text->substr(0, text->find_first_of("\r\n"));
    }
    return std::string{reference};
}

}  // namespace weft::config
