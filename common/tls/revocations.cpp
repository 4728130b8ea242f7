#include "common/tls/revocations.hpp"

#include "common/tls/pem.hpp"
#include "common/tls/user.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace weft::tls {
namespace {

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;
using CrlPtr = std::unique_ptr<X509_CRL, FreedBy<X509_CRL_free>>;
using ListFault = Revocations::Fault;

CertificateId shortened(const Digest& digest) {
    CertificateId id{};
    std::copy_n(digest.begin(), id.size(), id.begin());
    return id;
}

/// Of an authority: of its key.
Digest authority_of(const X509& certificate) {
    Digest key{};
    unsigned size = 0;
    X509_pubkey_digest(&certificate, EVP_sha256(), key.data(), &size);
    return key;
}

CertificateId id_of(const Digest& authority, const ASN1_INTEGER& serial) {
    const int size = ASN1_STRING_length(&serial);
    std::vector<std::uint8_t> text(authority.begin(), authority.end());
    text.push_back(ASN1_STRING_type(&serial) == V_ASN1_NEG_INTEGER ? 1 : 0);
    const std::uint8_t* const bytes = ASN1_STRING_get0_data(&serial);
    text.insert(text.end(), bytes, bytes + std::max(size, 0));
    Digest digest{};
    SHA256(text.data(), text.size(), digest.data());
    return shortened(digest);
}

/// The lists of one text; nothing: it has something else.
std::optional<std::vector<CrlPtr>> lists_in(const std::string& text) {
    std::vector<CrlPtr> lists;
    const BioPtr in{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
    const bool is_der = text.starts_with('\x30');
    while (in && lists.size() <= Revocations::kListsMax) {
        CrlPtr each{is_der ? d2i_X509_CRL_bio(in.get(), nullptr)
                           : PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr)};
        if (!each) {
            break;
        }
        lists.push_back(std::move(each));
        if (is_der) {
            break;
        }
    }
    const unsigned long error = ERR_peek_last_error();
    const bool ended = is_der || error == 0 || ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    return ended && !lists.empty() ? std::optional{std::move(lists)} : std::nullopt;
}

std::string issuer_name(const X509_CRL& list) {
    const BioPtr out{BIO_new(BIO_s_mem())};
    const char* data = nullptr;
    if (!out || X509_NAME_print_ex(out.get(), X509_CRL_get_issuer(&list), 0, XN_FLAG_RFC2253) < 0) {
        return {};
    }
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, std::min(static_cast<std::size_t>(std::max(size, 0L)), kNameMax)};
}

/// What a list says of itself that is not understood here, and would mean that it is no list of all
/// that its issuer has taken back. Empty: nothing. Spec: RFC 5280 §5.2
std::string limits_of(X509_CRL& list) {
    if (X509_CRL_get_ext_by_NID(&list, NID_delta_crl, -1) >= 0) {
        return "has the changes to another list alone (a delta CRL): give the whole list";
    }
    int found = 0;  // -1: there is no such extension
    const std::unique_ptr<ISSUING_DIST_POINT, FreedBy<ISSUING_DIST_POINT_free>> part{
        static_cast<ISSUING_DIST_POINT*>(
            X509_CRL_get_ext_d2i(&list, NID_issuing_distribution_point, &found, nullptr))};
    if (!part && found != -1) {
        return "says of what it is a list in a way that can't be read";
    }
    if (part && part->distpoint != nullptr) {
        return "is the list of one distribution point, which may be a part of what its authority "
               "took back: give a list without one";
    }
    const bool is_part = part && (part->onlyCA > 0 || part->onlyattr > 0 || part->indirectCRL > 0 ||
                                  part->onlysomereasons != nullptr);
    if (is_part) {
        return "has but a part of what its authority took back, or speaks for others: give the "
               "whole list";
    }
    for (int i = 0; i < X509_CRL_get_ext_count(&list); ++i) {
        X509_EXTENSION* const each = X509_CRL_get_ext(&list, i);
        const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(each));
        if (X509_EXTENSION_get_critical(each) == 1 && nid != NID_issuing_distribution_point) {
            return "has a critical extension that is not understood here";
        }
    }
    return {};
}

/// Null: none of them signed it, or may.
const X509* signer_of(X509_CRL& list, const std::vector<CertificatePtr>& authorities) {
    for (const CertificatePtr& each : authorities) {
        const bool may = (X509_get_key_usage(each.get()) & KU_CRL_SIGN) != 0;
        if (may &&
            X509_NAME_cmp(X509_get_subject_name(each.get()), X509_CRL_get_issuer(&list)) == 0 &&
            X509_CRL_verify(&list, X509_get0_pubkey(each.get())) == 1) {
            return each.get();
        }
    }
    ERR_clear_error();
    return nullptr;
}

/// Of each authority the newest list.
struct Newest {
    std::int64_t since = 0;
    CrlPtr list;
};
using Lists = std::map<const X509*, Newest>;

tl::expected<void, std::string> take_list(CrlPtr list,
                                          const std::vector<CertificatePtr>& trusted,
                                          Lists& lists) {
    const X509* const signer = signer_of(*list, trusted);
    if (signer == nullptr) {
        return tl::unexpected("has a list of " + issuer_name(*list) +
                              " that no authority of caCertFile has signed: add that authority's "
                              "certificate there, or take the list away");
    }
    if (std::string limits = limits_of(*list); !limits.empty()) {
        return tl::unexpected(std::move(limits));
    }
    const std::int64_t since = seconds_of(X509_CRL_get0_lastUpdate(list.get()));
    Newest& place = lists[signer];
    if (!place.list || since > place.since) {
        place = {since, std::move(list)};
    }
    return {};
}

tl::expected<Lists, ListFault> take_texts(const std::vector<std::string>& texts,
                                          const std::vector<CertificatePtr>& trusted) {
    Lists lists;
    std::size_t count = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto found = lists_in(texts[i]);
        if (!found) {
            return tl::unexpected(ListFault{
                i,
                "is no list of revoked certificates, in PEM (from -----BEGIN X509 CRL----- on) "
                "or DER, or is damaged"});
        }
        count += found->size();
        if (count > Revocations::kListsMax) {
            return tl::unexpected(ListFault{i, "is too much: there are more than " +
                                                   std::to_string(Revocations::kListsMax) +
                                                   " lists; leave out those that are not needed"});
        }
        for (CrlPtr& list : *found) {
            if (auto taken = take_list(std::move(list), trusted, lists); !taken) {
                return tl::unexpected(ListFault{i, std::move(taken).error()});
            }
        }
    }
    return lists;
}

}  // namespace

PeerChain chain_of(const STACK_OF(X509) * chain) {
    PeerChain peer;
    const int size = chain == nullptr ? 0 : sk_X509_num(chain);
    for (int i = 0; i + 1 < size; ++i) {
        const Digest authority = authority_of(*sk_X509_value(chain, i + 1));
        peer.certificates.push_back(
            id_of(authority, *X509_get0_serialNumber(sk_X509_value(chain, i))));
        if (i == 0) {
            peer.issuer = shortened(authority);
        }
    }
    return peer;
}

tl::expected<std::shared_ptr<const Revocations>, ListFault> Revocations::make(
    const std::vector<std::string>& texts, const std::string& authorities) {
    const auto trusted = certificates_in(authorities, Part::authorities);
    if (!trusted) {
        return tl::unexpected(ListFault{0,
                                        "can't be looked at without the certificates of those who "
                                        "signed it: give \"caCertFile\", too"});
    }
    const auto lists = take_texts(texts, *trusted);
    if (!lists) {
        return tl::unexpected(lists.error());
    }
    auto made = std::make_shared<Revocations>();
    for (const auto& [signer, each] : *lists) {
        const Digest authority = authority_of(*signer);
        made->issuers_.push_back(shortened(authority));
        STACK_OF(X509_REVOKED)* const revoked = X509_CRL_get_REVOKED(each.list.get());
        for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
            made->revoked_.push_back(id_of(
                authority, *X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i))));
        }
        const ASN1_TIME* const next = X509_CRL_get0_nextUpdate(each.list.get());
        const std::int64_t due = next == nullptr ? 0 : seconds_of(next);
        made->due_ = made->due_ == 0 || (due != 0 && due < made->due_) ? due : made->due_;
    }
    for (const CertificatePtr& each : *trusted) {
        if (!lists->contains(each.get())) {
            made->unlisted_.push_back(subject_of(*each));
        }
    }
    std::ranges::sort(made->revoked_);
    return made;
}

bool Revocations::has(const PeerChain& chain) const {
    return std::ranges::any_of(chain.certificates, [&](const CertificateId& each) {
        return std::ranges::binary_search(revoked_, each);
    });
}

bool Revocations::knows_issuer(const PeerChain& chain) const {
    return std::ranges::find(issuers_, chain.issuer) != issuers_.end();
}

}  // namespace weft::tls
