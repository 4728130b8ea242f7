#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/file_reader.hpp"
#include "common/config/keys.hpp"
#include "common/security/token_keys.hpp"
#include "common/security/tokens.hpp"

#include <tl/expected.hpp>

#include <memory>
#include <string>

/// The section "jwt", of every daemon: who may come in by a token.
namespace weft::daemon {

using TokenKeysPtr = std::shared_ptr<const security::TokenKeys>;

/// A file of keys, what it says, and which tokens are good.
struct TokenFile {
    std::string path{};   // empty: none is configured
    TokenKeysPtr keys{};  // null: none, or its file does not do
    security::TokenRules rules{};
};

config::Section jwt_section();

/// What the file at `path` says; or what is wrong with it.
[[nodiscard]] tl::expected<TokenKeysPtr, std::string> read_token_keys(
    const std::string& path, const config::FileReader& reader);

/// Reads the section with its file, and reports what is wrong with it.
TokenFile read_token_file(const config::Document& document,
                          const config::FileReader& reader,
                          config::Faults& faults);

}  // namespace weft::daemon
