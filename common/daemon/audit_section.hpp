#pragma once

#include "common/config/document.hpp"
#include "common/config/fault.hpp"
#include "common/config/keys.hpp"
#include "common/daemon/audit.hpp"

/// The section "audit", of every daemon: where it is written who did what.
namespace weft::daemon {

config::Section audit_section();

/// Reads the section, and reports what is wrong with it.
AuditConfig read_audit(const config::Document& document, config::Faults& faults);

}  // namespace weft::daemon
