#include "tests/simulation/settings_sim_mesh.hpp"

#include "common/base/assert.hpp"

#include <algorithm>

namespace weft::settings {

// --- a router -------------------------------------------------------------------------------

bool SettingsNode::send(std::string_view router, Bytes content) {
    return mesh_->carry(*this, router, content);
}

void SettingsNode::on_setting(const Setting& setting) {
    told[setting.key] = setting;
    unwritten.push_back(setting);
    if (setting.origin == id) {
        mesh_->on_said(setting);
    }
}

void SettingsNode::on_forgotten(std::string_view /*key*/) {
    WEFT_CHECK(false);  // there are never so many
}

void SettingsNode::on_refused(std::string_view /*router*/, const std::string& /*why*/) {
    WEFT_CHECK(false);  // nobody says anything wrong
}

void SettingsNode::sync() {
    for (const Setting& setting : std::exchange(unwritten, {})) {
        disk[setting.key] = setting;
    }
}

// --- the mesh -------------------------------------------------------------------------------

void SettingsMesh::add(std::string id) {
    by_id_.emplace(id, nodes_.size());
    nodes_.push_back(std::make_unique<SettingsNode>(std::move(id), *this));
}

void SettingsMesh::start(std::size_t index, File file) {
    SettingsNode& node = *nodes_[index];
    ++node.life;
    node.file = std::move(file);
    node.machine = std::make_unique<MeshSettings>(node.id, node);
    node.told = node.disk;
    for (const auto& [key, setting] : node.disk) {
        node.machine->restore(setting);
    }
    node.machine->declare(node.file);
    node.sync();
    settle(index);
    see(index);
}

void SettingsMesh::crash(std::size_t index, bool keeps) {
    SettingsNode& node = *nodes_[index];
    node.machine.reset();
    node.seen.clear();
    node.unwritten.clear();
    node.alarm = kNever;
    if (!keeps) {
        node.disk.clear();
    }
    for (auto& [key, all] : said_) {
        const auto kept = node.disk.find(key);
        for (Said& said : all) {
            said.may_be_lost |= said.setting.origin == node.id &&
                                (kept == node.disk.end() || is_newer(said.setting, kept->second));
        }
    }
    see(index);
}

void SettingsMesh::move(std::size_t index, int part) {
    nodes_[index]->part = part;
    see(index);
}

void SettingsMesh::set(std::size_t index, const std::string& key, const std::string& value) {
    SettingsNode& node = *nodes_[index];
    static_cast<void>(node.machine->set(key, value));
    node.sync();
    settle(index);
}

void SettingsMesh::remove(std::size_t index, const std::string& key) {
    SettingsNode& node = *nodes_[index];
    static_cast<void>(node.machine->remove(key));
    node.sync();
    settle(index);
}

void SettingsMesh::on_said(const Setting& setting) {
    std::vector<Said>& all = said_[setting.key];
    const auto at = std::ranges::find(all, setting, &Said::setting);
    if (at == all.end()) {
        all.push_back({.setting = setting});
    } else {
        at->may_be_lost = false;  // it was told again what it said before
    }
}

bool SettingsMesh::reaches(const SettingsNode& from, const SettingsNode& to) const {
    return from.machine && to.machine && from.part == to.part;
}

bool SettingsMesh::carry(const SettingsNode& from, std::string_view to, Bytes content) {
    const std::size_t target = by_id_.find(to)->second;
    if (!reaches(from, *nodes_[target])) {
        return false;
    }
    ++traffic_.messages;
    traffic_.bytes += content.size();
    if (read_setting_message(content)->kind == SettingMessage::Kind::range) {
        ++traffic_.walks;
    }
    if (std::uniform_real_distribution(0.0, 1.0)(random_) < loss) {
        return true;
    }
    const std::size_t source = by_id_.find(from.id)->second;
    Instant& last = last_[{source, target}];
    last = std::max(last, now_ + Duration(below(static_cast<std::size_t>(delay_max.count()))));
    push({.at = last,
          .node = target,
          .life = nodes_[target]->life,
          .other = source,
          .kind = Event::Kind::message,
          .content = Buffer(content.begin(), content.end())});
    return true;
}

/// Sooner or later the others see it, and it sees them.
void SettingsMesh::see(std::size_t index) {
    const auto later = [&](std::size_t node, std::size_t other) {
        push({.at = now_ + Duration(below(static_cast<std::size_t>(sight_max.count()))),
              .node = node,
              .other = other,
              .kind = Event::Kind::sight});
    };
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        if (other != index) {
            later(index, other);
            later(other, index);
        }
    }
}

void SettingsMesh::push(Event event) {
    event.order = ++order_;
    events_.push(std::move(event));
}

void SettingsMesh::handle(const Event& event) {
    SettingsNode& node = *nodes_[event.node];
    const SettingsNode& other = *nodes_[event.other];
    if (!node.machine) {
        return;
    }
    switch (event.kind) {
        case Event::Kind::message:
            if (event.life == node.life && reaches(other, node)) {
                node.machine->receive(other.id, event.content, now_);
            }
            break;
        case Event::Kind::sight:
            if (reaches(node, other) && node.seen.insert(other.id).second) {
                node.machine->peer_up(other.id, now_);
            } else if (!reaches(node, other) && node.seen.erase(other.id) > 0) {
                node.machine->peer_down(other.id);
            }
            break;
        case Event::Kind::alarm:
            if (event.life != node.life || event.at != node.alarm) {
                return;
            }
            node.alarm = kNever;
            node.machine->tick(now_);
            break;
    }
    settle(event.node);
}

/// Arms its timer; what it was told goes to the disk soon, though not at once.
void SettingsMesh::settle(std::size_t index) {
    SettingsNode& node = *nodes_[index];
    if (below(4) == 0) {
        node.sync();
    }
    const Instant due = std::max(node.machine->deadline(), now_);
    if (due != node.alarm && due != kNever) {
        node.alarm = due;
        push({.at = due, .node = index, .life = node.life, .kind = Event::Kind::alarm});
    }
}

void SettingsMesh::run_for(Duration time) {
    const Instant end = now_ + time;
    while (!events_.empty() && events_.top().at <= end) {
        const Event event = events_.top();
        events_.pop();
        now_ = event.at;
        handle(event);
    }
    now_ = end;
}

}  // namespace weft::settings
