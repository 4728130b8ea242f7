#include "common/config/secret.hpp"

#include "common/config/fault.hpp"

#include <cstdlib>
#include <filesystem>

namespace weft::config {

namespace {

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";

tl::expected<std::string, std::string> variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
        return tl::unexpected<std::string>("the environment has no " + quote(name));
    }
    return std::string{value};
}

}  // namespace

std::string resolve_path(std::string_view file, std::string_view path) {
    return (std::filesystem::path{file}.parent_path() / std::filesystem::path{path}).string();
}

tl::expected<std::string, std::string> resolve_secret(std::string_view reference,
                                                      std::string_view file,
                                                      const FileReader& reader) {
    if (reference.starts_with(kEnvironment)) {
        return variable(std::string{reference.substr(kEnvironment.size())});
    }
    for (const std::string_view plain : {"literal:", "pass:"}) {
        if (reference.starts_with(plain)) {
            return std::string{reference.substr(plain.size())};
        }
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

std::string pem_source(std::string_view value, std::string_view file) {
    if (value.starts_with(kEnvironment) || value.empty()) {
        return std::string{value};
    }
    return resolve_path(file, value.starts_with(kFile) ? value.substr(kFile.size()) : value);
}

tl::expected<std::string, std::string> read_pem(const std::string& source,
                                                const FileReader& reader) {
    if (source.starts_with(kEnvironment)) {
        return variable(source.substr(kEnvironment.size()));
    }
    auto text = reader(source);
    if (!text) {
        return tl::unexpected<std::string>(quote(source) + " " + text.error());
    }
    return text;
}

}  // namespace weft::config
