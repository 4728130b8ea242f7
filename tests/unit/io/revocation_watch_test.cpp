#include "common/io/revocation_watch.hpp"

#include "common/io/revocation_list.hpp"
#include "common/tls/pem.hpp"
#include "tests/support/certificates.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace weft;
using namespace weft::io;

namespace {

/// An authority, a peer of it whose connection is watched, and the lists.
struct Watched {
    test::Authority authority;
    std::string peer = authority.issue().certificate;
    std::shared_ptr<RevocationList> list = std::make_shared<RevocationList>(lists({}));
    std::shared_ptr<TlsTally> tally = std::make_shared<TlsTally>();
    RevocationWatch watch{list, chain(), tally};

    std::shared_ptr<const tls::Revocations> lists(std::vector<std::string> revoked) const {
        return tls::Revocations::make({authority.crl({.revoked = std::move(revoked)})},
                                      authority.certificate())
            .value();
    }
    tls::PeerChain chain() const {
        const auto own = tls::certificates_in(peer, tls::Part::certificates);
        const auto root = tls::certificates_in(authority.certificate(), tls::Part::certificates);
        STACK_OF(X509)* const all = sk_X509_new_null();
        sk_X509_push(all, own->front().get());
        sk_X509_push(all, root->front().get());
        tls::PeerChain made = tls::chain_of(all);
        sk_X509_free(all);
        return made;
    }
    /// In so many sweeps.
    int due_in(int sweeps) {
        int due = 0;
        for (int i = 0; i < sweeps; ++i) {
            due += watch.is_due() ? 1 : 0;
        }
        return due;
    }
};

}  // namespace

TEST_SUITE("revocation watch") {
    TEST_CASE_FIXTURE(Watched, "who is revoked goes once, within three sweeps") {
        CHECK(due_in(9) == 0);
        list->replace(lists({authority.issue().certificate}));
        CHECK(due_in(9) == 0);
        list->replace(lists({peer}));
        CHECK(due_in(3) == 1);
        CHECK(due_in(9) == 0);
        CHECK(tally->expelled() == 1);
    }

    TEST_CASE_FIXTURE(Watched, "one that was revoked within the handshake goes, too") {
        list->replace(lists({peer}));
        RevocationWatch late{list, chain(), tally};
        const bool due = late.is_due() || late.is_due() || late.is_due();
        CHECK(due);
    }
}
