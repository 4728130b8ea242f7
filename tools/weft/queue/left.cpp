#include "tools/weft/queue/left.hpp"

#include "common/base/printable.hpp"
#include "tools/weft/tables/numbers.hpp"

namespace weft::tools {
namespace {

std::uint64_t count_in(const Json& answer, const char* key) {
    const Json count = answer.value(key, Json{});
    return count.is_number() ? count.get<std::uint64_t>() : 0;
}

void keep_first(std::string& name, const Json& answer, const char* key) {
    const Json one = answer.value(key, Json{});
    if (name.empty() && one.is_string()) {
        name = one.get<std::string>();
    }
}

void add_reason(std::string& words, std::uint64_t count, const std::string& reason) {
    if (count > 0) {
        words += (words.empty() ? "" : "; ") + with_commas(static_cast<std::int64_t>(count)) +
                 " messages " + reason;
    }
}

std::string first_of(const std::string& queue, std::uint64_t count) {
    return "'" + printable(queue) + "'" + (count > 1 ? " or others" : "");
}

}  // namespace

void add_left(Left& left, const Json& answer) {
    left.unknown += count_in(answer, "leftUnknown");
    left.gone += count_in(answer, "leftGone");
    left.full += count_in(answer, "leftFull");
    keep_first(left.gone_queue, answer, "goneQueue");
    keep_first(left.full_queue, answer, "fullQueue");
}

Json left_json(const Left& left) {
    Json json{{"leftUnknown", left.unknown}, {"leftGone", left.gone}, {"leftFull", left.full}};
    if (left.gone > 0) {
        json["goneQueue"] = left.gone_queue;
    }
    if (left.full > 0) {
        json["fullQueue"] = left.full_queue;
    }
    return json;
}

std::string left_words(const Left& left) {
    std::string words;
    add_reason(words, left.unknown, "that did not die in another queue");
    add_reason(words, left.gone,
               "of " + first_of(left.gone_queue, left.gone) + ", which this broker does not have");
    add_reason(words, left.full,
               "of " + first_of(left.full_queue, left.full) +
                   ", which is full: receive from it, or raise its maxMessages or maxBytes");
    return words;
}

}  // namespace weft::tools
