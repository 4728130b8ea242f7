#include "broker/node/filters.hpp"

#include "broker/selector/filter_set.hpp"
#include "broker/selector/selector.hpp"

#include <memory>
#include <utility>

namespace weft::broker {
namespace {

queue::Choice choice_of(selector::Verdict verdict) {
    switch (verdict) {
        case selector::Verdict::selected:
            return queue::Choice::wanted;
        case selector::Verdict::passed_over:
            return queue::Choice::passed_over;
        case selector::Verdict::gave_up:
            return queue::Choice::gave_up;
    }
    return queue::Choice::passed_over;
}

}  // namespace

Result<Filters> read_filters(Bytes encoded) {
    WEFT_TRY(selector::FilterSet asked, selector::read_filter_set(encoded));
    asked.no_local = false;  // of subscriptions alone
    Filters filters;
    if (!asked.selector.empty()) {
        WEFT_TRY(selector::Selector parsed, selector::Selector::parse(asked.selector));
        const auto selector = std::make_shared<const selector::Selector>(std::move(parsed));
        filters.choose = [selector](const queue::Record& record) {
            selector::Candidate candidate{.message = Bytes{*record.payload}};
            if (record.failures > 0) {  // else as its header says
                candidate.failures = record.failures;
            }
            return choice_of(selector->judge(candidate).verdict);
        };
    }
    selector::write_honoured(filters.stated, encoded, asked);
    return filters;
}

}  // namespace weft::broker
