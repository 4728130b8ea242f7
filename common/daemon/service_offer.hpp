#pragma once

#include "common/io/guarded.hpp"
#include "common/security/mechanisms.hpp"
#include "common/security/offer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weft::daemon {

/// The SASL mechanisms of a listener whose peers an authentication service judges: those of the
/// configuration that the service offers, too, as far as it was heard of; without a word there, the
/// service's own.
///
/// EXTERNAL is never the service's: it would see this daemon's certificate, not the peer's. Where
/// the configuration has it, it is offered whatever the service says. ANONYMOUS is left out where
/// peers must prove who they are. Threading: any thread.
class ServiceOffer {
public:
    /// Offers of the service that are remembered; it is not heard after so many changes.
    static constexpr std::size_t kChangesMax = 32;

    /// `wanted`: of the configuration, empty if it says nothing; `until_heard` stands for the
    /// service's as long as nobody knows them.
    ServiceOffer(std::vector<std::string> wanted,
                 std::vector<std::string> until_heard,
                 security::InTheClear in_the_clear,
                 security::Bare bare);

    /// Lives as long as this.
    const std::vector<std::string>& to(const security::Protection& peer) const;
    void hear(const std::vector<std::string>& offered);

private:
    struct Heard {
        std::vector<std::string> last{};
        /// The last one holds; views of the others are about.
        std::vector<std::shared_ptr<const security::Offer>> offers{};
    };

    const std::vector<std::string> wanted_;
    const security::InTheClear in_the_clear_;
    const security::Bare bare_;
    mutable io::Guarded<Heard> heard_;
};

}  // namespace weft::daemon
