#include "router/config/conf_import.hpp"

#include "common/config/document.hpp"
#include "common/json/tree.hpp"
#include "router/config/conf_comments.hpp"
#include "router/config/qdrouterd_conf.hpp"
#include "router/config/router_keys.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace weft::router_config {
namespace {

using config::Dialect;
using config::Entity;
using config::Faults;
using config::Key;
using config::Node;
using config::Section;
using Lines = std::vector<std::string>;

constexpr std::string_view kGroups = "groups";
/// Of what stands nowhere in the original.
constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();
/// What the check of the result may still find wrong, one after the other.
constexpr int kRoundsMost = 200;

nlohmann::json json_of(const Node& node) {
    if (const config::List* const list = node.list()) {
        auto array = nlohmann::json::array();
        for (const Node& each : *list) {
            array.push_back(json_of(each));
        }
        return array;
    }
    if (const config::Object* const object = node.object()) {
        auto map = nlohmann::json::object();
        for (const config::Member& member : *object) {
            map[member.name] = json_of(member.node);
        }
        return map;
    }
    if (const auto* const truth = std::get_if<bool>(&node.value)) {
        return *truth;
    }
    if (const auto* const whole = std::get_if<std::int64_t>(&node.value)) {
        return *whole;
    }
    if (const auto* const number = std::get_if<double>(&node.value)) {
        const bool whole = std::floor(*number) == *number && std::abs(*number) < 1e15;
        return whole ? nlohmann::json(static_cast<std::int64_t>(*number)) : nlohmann::json(*number);
    }
    return node.text() == nullptr ? nlohmann::json{} : nlohmann::json(*node.text());
}

std::string text_of(const Node& node) {
    return json_of(node).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string comment_of(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return text.empty() ? "//" : "// " + text;
}

/// It stays as it was written: what it names is read when a router starts.
bool is_name_of_file(const Key& key) {
    return key.type == config::Type::secret || key.type == config::Type::pem ||
           key.type == config::Type::path;
}

std::vector<std::string> tokens_of(std::string_view pointer) {
    std::vector<std::string> tokens;
    while (pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::string_view token = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(token.size());
        std::string text;
        for (std::size_t i = 0; i < token.size(); ++i) {
            const bool escaped = token[i] == '~' && i + 1 < token.size();
            text += escaped ? (token[++i] == '1' ? '/' : '~') : token[i];
        }
        tokens.push_back(std::move(text));
    }
    return tokens;
}

/// A key and its value, as they are to be written.
struct Item {
    std::string key{};
    Node value{};
    std::uint32_t line = kLast;
    std::string remark{};
};

/// A section.
struct Block {
    const Section* section = nullptr;
    std::string pointer{};  // in the original
    std::uint32_t line = 0;
    std::vector<Item> items{};
    Lines notes{};
    std::string left_out{};  // why; empty: it is not
};

/// What stands below `path` goes. False: nothing does.
bool erase(Node& node, std::span<const std::string> path) {
    config::Object* const object = node.object();
    if (object == nullptr || path.empty()) {
        return false;
    }
    const auto found = std::ranges::find(*object, path.front(), &config::Member::name);
    if (found == object->end()) {
        return false;
    }
    if (path.size() == 1) {
        object->erase(found);
        return true;
    }
    return erase(found->node, path.subspan(1));
}

class Importer {
public:
    Importer(const std::string& path, const std::string& text, const config::FileReader& reader)
        : path_{path}, text_{text}, reader_{reader}, comments_{comments_of_conf(text)} {}

    ConfImport run(const Host& host) {
        read();
        std::set<std::string> known = faults_of_original(host);
        for (int round = 0; round < kRoundsMost; ++round) {
            Faults faults;
            const std::string json = write();
            made_.is_good = check(json, host, faults);
            made_.json = json;
            made_.faults = faults.lines();
            const bool changed = std::ranges::any_of(faults.list(), [&](const config::Fault& one) {
                return one.severity == config::Severity::error && !known.contains(one.text) &&
                       leave_out(one);
            });
            if (!changed) {
                break;
            }
        }
        return std::move(made_);
    }

private:
    // --- the original ------------------------------------------------------------------------

    void read() {
        Faults faults;
        Node root = load_qdrouterd_conf(path_, text_, router_table(), faults);
        take_files(root);
        const config::Document document =
            config::read_document(router_table(), root, Dialect::qdrouterd, reader_, faults);
        for (const Entity& entity : document.entities) {
            add(entity, root);
        }
        for (const config::Fault& fault : faults.list()) {
            note(fault);
        }
    }

    /// Out of what is read, with their values as they were written.
    void take_files(Node& root) {
        for (config::Member& section : *root.object()) {
            const Section* const kind = router_table().find(section.name);
            const std::string pointer = json::join_pointer("", section.name);
            if (config::List* const list = section.node.list()) {
                for (Node& each : *list) {
                    take_files(*kind, each, pointer + "/" + std::to_string(each.index));
                }
            } else {
                take_files(*kind, section.node, pointer);
            }
        }
    }
    void take_files(const Section& kind, Node& node, const std::string& pointer) {
        std::erase_if(*node.object(), [&](const config::Member& member) {
            const auto key = std::ranges::find_if(kind.keys, [&](const Key& one) {
                return one.name == member.name ||
                       (!one.old_name.empty() && one.old_name == member.name);
            });
            const bool taken = key != kind.keys.end() && is_name_of_file(*key) && !key->required &&
                               key->support == config::Support::honoured &&
                               member.node.text() != nullptr;
            if (taken) {
                files_[pointer].push_back(file_item(*key, member.node));
            }
            return taken;
        });
    }
    static Item file_item(const Key& key, const Node& node) {
        const std::string& text = *node.text();
        const bool relative = key.type != config::Type::secret && !text.starts_with('/') &&
                              !text.starts_with("env:") && !text.starts_with("file:");
        return {.key = std::string{key.name},
                .value = node,
                .line = node.place.line,
                .remark = relative ? "from this file's folder; of a qdrouterd.conf it is from that "
                                     "in which the router was started"
                                   : ""};
    }

    void add(const Entity& entity, const Node& root) {
        Block block{
            .section = &entity.section(), .pointer = entity.pointer(), .line = entity.place().line};
        for (const Key& key : entity.section().keys) {
            const Node* const given = entity.given(key.name);
            if (given != nullptr) {
                Node value = entity.section().name == "vhosts" && key.name == kGroups
                                 ? groups_of(*given, entity.pointer(), block)
                                 : *given;
                block.items.push_back({.key = std::string{key.name},
                                       .value = std::move(value),
                                       .line = given->place.line});
            } else if (!has_file(entity.pointer(), key.name)) {
                add_default(key, block);
            }
        }
        const auto files = files_.extract(entity.pointer());
        if (files) {
            block.items.insert(block.items.end(), files.mapped().begin(), files.mapped().end());
        }
        std::ranges::stable_sort(block.items, {}, &Item::line);
        const bool written = find_member(*root.object(), entity.section().name) != nullptr;
        if (written || !block.items.empty()) {
            blocks_.push_back(std::move(block));
        }
    }
    bool has_file(const std::string& pointer, std::string_view key) const {
        const auto found = files_.find(pointer);
        return found != files_.end() &&
               std::ranges::find(found->second, key, &Item::key) != found->second.end();
    }
    static void add_default(const Key& key, Block& block) {
        Node value = default_of(key, Dialect::qdrouterd);
        if (key.support != config::Support::honoured || value == default_of(key, Dialect::json)) {
            return;
        }
        if (value == Node{} && key.type == config::Type::text) {
            value.value = std::string{};
        }
        block.items.push_back({.key = std::string{key.name},
                               .value = std::move(value),
                               .remark = "what a qdrouterd.conf means that does not say it"});
    }

    /// Typed, for they are texts in the original.
    Node groups_of(const Node& written, const std::string& pointer, Block& block) const {
        static const Section kGroup = user_group_section();
        Node typed{config::Object{}, written.place, 0, false};
        for (const config::Member& member : *written.object()) {
            if (member.node.object() == nullptr) {
                typed.object()->push_back(member);
                continue;
            }
            const std::string at = json::join_pointer(pointer + "/groups", member.name);
            Faults faults;
            (void)faults.add_file(path_);
            Node group = member.node;
            for (config::Member& one : *group.object()) {
                one.node.untyped = one.node.text() != nullptr;
            }
            const Entity entity =
                config::read_entity(kGroup, group, at, Dialect::qdrouterd, reader_, faults);
            config::Object object;
            for (const Key& key : kGroup.keys) {
                const Node* const given = entity.given(key.name);
                Node value = given != nullptr ? *given : default_of(key, Dialect::qdrouterd);
                if (given != nullptr || value != default_of(key, Dialect::json)) {
                    object.push_back({std::string{key.name}, std::move(value)});
                }
            }
            for (const std::string& line : faults.lines()) {
                block.notes.push_back("note: " + line);
            }
            typed.object()->push_back(
                {member.name, Node{std::move(object), member.node.place, 0, false}});
        }
        return typed;
    }

    /// What stands in the original, and does not come here.
    void note(const config::Fault& fault) {
        const bool lost = fault.severity == config::Severity::error;
        (lost ? made_.lost : made_.notes).push_back(fault.to_line());
        const std::string words =
            (lost ? "NOT CARRIED OVER: " : "note: ") + fault.to_line();
        const auto owner = std::ranges::find_if(blocks_, [&](const Block& block) {
            return fault.pointer == block.pointer || fault.pointer.starts_with(block.pointer + "/");
        });
        (owner == blocks_.end() ? head_ : owner->notes).push_back(words);
    }

    std::set<std::string> faults_of_original(const Host& host) const {
        Faults faults;
        (void)load_router_config(path_, {}, host, reading(path_, text_), faults);
        std::set<std::string> texts;
        for (const config::Fault& fault : faults.list()) {
            texts.insert(fault.text);
        }
        return texts;
    }

    // --- the result --------------------------------------------------------------------------

    config::FileReader reading(const std::string& path, const std::string& text) const {
        return [this, &path, &text](const std::string& asked) {
            return asked == path ? tl::expected<std::string, std::string>{text} : reader_(asked);
        };
    }

    /// In the folder of the original, where it will be.
    bool check(const std::string& json, const Host& host, Faults& faults) const {
        const std::string path = path_ + ".json";
        return load_router_config(path, {}, host, reading(path, json), faults).has_value();
    }

    /// What our JSON does not allow, though the original may say it. False: it is nowhere.
    bool leave_out(const config::Fault& fault) {
        const std::vector<std::string> tokens = tokens_of(fault.pointer);
        if (tokens.empty() || router_table().find(tokens[0]) == nullptr) {
            return false;
        }
        const bool in_list = !router_table().find(tokens[0])->singleton;
        const std::size_t depth = in_list ? 2 : 1;
        const auto found = written_.find(json::join_pointer("", tokens[0]) +
                                         (in_list && tokens.size() > 1 ? "/" + tokens[1] : ""));
        if (found == written_.end()) {
            return false;
        }
        Block& block = blocks_[found->second];
        const std::string from = path_ + ":" + std::to_string(block.line);
        made_.lost.push_back(from + ": " + fault.pointer + ": " + fault.text);
        const auto item = tokens.size() <= depth
                              ? block.items.end()
                              : std::ranges::find(block.items, tokens[depth], &Item::key);
        if (item == block.items.end()) {
            block.left_out = fault.text;
            return true;
        }
        block.notes.push_back("NOT CARRIED OVER: \"" + item->key + "\": " + text_of(item->value) +
                              ": " + fault.text);
        const std::span<const std::string> below = std::span{tokens}.subspan(depth + 1);
        if (below.empty() || !erase(item->value, below)) {
            block.items.erase(item);
        }
        return true;
    }

    std::string write() {
        written_.clear();
        used_.clear();
        std::string out = "// Made of " + path_ + " by 'weft config import'.\n";
        for (const std::string& line : head_) {
            out += comment_of(line) + "\n";
        }
        out += "{\n";
        std::set<std::string_view> sections;
        for (const Block& block : blocks_) {
            if (sections.insert(block.section->name).second) {
                out += (sections.size() > 1 ? ",\n" : "") + section_text(*block.section);
            }
        }
        out += "\n}\n";
        for (std::size_t i = 0; i < comments_.size(); ++i) {
            if (!used_.contains(i)) {
                out += comment_of(comments_[i].text) + "\n";
            }
        }
        return out;
    }

    std::string section_text(const Section& section) {
        const bool one = section.singleton;
        std::string out;
        std::string body;
        std::size_t index = 0;
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            Block& block = blocks_[i];
            if (block.section->name != section.name) {
                continue;
            }
            const std::string pad = one ? "  " : "    ";
            std::string& front = one ? out : body;
            const bool left_out = !block.left_out.empty();
            if (!left_out && index > 0) {
                body += ",\n";
            }
            front += lines_of(leading(block), pad);
            if (left_out) {
                front += pad + comment_of("NOT CARRIED OVER: " + block.left_out) + "\n";
                front += commented(object_text(block, pad), pad);
                body += one ? "{}" : "";
                continue;
            }
            front += lines_of(block.notes, pad);
            body += (one ? "" : pad) + object_text(block, pad);
            written_[json::join_pointer("", section.name) +
                     (one ? "" : "/" + std::to_string(index))] = i;
            ++index;
        }
        out += "  \"" + std::string{section.name} + "\": ";
        return out + (one ? body : body.empty() ? "[]" : "[\n" + body + "\n  ]");
    }

    static std::string lines_of(const Lines& lines, const std::string& pad) {
        std::string out;
        for (const std::string& line : lines) {
            out += pad + comment_of(line) + "\n";
        }
        return out;
    }
    static std::string commented(std::string_view text, const std::string& pad) {
        std::string out;
        for (; !text.empty(); text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1)) {
            out += pad + "// " + std::string{text.substr(0, text.find('\n'))} + "\n";
        }
        return out;
    }

    Lines leading(const Block& block) { return take(block.line, block.line); }
    /// Comments of a section up to a line that are nowhere yet.
    Lines take(std::uint32_t section, std::uint32_t through) {
        Lines lines;
        for (std::size_t i = 0; i < comments_.size(); ++i) {
            const ConfComment& comment = comments_[i];
            if (comment.section == section && section != 0 && comment.line <= through &&
                used_.insert(i).second) {
                lines.push_back(comment.text);
            }
        }
        return lines;
    }

    std::string object_text(const Block& block, const std::string& pad) {
        const std::string inner = pad + "  ";
        std::string out = "{\n";
        for (std::size_t i = 0; i < block.items.size(); ++i) {
            const Item& item = block.items[i];
            out += lines_of(take(block.line, item.line), inner);
            out += inner + "\"" + item.key + "\": " + text_of(item.value);
            out += i + 1 < block.items.size() ? "," : "";
            out += (item.remark.empty() ? "" : "  " + comment_of(item.remark)) + "\n";
        }
        return out + lines_of(take(block.line, kLast), inner) + pad + "}";
    }

    const std::string& path_;
    const std::string& text_;
    const config::FileReader& reader_;
    std::vector<ConfComment> comments_;
    std::map<std::string, std::vector<Item>> files_;  // by the pointer of their section
    std::vector<Block> blocks_;
    Lines head_;
    std::map<std::string, std::size_t> written_;  // in which block a pointer of the result is
    std::set<std::size_t> used_;                  // comments
    ConfImport made_;
};

}  // namespace

ConfImport import_conf(const std::string& path,
                       const std::string& text,
                       const Host& host,
                       const config::FileReader& reader) {
    return Importer{path, text, reader}.run(host);
}

}  // namespace weft::router_config
