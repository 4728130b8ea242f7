#include "common/config/json_document.hpp"

#include "common/config/json_text.hpp"
#include "common/config/secret.hpp"
#include "common/json/tree.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

namespace weft::config {

namespace {

constexpr std::string_view kInclude = "include";

class Loading {
public:
    Loading(const FileReader& reader, Faults& faults) : reader_{reader}, faults_{faults} {}

    Object take() { return std::move(merged_); }

    void load(const std::string& path, std::string_view text) {
        loaded_.push_back(std::filesystem::path{path}.lexically_normal());
        const std::uint32_t file = faults_.add_file(path);
        std::optional<Node> root = parse_json(text, {file, 1}, faults_);
        if (!root) {
            return;
        }
        Object* const object = root->object();
        if (object == nullptr) {
            faults_.error(root->place, "", "must be one object, not " + describe(*root));
            return;
        }
        for (Member& member : *object) {
            if (member.name != kInclude) {
                merge(std::move(member));
            }
        }
        if (const Node* const include = find_member(*object, kInclude)) {
            load_included(*include);
        }
    }

private:
    void load_included(const Node& include) {
        const List* const list = include.list();
        if (list == nullptr) {
            faults_.error(include.place, "/include",
                          "must be a list of paths, not " + describe(include));
            return;
        }
        for (const Node& element : *list) {
            const std::string pointer = "/include/" + std::to_string(element.index);
            if (const std::string* const name = element.text()) {
                load_file(*name, element.place, pointer);
            } else {
                faults_.error(element.place, pointer, "must be a path, not " + describe(element));
            }
        }
    }

    void load_file(const std::string& name, Place place, const std::string& pointer) {
        const std::string path = resolve_path(faults_.file_name(place.file), name);
        const auto normal = std::filesystem::path{path}.lexically_normal();
        if (std::ranges::find(loaded_, normal) != loaded_.end()) {
            faults_.error(place, pointer, quote(path) + " is included already; include it once");
            return;
        }
        if (loaded_.size() > kIncludesMax) {
            faults_.error(place, pointer,
                          "at most " + std::to_string(kIncludesMax) + " files may be included");
            return;
        }
        const auto text = reader_(path);
        if (!text) {
            faults_.error(place, pointer, quote(path) + " " + text.error());
            return;
        }
        load(path, *text);
    }

    void merge(Member member) {
        Node* const earlier = find_member(merged_, member.name);
        if (earlier == nullptr) {
            merged_.push_back(std::move(member));
            return;
        }
        List* const to = earlier->list();
        List* const from = member.node.list();
        if (to != nullptr && from != nullptr) {
            std::ranges::move(*from, std::back_inserter(*to));
            return;
        }
        faults_.error(member.node.place, json::join_pointer("", member.name),
                      "is given twice, also in " + faults_.file_name(earlier->place.file) + ":" +
                          std::to_string(earlier->place.line) + "; keep one of them");
    }

    const FileReader& reader_;
    Faults& faults_;
    std::vector<std::filesystem::path> loaded_;  // in the order read
    Object merged_;
};

}  // namespace

Node load_json(const std::string& path,
               std::string_view text,
               const FileReader& reader,
               Faults& faults) {
    const auto file = faults.add_file(path);
    Loading loading{reader, faults};
    loading.load(path, text);
    return {loading.take(), {file, 1}, 0, false};
}

}  // namespace weft::config
