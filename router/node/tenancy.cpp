#include "router/node/tenancy.hpp"

#include "router/node/linkroute/termini.hpp"

#include <optional>

namespace weft::node {

Result<void> Tenancy::make_whole(amqp::Attach& attach, Memory& memory) {
    const auto direction = attach.receiver ? router::Direction::out : router::Direction::in;
    std::optional<Error> error;
    rename(attach, direction, memory.address, [&](std::string_view address) {
        auto whole = space_.whole(address);
        if (!whole) {
            error = std::move(whole).error();
            return std::string{address};
        }
        return std::string{*whole};
    });
    if (error) {
        return tl::unexpected(*std::move(error));
    }
    memory.name = link_name(attach.name);
    attach.name = memory.name;
    return {};
}

std::string Tenancy::link_name(std::string_view name) const {
    return std::string{tenant_->prefix}.append(name);
}

void Tenancy::make_own(amqp::Attach& answer,
                       router::Direction direction,
                       std::string& memory) const {
    rename(answer, direction, memory,
           [this](std::string_view address) { return space_.own_text(address); });
}

}  // namespace weft::node
