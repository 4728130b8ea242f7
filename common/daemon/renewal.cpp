#include "common/daemon/renewal.hpp"

#include "common/daemon/audit.hpp"
#include "common/daemon/connection_protection.hpp"
#include "common/daemon/ssl_profile_section.hpp"
#include "common/io/log.hpp"
#include "common/tls/context.hpp"

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>
#include <utility>

namespace weft::daemon {
namespace {

void stays(const std::string& what, const std::string& why) {
    WEFT_LOG(io::Module::server, io::Level::error,
             what + " stays as it was, until what is wrong is put right: " + why);
}

/// A profile as its files have it now.
struct Renewed {
    SslProfilePtr before;
    SslProfilePtr after;  // null: nothing of it does
    std::vector<std::string> faults{};
};

/// Certificates, keys and authorities, all or none of them.
bool renew_texts(SslProfile& profile, const config::FileReader& reader, Renewed& renewed) {
    SslProfile fresh = profile;
    if (const auto read = read_texts(fresh, reader); !read) {
        renewed.faults.push_back("its " + std::string{read.error().key} + " " + read.error().text);
        return false;
    }
    const auto tried = tls::Context::make(fresh.tls, {.server = false});
    if (!tried) {
        renewed.faults.push_back("its " + std::string{key_of(tried.error().part)} + " " +
                                 tried.error().text);
        return false;
    }
    profile = std::move(fresh);
    return true;
}

Renewed renewed_of(const SslProfilePtr& before, const config::FileReader& reader) {
    Renewed renewed{.before = before, .after = nullptr};
    auto profile = std::make_shared<SslProfile>(*before);
    bool does = renew_texts(*profile, reader, renewed);
    if (const auto read = read_lists(*profile, reader); read) {
        does = does || profile->revoked != nullptr;
    } else {
        renewed.faults.push_back("its " + std::string{read.error().key} + " " + read.error().text);
    }
    renewed.after = does ? std::move(profile) : nullptr;
    return renewed;
}

/// What of a profile may be told, and tells one from another.
wire::Value facts_of(const SslProfile& profile) {
    wire::Map facts;
    if (!profile.tls.certificates.empty()) {
        facts.emplace_back("certNotAfter", profile.validity.until);
    }
    if (profile.revoked) {
        facts.emplace_back("crlCertificates", std::uint64_t{profile.revoked->size()});
    }
    return facts.empty() ? wire::Value{} : wire::Value{std::move(facts)};
}

void tell(const Renewed& renewed) {
    const std::string who = "sslProfile " + renewed.before->name;
    if (renewed.after) {
        const SslProfile& profile = *renewed.after;
        std::string text = who + " was read anew";
        if (!profile.tls.certificates.empty()) {
            text += "; its certificate holds until " + day_of(profile.validity.until);
        }
        if (profile.revoked) {
            text += "; " + std::to_string(profile.revoked->size()) + " certificates are revoked";
        }
        WEFT_LOG(io::Module::server, io::Level::notice, text);
        for (const std::string& doubt : doubts_of(profile, std::time(nullptr))) {
            WEFT_LOG(io::Module::server, io::Level::warning, who + ": its crl " + doubt);
        }
    }
    for (const std::string& fault : renewed.faults) {
        stays(who + (renewed.after ? ": what its other files say" : ""), fault);
    }
}

void note(const Renewed& renewed) {
    AuditEvent event{.action = "renewed",
                     .subject = "sslProfile/" + renewed.before->name,
                     .via = "file",
                     .done = renewed.faults.empty()};
    if (renewed.after) {
        event.before = facts_of(*renewed.before);
        event.after = facts_of(*renewed.after);
    }
    for (const std::string& fault : renewed.faults) {
        event.reason += (event.reason.empty() ? "" : "; ") + fault;
    }
    audit().add(std::move(event));
}

}  // namespace

/// What is done on the other thread; it has what it needs, and nothing else.
struct Renewal::Job {
    config::FileReader reader;
    bool all = false;
    std::vector<SslProfilePtr> profiles{};
    std::vector<std::string> trusted{};  // files of listeners
    std::string users_file{};
    std::string keys_file{};  // of who signs tokens
    FileWatch watch{};

    std::vector<Renewed> renewed{};
    std::set<std::string> changed{};
    std::optional<tl::expected<UsersPtr, std::string>> users{};
    std::optional<tl::expected<TokenKeysPtr, std::string>> keys{};

    std::vector<std::string> files() const {
        std::vector<std::string> files = trusted;
        for (const SslProfilePtr& each : profiles) {
            const auto own = each->files();
            files.insert(files.end(), own.begin(), own.end());
        }
        for (const std::string& each : {users_file, keys_file}) {
            if (!each.empty()) {
                files.push_back(each);
            }
        }
        return files;
    }
    bool has_changed(const std::string& path) const { return all || changed.contains(path); }

    void run() {
        if (all) {
            watch.know(files());
        } else {
            const auto found = watch.changed(files());
            changed.insert(found.begin(), found.end());
        }
        for (const SslProfilePtr& each : profiles) {
            if (all || std::ranges::any_of(each->files(), [&](const std::string& path) {
                    return has_changed(path);
                })) {
                renewed.push_back(renewed_of(each, reader));
            }
        }
        if (!users_file.empty() && has_changed(users_file)) {
            users = read_users(users_file, reader);
        }
        if (!keys_file.empty() && has_changed(keys_file)) {
            keys = read_token_keys(keys_file, reader);
        }
    }
};

Renewal::Renewal(io::Loop& loop, Of of, config::FileReader reader)
    : loop_{loop}, of_{of}, reader_{std::move(reader)}, errand_{loop} {
    timer_ = loop.every(kPeriod, [this] { look(/*all=*/false); });
    look(/*all=*/false);
}

void Renewal::renew() {
    look(/*all=*/true);
}

void Renewal::look(bool all) {
    if (errand_.is_running()) {
        again_ = again_ || all;
        return;
    }
    const auto job = std::make_shared<Job>(Job{.reader = reader_, .all = all});
    job->profiles = of_.profiles.all();
    job->users_file = of_.gate.users_file();
    job->keys_file = of_.gate.keys_file();
    for (const auto& listener : of_.listeners.all()) {
        const std::string& file = listener->config.trusted_certs_file;
        if (!file.empty() && !file.starts_with("env:")) {
            job->trusted.push_back(file);
        }
    }
    if (!all && job->files().empty()) {
        return;
    }
    job->watch = std::move(watch_);
    errand_.run(
        [job]() -> Result<void> {
            job->run();
            return {};
        },
        [this, job](const Result<void>& done) {
            watch_ = std::move(job->watch);
            if (done) {
                finish(*job);
            } else {
                stays("what is read from files", done.error().text);
            }
            if (std::exchange(again_, false)) {
                look(/*all=*/true);
            }
        });
}

void Renewal::finish(Job& job) {
    for (const Renewed& each : job.renewed) {
        if (of_.profiles.find(each.before->name) != each.before) {
            continue;  // deleted meanwhile
        }
        if (each.after) {
            if (each.after->revocations) {
                each.after->revocations->replace(each.after->revoked);
            }
            of_.profiles.replace(each.after);
            of_.listeners.renew(each.after, reader_);
            of_.connectors.renew(each.after);
            of_.gate.renew(each.after);
        }
        tell(each);
        note(each);
    }
    std::set<std::string> behind;  // profiles of listeners whose own authorities changed
    for (const auto& listener : of_.listeners.all()) {
        const SslProfilePtr& profile = listener->config.connection.ssl_profile;
        if (profile && job.changed.contains(listener->config.trusted_certs_file)) {
            behind.insert(profile->name);
        }
    }
    for (const std::string& name : behind) {
        if (const SslProfilePtr profile = of_.profiles.find(name)) {
            of_.listeners.renew(profile, reader_);
        }
    }
    finish_users(job);
    warn_of_old_lists();
}

void Renewal::finish_users(Job& job) {
    const auto finish_one = [](auto& read, const std::string& what, const auto& put) {
        if (!read) {
            return;
        }
        AuditEvent event{
            .action = "renewed", .subject = what, .via = "file", .done = read->has_value()};
        if (!*read) {
            event.reason = read->error();
            audit().add(std::move(event));
            WEFT_LOG(io::Module::server, io::Level::error,
                     "the " + what +
                         " stay as they were, until what is wrong is put right: " + read->error());
            return;
        }
        WEFT_LOG(
            io::Module::server, io::Level::notice,
            "the " + what + " were read anew: " + std::to_string((**read)->size()) + " of them");
        event.after = wire::Map{{"count", std::uint64_t{(**read)->size()}}};
        audit().add(std::move(event));
        put(**std::move(read));
    };
    finish_one(job.users, "users", [&](UsersPtr users) { of_.gate.put_users(users); });
    finish_one(job.keys, "keys of tokens", [&](TokenKeysPtr keys) { of_.gate.put_keys(keys); });
}

/// Once for each that comes to be so; of those that were read just now was told already.
void Renewal::warn_of_old_lists() {
    const std::int64_t now = std::time(nullptr);
    for (const SslProfilePtr& each : of_.profiles.all()) {
        const std::int64_t due = each->revoked ? each->revoked->due() : 0;
        if (due == 0 || due >= now || std::exchange(warned_[each->name], due) == due) {
            continue;
        }
        WEFT_LOG(io::Module::server, io::Level::warning,
                 "sslProfile " + each->name + ": its crl " + doubts_of(*each, now).front());
    }
}

}  // namespace weft::daemon
