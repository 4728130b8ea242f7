#include "router/linkstate/messages.hpp"

namespace weft::linkstate {

std::string_view opcode_of(const Message& message) {
    return kOpcodes[message.index()];
}

const Speaker& speaker_of(const Message& message) {
    return std::visit([](const auto& kind) -> const Speaker& { return kind.from; }, message);
}

}  // namespace weft::linkstate
