#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/mgmt/access.hpp"
#include "common/mgmt/requester.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The section "management", of every daemon: who may see it and change it.
namespace weft::daemon {

/// Who may use how much of management. A name is a user's; one that ends in * means all that begin
/// so and are known, "*" everybody who is known. Who is not is "anonymous".
/// Threading: immutable after it is read.
struct Rights {
    bool configured = false;  // else whoever reaches management may everything
    std::vector<std::string> admins{};
    std::vector<std::string> operators{};
    std::vector<std::string> viewers{};
    /// Of who asks through a router, which does not say who that is.
    mgmt::Access routers = mgmt::Access::viewer;

    mgmt::Access of_user(std::string_view user) const;
    mgmt::Access of(const mgmt::Requester& who) const;
};

config::Section rights_section();

/// Reads the section, and reports what is wrong with it.
Rights read_rights(const config::Document& document, config::Faults& faults);

}  // namespace weft::daemon
