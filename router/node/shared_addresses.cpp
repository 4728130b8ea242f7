#include "router/node/shared_addresses.hpp"

#include "common/base/conditions.hpp"
#include "common/io/log.hpp"
#include "common/mgmt/status.hpp"
#include "router/config/log_modules.hpp"

#include <algorithm>
#include <utility>

namespace weft::node {
namespace {

void log(io::Level level, const std::string& text) {
    WEFT_LOG(router_config::LogModule::router, level, text);
}

std::map<std::string, std::string, std::less<>> mesh_wide(
    const router_config::RouterConfig& config) {
    std::map<std::string, std::string, std::less<>> file;
    for (const router_config::AddressConfig& address : config.addresses) {
        if (address.mesh_wide) {
            file.emplace(router_config::setting_key(address.pattern),
                         router_config::setting_value(address));
        }
    }
    return file;
}

}  // namespace

SharedAddresses::SharedAddresses(const std::string& id,
                                 Shards& shards,
                                 Mesh& mesh,
                                 const linkroute::LinkRoutes& link_routes)
    : shards_{shards},
      mesh_{mesh},
      link_routes_{link_routes},
      loop_{shards.home().loop()},
      settings_{id, *this} {}

SharedAddresses::~SharedAddresses() {
    mesh_.set_extension(nullptr);
}

Result<void> SharedAddresses::start(const router_config::RouterConfig& config) {
    std::optional<StateFile> file;
    if (!config.router.state_dir.empty()) {
        WEFT_TRY(StateFile opened, StateFile::open(config.router.state_dir));
        WEFT_TRY(std::vector<settings::Setting> kept, opened.read());
        for (settings::Setting& setting : kept) {
            settings_.restore(std::move(setting));
        }
        file.emplace(std::move(opened));
    }
    for (const auto& [key, setting] : settings_.table().all()) {
        changed_.insert(key);
    }
    settings_.declare(mesh_wide(config));
    if (file) {
        state_.emplace(*std::move(file), settings_.table(), loop_);
    }
    while (!changed_.empty()) {
        apply_some();
    }
    mesh_.set_extension(this);
    return {};
}

// --- management -----------------------------------------------------------------------------

/// Makes a change, and answers when it is on the disk and holds here.
template <class Make>
Result<void> SharedAddresses::make(Make change) {
    if (!state_) {
        return fail(
            kInvalidField,
            "'scope' \"mesh\": this router has no \"stateDir\" to keep it in; set one in its "
            "section \"router\", or ask a router that has one");
    }
    if (auto made = change(); !made) {
        return made;
    }
    while (!changed_.empty()) {
        apply_some();
    }
    after_event();
    return {};
}

Result<void> SharedAddresses::create(const router_config::AddressConfig& address) {
    const std::string key = router_config::setting_key(address.pattern);
    const settings::Setting* known = settings_.table().find(key);
    if (known != nullptr && !known->deleted()) {
        return fail(kInvalidField, "the mesh has '" + key + "' already " +
                                       settings::said_by(*known) +
                                       ": change that one, or delete it first");
    }
    if (const router::AddressRule* rival =
            shards_.home().core().rules().rival(address.pattern, address.name)) {
        return fail(kInvalidField, "'" + key + "' can't stand beside '" +
                                       router_config::setting_key(rival->pattern) + "'" +
                                       (rival->name.empty() ? "" : " (" + rival->name + ")") +
                                       ": both are as specific, or have one name; keep one");
    }
    return make([&] { return settings_.set(key, router_config::setting_value(address)); });
}

Result<void> SharedAddresses::change(std::string_view key,
                                     const router_config::AddressConfig& address) {
    return make([&] { return settings_.set(key, router_config::setting_value(address)); });
}

Result<void> SharedAddresses::remove(std::string_view key) {
    return make([&] { return settings_.remove(key); });
}

std::string_view SharedAddresses::key_of_rule(std::uint64_t rule) const {
    const auto at = by_rule_.find(rule);
    return at == by_rule_.end() ? std::string_view{} : std::string_view(at->second);
}

// --- the mesh -------------------------------------------------------------------------------

void SharedAddresses::router_up(std::string_view router) {
    settings_.peer_up(router, loop_.now());
    after_event();
}

void SharedAddresses::router_down(std::string_view router) {
    settings_.peer_down(router);
    after_event();
}

void SharedAddresses::receive(std::string_view router, Bytes content) {
    settings_.receive(router, content, loop_.now());
    after_event();
}

void SharedAddresses::after_event() {
    if (!changed_.empty() && !std::exchange(apply_due_, true)) {
        apply_timer_ = loop_.after(Duration::zero(), [this] {
            apply_due_ = false;
            apply_some();
            after_event();
        });
    }
    const Instant due = settings_.deadline();
    if (due == std::exchange(armed_for_, due)) {
        return;
    }
    timer_.cancel();
    if (due != kNever) {
        const Duration delay = std::max(due - loop_.now(), Duration::zero());
        timer_ = loop_.after(delay, [this] {
            armed_for_ = kNever;
            settings_.tick(loop_.now());
            after_event();
        });
    }
}

bool SharedAddresses::send(std::string_view router, Bytes content) {
    return mesh_.send_extension(router, content);
}

void SharedAddresses::on_setting(const settings::Setting& setting) {
    changed_.insert(setting.key);
    if (state_) {
        state_->keep_later(setting);
    }
}

void SharedAddresses::on_forgotten(std::string_view key) {
    changed_.emplace(key);
    waiting_.erase(std::string(key));
    if (state_) {
        state_->forget(key);
    }
}

void SharedAddresses::on_refused(std::string_view router, const std::string& why) {
    log(io::Level::warning, "settings of the mesh, from " + std::string(router) + ": " + why);
}

// --- the disk -------------------------------------------------------------------------------

/// Before anybody knows of it: what was answered survives.
Result<void> SharedAddresses::keep(const settings::Setting& setting) {
    if (auto kept = state_->keep(setting); !kept) {
        return fail(kInternalError, "nothing was changed: " + kept.error().text);
    }
    return {};
}

std::string SharedAddresses::failure() const {
    return state_ ? state_->failure() : std::string{};
}

std::uint64_t SharedAddresses::write_failures() const {
    return state_ ? state_->write_failures() : 0;
}

}  // namespace weft::node
