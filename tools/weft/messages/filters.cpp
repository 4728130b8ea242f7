#include "tools/weft/messages/filters.hpp"

#include "tools/weft/values/attribute_argument.hpp"
#include "tools/weft/values/value_json.hpp"

#include <proton/codec/encoder.hpp>
#include <proton/scalar.hpp>
#include <proton/symbol.hpp>
#include <proton/value.hpp>

namespace weft::tools {

void add_selector(proton::source::filter_map& filters, const std::string& selector) {
    proton::value filter;
    proton::codec::encoder out(filter);
    out << proton::codec::start::described() << proton::symbol("apache.org:selector-filter:string")
        << selector << proton::codec::finish();
    filters.put(kSelectorKey, filter);
}

void add_last_values(proton::source::filter_map& filters, const std::vector<std::string>& keys) {
    proton::value filter;
    proton::codec::encoder out(filter);
    out << proton::codec::start::described() << proton::symbol("weft:last-value:list")
        << proton::codec::start::list();
    for (const std::string& key : keys) {
        out << to_scalar("--last", guess_value(key));
    }
    out << proton::codec::finish() << proton::codec::finish();
    filters.put(kLastValuesKey, filter);
}

}  // namespace weft::tools
