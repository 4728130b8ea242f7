#pragma once

#include "common/base/result.hpp"
#include "common/security/identity.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::router {

/// What is known of an attach, or of one send of an anonymous sender, when it asks to be admitted.
struct AdmissionFacts {
    std::string_view address;  // as the client wrote it; empty: anonymous, or dynamic
    bool receives = false;     // the client receives from the address
    bool dynamic = false;
};

struct Admitted {
    std::string address;  // what to use instead of the client's; may be the same
};

/// Who may use which address, and how much of it. The policy of tenants and quotas goes here; the
/// default lets everything through unchanged. Threading: loop-confined.
class Admission {
public:
    virtual ~Admission() = default;

    /// Errors: the condition and description that the client gets.
    virtual Result<Admitted> admit(const security::Identity& identity,
                                   const AdmissionFacts& facts) = 0;
};

}  // namespace weft::router
