// A selector up to the first NUL, and behind it the message that it is asked of. What can be read
// is printed as a fixpoint that means the same, and any message has one verdict.
#include "broker/selector/filter_set.hpp"
#include "broker/selector/limits.hpp"
#include "broker/selector/selector.hpp"
#include "common/base/assert.hpp"
#include "common/base/bytes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace weft;
using selector::Selector;

namespace {

void check_filters(Bytes bytes) {
    if (const auto set = selector::read_filter_set(bytes)) {
        Buffer stated;
        selector::write_honoured(stated, bytes, *set);
        const auto again = selector::read_filter_set(stated);
        WEFT_CHECK(again && again->selector == set->selector && again->no_local == set->no_local);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::string_view text = input.substr(0, input.find('\0'));
    const Bytes message = as_bytes(input.substr(std::min(text.size() + 1, size)));
    check_filters(message);

    const auto parsed = Selector::parse(text);
    if (!parsed) {
        WEFT_CHECK(!parsed.error().text.empty());
        return 0;
    }
    const auto judged = parsed->judge({.message = message});
    WEFT_CHECK(judged.steps <= selector::kStepsMax);

    const std::string printed = parsed->text();
    const auto again = Selector::parse(printed);
    WEFT_CHECK(again || printed.size() > selector::kTextBytesMax);
    if (again) {
        WEFT_CHECK(again->text() == printed);
        const auto judged_again = again->judge({.message = message});
        WEFT_CHECK(judged_again.verdict == judged.verdict ||
                   judged.verdict == selector::Verdict::gave_up ||
                   judged_again.verdict == selector::Verdict::gave_up);
    }
    return 0;
}
