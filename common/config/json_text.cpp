#include "common/config/json_text.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weft::config {

namespace {

/// Lines passed so far. The parser looks one character ahead, which after a number may be the
/// end of its line; `line` is therefore that of the last character that is not a space.
struct LineCount {
    std::uint32_t newest = 0;
    std::uint32_t line = 0;

    void pass(char c) noexcept {
        if (c == '\n') {
            ++newest;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            line = newest;
        }
    }
};

/// Walks a text and counts its lines in a place that survives the copies the parser makes.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, LineCount* count) : at_{at}, count_{count} {}

    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        count_->pass(*at_++);
        return *this;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    LineCount* count_;
};

/// Builds the tree from the parser's events.
class TreeBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    TreeBuilder(Place start, const LineCount& count, Faults& faults)
        : start_{start}, count_{count}, faults_{faults} {}

    Node take() { return std::move(root_); }

    bool null() override { return put(node(std::monostate{})); }
    bool boolean(bool value) override { return put(node(value)); }
    bool number_integer(std::int64_t value) override { return put(node(value)); }
    bool number_unsigned(std::uint64_t value) override {
        constexpr auto kMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
        return put(value <= kMax ? node(static_cast<std::int64_t>(value))
                                 : node(static_cast<double>(value)));
    }
    bool number_float(double value, const std::string&) override { return put(node(value)); }
    bool string(std::string& value) override { return put(node(std::move(value))); }
    bool binary(nlohmann::json::binary_t&) override { return false; }  // not in JSON text

    bool start_object(std::size_t) override { return open(node(Object{})); }
    bool start_array(std::size_t) override { return open(node(List{})); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override;
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) override;

private:
    struct Open {
        Node node;
        std::string key;  // the member being read
        std::unordered_set<std::string> keys;
    };

    template <class Value>
    Node node(Value value) {
        return {std::move(value), here(), 0, false};
    }
    Place here() const { return {start_.file, start_.line + count_.line}; }
    std::string pointer() const;
    bool open(Node container);
    bool close();
    bool put(Node value);

    Place start_;
    const LineCount& count_;
    Faults& faults_;
    std::vector<Open> stack_;
    Node root_;
};

std::string TreeBuilder::pointer() const {
    std::string pointer;
    for (const Open& open : stack_) {
        if (const List* list = open.node.list()) {
            pointer = join_pointer(pointer, std::to_string(list->size()));
        } else if (!open.key.empty()) {
            pointer = join_pointer(pointer, open.key);
        }
    }
    return pointer;
}

bool TreeBuilder::open(Node container) {
    if (stack_.size() == kTreeNestingMax) {
        faults_.error(
            here(), pointer(),
            "lists and objects may be nested " + std::to_string(kTreeNestingMax) + " deep");
        return false;
    }
    stack_.push_back({std::move(container), {}, {}});
    return true;
}

bool TreeBuilder::close() {
    Node done = std::move(stack_.back().node);
    stack_.pop_back();
    return put(std::move(done));
}

bool TreeBuilder::key(std::string& name) {
    Open& top = stack_.back();
    top.key = name;
    if (!top.keys.insert(name).second) {
        faults_.error(here(), pointer(), "is given twice; keep one of them");
    }
    return true;
}

bool TreeBuilder::put(Node value) {
    value.place.file = start_.file;
    if (stack_.empty()) {
        root_ = std::move(value);
        return true;
    }
    Open& top = stack_.back();
    if (List* list = top.node.list()) {
        value.index = static_cast<std::uint32_t>(list->size());
        list->push_back(std::move(value));
    } else if (Object* object = top.node.object()) {
        if (object->size() < top.keys.size()) {  // else a second one of its name: the first holds
            object->push_back({std::move(top.key), std::move(value)});
        }
        top.key.clear();
    }
    return true;
}

bool TreeBuilder::parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) {
    const std::string_view what = e.what();
    const std::size_t reason = what.find("syntax error");
    faults_.error(here(), pointer(),
                  "is not JSON: " + std::string{what.substr(reason == what.npos ? 0 : reason)});
    return false;
}

}  // namespace

std::optional<Node> parse_json(std::string_view text, Place place, Faults& faults) {
    LineCount count;
    TreeBuilder builder{place, count, faults};
    const char* const end = text.data() + text.size();
    const bool parsed = nlohmann::json::sax_parse(CountingIterator{text.data(), &count},
                                                  CountingIterator{end, &count}, &builder,
                                                  nlohmann::json::input_format_t::json,
                                                  /*strict=*/true, /*ignore_comments=*/true);
    if (!parsed) {
        return std::nullopt;
    }
    return builder.take();
}

}  // namespace weft::config
