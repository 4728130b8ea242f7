#pragma once

#include "router/settings/mesh_settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weft::settings {

using File = std::map<std::string, std::string, std::less<>>;

class SettingsMesh;

/// One router of a simulated mesh: its machine, its disk, and whom it can reach.
class SettingsNode final : public MeshSettingsOutput {
public:
    SettingsNode(std::string name, SettingsMesh& mesh) : id{std::move(name)}, mesh_{&mesh} {}

    bool send(std::string_view router, Bytes content) override;
    void on_setting(const Setting& setting) override;
    void on_forgotten(std::string_view key) override;
    void on_refused(std::string_view router, const std::string& why) override;
    /// What it was told of is on the disk.
    void sync();

    std::string id;
    std::unique_ptr<MeshSettings> machine;  // null: it is not running
    File file;
    int part = 0;  // of the mesh: only those of one part reach each other
    std::set<std::string, std::less<>> seen;  // whom its machine was told of
    std::int64_t life = 0;                    // counts starts
    Instant alarm = kNever;
    std::map<std::string, Setting> told;  // what its machine said that holds
    std::map<std::string, Setting> disk;
    std::vector<Setting> unwritten;

private:
    SettingsMesh* mesh_;
};

/// Routers on a virtual clock and network that loses messages and changes their order, though not
/// between the same two.
class SettingsMesh {
public:
    /// Something that a router said.
    struct Said {
        Setting setting;
        bool may_be_lost = false;  // its router lost its state
    };
    struct Traffic {
        std::uint64_t messages = 0;
        std::uint64_t walks = 0;  // ranges
        std::uint64_t bytes = 0;
    };

    explicit SettingsMesh(std::uint64_t seed) : random_{seed} {}

    void add(std::string id);
    void start(std::size_t node, File file);
    /// `keeps`: what was on its disk is still there.
    void crash(std::size_t node, bool keeps);
    void move(std::size_t node, int part);
    /// By management: it is on the disk when it is done. Refusals are part of the game.
    void set(std::size_t node, const std::string& key, const std::string& value);
    void remove(std::size_t node, const std::string& key);
    void run_for(Duration time);

    /// What is wrong with the mesh, were it at rest and whole; empty if all is well.
    std::string audit() const;

    std::size_t size() const { return nodes_.size(); }
    SettingsNode& node(std::size_t index) { return *nodes_[index]; }
    std::mt19937_64& random() { return random_; }
    std::size_t below(std::size_t bound) { return random_() % bound; }
    const Traffic& traffic() const { return traffic_; }
    Instant now() const { return now_; }

    double loss = 0;  // of a message, 0 … 1
    Duration delay_max = std::chrono::milliseconds(50);
    Duration sight_max = std::chrono::milliseconds(500);  // until others see that it comes or goes

    // For the nodes.
    bool carry(const SettingsNode& from, std::string_view to, Bytes content);
    void on_said(const Setting& setting);

private:
    struct Event {
        Instant at;
        std::uint64_t order = 0;
        std::size_t node = 0;
        std::int64_t life = 0;
        std::size_t other = 0;
        enum class Kind : std::uint8_t { message, sight, alarm } kind = Kind::message;
        Buffer content{};
        bool operator>(const Event& that) const {
            return std::tie(at, order) > std::tie(that.at, that.order);
        }
    };

    bool reaches(const SettingsNode& from, const SettingsNode& to) const;
    void see(std::size_t node);
    void push(Event event);
    void handle(const Event& event);
    void settle(std::size_t node);
    std::string audit(const SettingsNode& node) const;
    std::string audit_said() const;
    std::string audit_files() const;

    std::mt19937_64 random_;
    Instant now_{std::chrono::hours(1)};
    std::vector<std::unique_ptr<SettingsNode>> nodes_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::map<std::pair<std::size_t, std::size_t>, Instant> last_;  // arrival between two
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::map<std::string, std::vector<Said>> said_;  // by key
    std::uint64_t order_ = 0;
    Traffic traffic_;
};

}  // namespace weft::settings
