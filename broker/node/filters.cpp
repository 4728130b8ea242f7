#include "broker/node/filters.hpp"

#include "broker/node/arrival.hpp"
#include "broker/selector/filter_set.hpp"
#include "common/base/conditions.hpp"

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

queue::Judged judge(const ReadSelector& selector, const queue::Record& record) {
    selector::Candidate candidate{.message = Bytes{*record.payload}};
    if (record.failures > 0) {  // else as its header says
        candidate.failures = record.failures;
    }
    const selector::Judgement judgement = selector.program.judge(candidate);
    return {choice_of(judgement.verdict), judgement.steps};
}

queue::Choose choose_by(SharedSelector selector) {
    if (!selector) {
        return {};
    }
    return [selector = std::move(selector)](const queue::Record& record) {
        return judge(*selector, record);
    };
}

Result<Filters> read_filters(Bytes encoded, Filtered of, Selectors& selectors) {
    WEFT_TRY(selector::FilterSet asked, selector::read_filter_set(encoded));
    asked.no_local = asked.no_local && of == Filtered::subscription;
    if (of == Filtered::subscription) {
        asked.last_values.clear();
    }
    Filters filters;
    filters.no_local = asked.no_local;
    if (!asked.selector.empty()) {
        WEFT_TRY(filters.selector, selectors.read(asked.selector));
    }
    for (const Bytes value : asked.last_values) {
        filters.last_values.emplace_back(value.begin(), value.end());
    }
    selector::write_honoured(filters.stated, encoded, asked);
    return filters;
}

Result<std::vector<std::string>> keys_wanted(const Filters& filters,
                                             std::string_view last_value_key,
                                             bool copies) {
    if (filters.last_values.empty()) {
        return std::vector<std::string>{};
    }
    if (last_value_key.empty()) {
        return fail(kNotImplemented,
                    "the filter weft:last-value:list is for queues with a lastValueKey, which the "
                    "entry of this one does not have");
    }
    if (!copies) {
        return fail(kNotImplemented,
                    "with the filter weft:last-value:list messages are looked at, not taken: give "
                    "the source the distribution-mode copy");
    }
    std::vector<std::string> keys;
    for (const Buffer& value : filters.last_values) {
        keys.push_back(key_of(last_value_key, value));
    }
    return keys;
}

}  // namespace weft::broker
