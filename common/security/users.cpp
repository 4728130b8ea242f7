#include "common/security/users.hpp"

#include "common/base/base64.hpp"
#include "common/security/prepared.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::security {
namespace {

constexpr std::string_view kFormat = "weft-users 1 ";
constexpr std::string_view kFormatAnyVersion = "weft-users ";
constexpr std::string_view kEnd = "end";
constexpr std::size_t kStandInSaltSize = 16;

/// Walks through the lines of a text.
class Lines {
public:
    explicit Lines(std::string_view text) : rest_{text} {}

    /// The next one that ends; nothing: there is none.
    std::optional<std::string_view> next() {
        const std::size_t end = rest_.find('\n');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        ++number_;
        const std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return line;
    }
    std::size_t number() const { return number_; }  // of the last one
    bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

std::string_view first_word(std::string_view& line) {
    const std::size_t size = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, size);
    line.remove_prefix(std::min(size + 1, line.size()));
    return word;
}

tl::expected<Buffer, std::string> secret_in(std::string_view line) {
    if (!line.starts_with(kFormat)) {
        return tl::unexpected<std::string>(
            line.starts_with(kFormatAnyVersion)
                ? "is of a version that this program does not know; a newer one wrote it"
                : "must be 'weft-users 1 …', as 'weft user add' writes it: this is no file of "
                  "users");
    }
    auto secret = from_base64(line.substr(kFormat.size()));
    if (!secret || secret->size() != Users::kSecretSize) {
        return tl::unexpected<std::string>("is damaged: its secret is not 32 bytes in base64");
    }
    return *std::move(secret);
}

tl::expected<std::vector<Verifier>, std::string> verifiers_in(std::string_view line) {
    std::vector<Verifier> verifiers;
    while (!line.empty()) {
        auto verifier = Verifier::from(first_word(line));
        if (!verifier) {
            return tl::unexpected<std::string>("is damaged: a verifier is none");
        }
        if (std::ranges::count(verifiers, verifier->digest, &Verifier::digest) > 0) {
            return tl::unexpected<std::string>("has two verifiers of the same mechanism");
        }
        verifiers.push_back(*std::move(verifier));
    }
    if (verifiers.empty()) {
        return tl::unexpected<std::string>("has no verifier");
    }
    return verifiers;
}

tl::unexpected<UsersFault> fault(std::size_t line, std::string text) {
    return tl::unexpected(UsersFault{line, std::move(text)});
}

}  // namespace

Users::Users(Buffer secret) : secret_{std::move(secret)} {}

tl::expected<Users, UsersFault> Users::from(std::string_view text) {
    Lines lines{text};
    auto secret = secret_in(lines.next().value_or(""));
    if (!secret) {
        return fault(1, std::move(secret).error());
    }
    Users users{*std::move(secret)};
    std::optional<std::string_view> line;
    while ((line = lines.next()) && *line != kEnd) {
        const std::string name{first_word(*line)};
        const auto ready = prepared_user(name);
        if (!ready || *ready != name) {
            return fault(lines.number(),
                         "begins with a name that is none: it " +
                             (ready ? std::string{"has odd spaces"} : ready.error()));
        }
        auto verifiers = verifiers_in(*line);
        if (!verifiers) {
            return fault(lines.number(), std::move(verifiers).error());
        }
        if (users.contains(name)) {
            return fault(lines.number(), "has a user that stands in a line before");
        }
        if (users.size() >= kUsersMax) {
            return fault(lines.number(), "has more users than " + std::to_string(kUsersMax) +
                                             ", which is the most");
        }
        users.users_.emplace(name, *std::move(verifiers));
    }
    if (!line) {
        return fault(lines.number() + 1,
                     "is missing: the last line must be 'end', so the file was cut");
    }
    if (!lines.done()) {
        return fault(lines.number() + 1, "stands behind 'end', which must be the last line");
    }
    users.settle_iterations();
    return users;
}

std::string Users::text() const {
    std::string text = std::string{kFormat} + base64(secret_) + "\n";
    for (const auto& [name, verifiers] : users_) {
        text += name;
        for (const Verifier& verifier : verifiers) {
            text += " " + verifier.text();
        }
        text += "\n";
    }
    return text.append(kEnd).append("\n");
}

std::vector<std::string> Users::names() const {
    std::vector<std::string> names;
    for (const auto& [name, verifiers] : users_) {
        names.push_back(name);
    }
    return names;
}

const Verifier* Users::find(std::string_view name, Digest digest) const {
    const auto found = users_.find(name);
    if (found == users_.end()) {
        return nullptr;
    }
    const auto verifier = std::ranges::find(found->second, digest, &Verifier::digest);
    return verifier == found->second.end() ? nullptr : &*verifier;
}

const Verifier* Users::find(std::string_view name) const {
    const auto found = users_.find(name);
    return found == users_.end() ? nullptr : &found->second.front();
}

Verifier Users::stand_in(std::string_view name, Digest digest) const {
    const auto made = [&](std::string_view what, std::size_t size) {
        const std::string text =
            std::string{what} + std::string{scram_of(digest)} + " " + std::string{name};
        Buffer bytes = hmac_of(Digest::sha512, secret_, as_bytes(text));
        bytes.resize(size);
        return bytes;
    };
    return {.digest = digest,
            .iterations = usual_iterations_,
            .salt = made("salt ", kStandInSaltSize),
            .stored_key = made("stored ", size_of(digest)),
            .server_key = made("server ", size_of(digest))};
}

bool Users::put(const std::string& name, std::vector<Verifier> verifiers) {
    if (!contains(name) && size() >= kUsersMax) {
        return false;
    }
    users_.insert_or_assign(name, std::move(verifiers));
    settle_iterations();
    return true;
}

bool Users::remove(std::string_view name) {
    const auto found = users_.find(name);
    if (found == users_.end()) {
        return false;
    }
    users_.erase(found);
    settle_iterations();
    return true;
}

void Users::settle_iterations() {
    std::map<std::uint32_t, std::size_t> counts;
    for (const auto& [name, verifiers] : users_) {
        ++counts[verifiers.front().iterations];
    }
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; });
    usual_iterations_ = most == counts.end() ? kIterations : most->first;
}

}  // namespace weft::security
