// Any bytes are a configuration in JSON, or faults that can be printed: nothing throws, includes
// read no disk.
#include "common/base/assert.hpp"
#include "common/config/document.hpp"
#include "common/config/json_document.hpp"
#include "common/config/overrides.hpp"
#include "router/config/router_keys.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace weft::config;

namespace {

/// Up to the first NUL: the file. Behind it: one value of --set. Every included file is the file.
void load(std::string_view input) {
    const std::string_view text = input.substr(0, input.find('\0'));
    const std::string setting{input.substr(std::min(text.size() + 1, input.size()))};
    const FileReader same_text = [text](const std::string&) { return std::string{text}; };
    Faults faults;
    Node root = load_json("fuzz", text, same_text, faults);
    apply_overrides({&setting, 1}, root, faults);
    const Document document =
        read_document(weft::router_config::router_table(), root, Dialect::json, same_text, faults);
    WEFT_CHECK(document.singleton("router").section().singleton);
    for (const std::string& line : faults.lines()) {
        WEFT_CHECK(line.find('\n') == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    load({reinterpret_cast<const char*>(data), size});
    return 0;
}
