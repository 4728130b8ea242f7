#pragma once

#include "common/base/result.hpp"
#include "common/io/loop.hpp"
#include "router/config/address_setting.hpp"
#include "router/config/router_config.hpp"
#include "router/linkroute/link_routes.hpp"
#include "router/node/mesh.hpp"
#include "router/node/shards.hpp"
#include "router/node/state_keeper.hpp"
#include "router/settings/mesh_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weft::node {

/// The configured addresses that all Weft routers of the mesh have in common: what MeshSettings
/// knows, made rules of this router and kept in its stateDir.
///
/// What this router's own configuration says wins here. Of two that can't hold side by side, the
/// newer one holds, on all routers; the other waits, and management says why. So does one that is
/// as specific as a link route of this router, which would take all its links.
/// Threading: loop-confined (home's).
class SharedAddresses final : public Extension, private settings::MeshSettingsOutput {
public:
    /// Rules made or changed in one turn of the loop.
    static constexpr std::size_t kAppliedAtOnce = 50;

    /// How an entry stands here.
    struct Entry {
        std::optional<router_config::AddressConfig>
            address;             // nothing: this version does not understand it
        std::uint64_t rule = 0;  // 0: it is not used here
        std::string conflict;    // why it is not, or how this router's file differs
    };
    using Entries =
        std::map<std::string, Entry, std::less<>>;  // by key; deleted ones are not there

    /// Of the router `id`; all must outlive it.
    SharedAddresses(const std::string& id,
                    Shards& shards,
                    Mesh& mesh,
                    const linkroute::LinkRoutes& link_routes);
    ~SharedAddresses() override;

    /// What was kept, then what the file says. After the rules of the file were added. Errors: of
    /// the stateDir, if what is kept there can't be read or is another router's.
    [[nodiscard]] Result<void> start(const router_config::RouterConfig& config);

    // Changes by management: on the disk when these return. Errors, which change nothing:
    // amqp:invalid-field, amqp:unauthorized-access (it stands in this router's file),
    // amqp:internal-error (the disk).
    [[nodiscard]] Result<void> create(const router_config::AddressConfig& address);
    [[nodiscard]] Result<void> change(std::string_view key,
                                      const router_config::AddressConfig& address);
    [[nodiscard]] Result<void> remove(std::string_view key);

    /// A rule of this router alone is gone, or a link route: it may have stood in the way of
    /// others.
    void use_those_that_wait();

    const Entries& entries() const { return entries_; }
    /// The entry that is used as this rule; empty if none is.
    std::string_view key_of_rule(std::uint64_t rule) const;
    /// Whether this router's file tells it to all.
    bool in_file(std::string_view key) const { return settings_.file().contains(key); }
    const settings::MeshSettings& settings() const { return settings_; }
    /// Why what this router learned is not in its stateDir now; empty: it is, or there is none.
    std::string failure() const;
    /// Times that something could not be written there.
    std::uint64_t write_failures() const;

    // Extension
    void router_up(std::string_view router) override;
    void router_down(std::string_view router) override;
    void receive(std::string_view router, Bytes content) override;

private:
    // MeshSettingsOutput
    bool send(std::string_view router, Bytes content) override;
    Result<void> keep(const settings::Setting& setting) override;
    void on_setting(const settings::Setting& setting) override;
    void on_forgotten(std::string_view key) override;
    void on_refused(std::string_view router, const std::string& why) override;

    template <class Make>
    Result<void> make(Make change);
    void apply_some();
    void apply(const std::string& key);
    void take(const settings::Setting& setting, Entry& entry);
    std::string difference(std::string_view key, const settings::Setting* setting) const;
    void use(const std::string& key, Entry& entry);
    void stop_using(Entry& entry);
    void after_event();

    Shards& shards_;
    Mesh& mesh_;
    const linkroute::LinkRoutes& link_routes_;
    io::Loop& loop_;
    settings::MeshSettings settings_;
    std::optional<StateKeeper> state_;  // nothing: there is no stateDir
    Entries entries_;
    std::unordered_map<std::uint64_t, std::string> by_rule_;
    std::set<std::string> waiting_;  // understood, but in conflict
    std::set<std::string> changed_;  // to be applied
    bool apply_due_ = false;
    io::Timer apply_timer_;
    io::Timer timer_;
    Instant armed_for_ = kNever;
};

}  // namespace weft::node
