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

queue::Choose choose_by(selector::Selector parsed) {
    const auto selector = std::make_shared<const selector::Selector>(std::move(parsed));
    return [selector](const queue::Record& record) {
        selector::Candidate candidate{.message = Bytes{*record.payload}};
        if (record.failures > 0) {  // else as its header says
            candidate.failures = record.failures;
        }
        return choice_of(selector->judge(candidate).verdict);
    };
}

}  // namespace

Result<queue::Choose> read_selector(std::string_view text) {
    WEFT_TRY(selector::Selector parsed, selector::Selector::parse(text));
    return choose_by(std::move(parsed));
}

Result<Filters> read_filters(Bytes encoded, Filtered of) {
    WEFT_TRY(selector::FilterSet asked, selector::read_filter_set(encoded));
    asked.no_local = asked.no_local && of == Filtered::subscription;
    Filters filters;
    filters.no_local = asked.no_local;
    if (!asked.selector.empty()) {
        WEFT_TRY(selector::Selector parsed, selector::Selector::parse(asked.selector));
        filters.selector = parsed.text();
        filters.choose = choose_by(std::move(parsed));
    }
    selector::write_honoured(filters.stated, encoded, asked);
    return filters;
}

}  // namespace weft::broker
