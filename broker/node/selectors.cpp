#include "broker/node/selectors.hpp"

#include "broker/selector/limits.hpp"
#include "common/base/conditions.hpp"

#include <utility>

namespace weft::broker {

Result<SharedSelector> Selectors::read(std::string_view text) {
    WEFT_TRY(selector::Selector program, selector::Selector::parse(text));
    std::string normal = program.text();
    if (const auto known = known_.find(normal); known != known_.end()) {
        return known->second.lock();
    }
    // What is kept of a subscription is this form, which is read again when the broker starts.
    if (normal.size() > selector::kTextBytesMax) {
        return fail(kResourceLimitExceeded,
                    "the selector, written out, has " + std::to_string(normal.size()) +
                        " bytes, but may have " + std::to_string(selector::kTextBytesMax) +
                        "; make it shorter");
    }
    if (normal.size() > (kBytesMax - bytes_) / kShares) {
        return fail(kResourceLimitExceeded,
                    "all links have " + std::to_string(bytes_) +
                        " bytes of different selectors, and " + std::to_string(kBytesMax) +
                        " is as many as there may be: use fewer, or shorter ones");
    }
    const auto let_go = [this](const ReadSelector* selector) {
        const std::unique_ptr<const ReadSelector> gone{selector};
        bytes_ -= gone->text.size();
        known_.erase(gone->text);
    };
    SharedSelector made{new ReadSelector{.program = std::move(program), .text = normal}, let_go};
    bytes_ += normal.size();
    known_.emplace(std::move(normal), made);
    return made;
}

}  // namespace weft::broker
