#include "common/json/tree.hpp"

#include <nlohmann/json.hpp>

#include <iterator>
#include <limits>
#include <set>
#include <utility>

namespace weft::json {

namespace {

/// How far the parser is. It looks one character ahead, which after a number may be the end of its
/// line; `last` is therefore the last character that is not a space.
struct Progress {
    Position next{};
    Position last{};

    void pass(char c) noexcept {
        if (c == '\n') {
            next = {next.line + 1, 0};
            return;
        }
        ++next.column;
        if (c != ' ' && c != '\t' && c != '\r') {
            last = next;
        }
    }
};

/// Walks a text and keeps its progress in a place that survives the copies the parser makes.
class WatchedIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    WatchedIterator(const char* at, Progress* progress) : at_{at}, progress_{progress} {}

    reference operator*() const { return *at_; }
    WatchedIterator& operator++() {
        progress_->pass(*at_++);
        return *this;
    }
    bool operator==(const WatchedIterator& other) const { return at_ == other.at_; }
    bool operator!=(const WatchedIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    Progress* progress_;
};

/// What is wrong in the parser's words, without the piece of the text that they end with.
std::string reason_of(const nlohmann::json::exception& error) {
    const std::string_view what = error.what();
    const std::size_t begin = what.find("syntax error");
    if (begin == std::string_view::npos) {
        return "has a number that is out of range";  // the only other thing it complains of
    }
    const std::string_view reason = what.substr(begin);
    return "is not JSON: " + std::string{reason.substr(0, reason.find("; last read"))};
}

/// Builds the tree from the parser's events, so that limits hold before memory is spent.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
public:
    Builder(const Limits& limits, const Progress& progress, std::vector<TextFault>& faults)
        : limits_{limits}, progress_{progress}, faults_{faults} {}

    Node take() { return std::move(root_); }

    bool null() override { return put({}); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(std::int64_t value) override { return put(value); }
    bool number_unsigned(std::uint64_t value) override {
        constexpr auto kMax = std::uint64_t{std::numeric_limits<std::int64_t>::max()};
        return value <= kMax ? put(static_cast<std::int64_t>(value)) : put(value);
    }
    bool number_float(double value, const std::string&) override { return put(value); }
    bool string(std::string& value) override { return put(std::move(value)); }
    bool binary(nlohmann::json::binary_t&) override { return false; }  // not in JSON text

    bool start_object(std::size_t) override { return open(Object{}); }
    bool start_array(std::size_t) override { return open(List{}); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override;
    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) override {
        return fail(reason_of(e));
    }

private:
    using Content = decltype(Node::value);

    struct Open {
        Node node;
        std::string name;  // of the member being read
        bool twice;        // it has been before: what it is now does not hold
        /// All so far. Ordered, because whoever writes the text must not choose what it costs: a
        /// name takes no more comparisons than the limit of members has binary digits.
        std::set<std::string> names;
    };

    bool fail(std::string text);
    std::string pointer() const;
    bool open(Content container);
    bool close();
    bool put(Content value);
    void place(Node node);

    const Limits& limits_;
    const Progress& progress_;
    std::vector<TextFault>& faults_;
    std::vector<Open> open_;  // outermost first
    std::size_t values_ = 0;
    Node root_;
};

/// Notes a fault that ends the reading.
bool Builder::fail(std::string text) {
    faults_.push_back({progress_.last, pointer(), std::move(text)});
    return false;
}

std::string Builder::pointer() const {
    std::string pointer;
    for (const Open& each : open_) {
        if (const List* list = std::get_if<List>(&each.node.value)) {
            pointer = join_pointer(pointer, std::to_string(list->size()));
        } else if (!each.name.empty()) {
            pointer = join_pointer(pointer, each.name);
        }
    }
    return pointer;
}

bool Builder::open(Content container) {
    if (open_.size() == limits_.nesting) {
        return fail("lists and objects may be nested " + std::to_string(limits_.nesting) + " deep");
    }
    if (++values_ > limits_.values) {
        return fail("has more than " + std::to_string(limits_.values) + " values in all");
    }
    open_.push_back({{std::move(container), progress_.last}, {}, false, {}});
    return true;
}

bool Builder::close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(done));
    return true;
}

bool Builder::key(std::string& name) {
    Open& object = open_.back();
    object.name = std::move(name);
    object.twice = !object.names.insert(object.name).second;
    if (object.twice) {
        faults_.push_back({progress_.last, pointer(), "is given twice; keep one of them"});
        return faults_.size() < kTextFaultsMax;
    }
    if (object.names.size() > limits_.members) {
        object.name.clear();
        return fail("has more than " + std::to_string(limits_.members) + " members");
    }
    return true;
}

bool Builder::put(Content value) {
    if (++values_ > limits_.values) {
        return fail("has more than " + std::to_string(limits_.values) + " values in all");
    }
    place({std::move(value), progress_.last});
    return true;
}

/// Puts a whole value where it belongs.
void Builder::place(Node node) {
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    Open& top = open_.back();
    if (List* list = std::get_if<List>(&top.node.value)) {
        list->push_back(std::move(node));
        return;
    }
    if (!top.twice) {
        std::get<Object>(top.node.value).push_back({std::move(top.name), std::move(node)});
    }
    top.name.clear();
}

}  // namespace

Reading read(std::string_view text, const Options& options) {
    Reading reading;
    if (text.size() > options.limits.bytes) {
        reading.faults.push_back(
            {{}, "", "has more than " + std::to_string(options.limits.bytes) + " bytes"});
        return reading;
    }
    Progress progress;
    Builder builder{options.limits, progress, reading.faults};
    const char* const end = text.data() + text.size();
    const bool whole = nlohmann::json::sax_parse(
        WatchedIterator{text.data(), &progress}, WatchedIterator{end, &progress}, &builder,
        nlohmann::json::input_format_t::json,
        /*strict=*/true, /*ignore_comments=*/options.comments);
    if (whole) {
        reading.root = builder.take();
    }
    return reading;
}

std::string join_pointer(std::string_view pointer, std::string_view token) {
    std::string joined{pointer};
    joined += '/';
    for (const char c : token) {
        if (c == '~') {
            joined += "~0";
        } else if (c == '/') {
            joined += "~1";
        } else {
            joined += c;
        }
    }
    return joined;
}

}  // namespace weft::json
