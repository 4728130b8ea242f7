#include "broker/selector/selector.hpp"

#include "broker/selector/evaluation.hpp"
#include "broker/selector/parser.hpp"
#include "broker/selector/printer.hpp"

#include <utility>

namespace weft::selector {

Result<Selector> Selector::parse(std::string_view text) {
    WEFT_TRY(Program program, Parser{text}.run());
    return Selector{std::move(program)};
}

Judgement Selector::judge(const Candidate& candidate) const noexcept {
    Budget budget{kStepsMax};
    const MessageValues values{program_, candidate, budget};
    const Value truth = Evaluation{program_, values, budget}.value(program_.root());
    const Verdict verdict = budget.exhausted() ? Verdict::gave_up
                            : truth.is_true()  ? Verdict::selected
                                               : Verdict::passed_over;
    return {.verdict = verdict, .steps = budget.spent()};
}

std::string Selector::text() const {
    return print(program_);
}

}  // namespace weft::selector
