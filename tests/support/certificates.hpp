#pragma once

#include <memory>
#include <string>
#include <vector>

namespace weft::test {

/// A certificate with its key, both PEM.
struct Certified {
    std::string certificate;
    std::string key;
};

/// An authority that signs whatever it is asked to, for tests.
class Authority {
public:
    struct Wish {
        std::string common_name = "localhost";
        std::string organisation{};
        std::vector<std::string> hosts{"localhost", "127.0.0.1"};
        int from_days = -1;  // relative to now
        int until_days = 30;
        std::string password{};  // of the key; empty: it is not encrypted
    };

    explicit Authority(const std::string& name = "Weft test authority");
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    const std::string& certificate() const { return certificate_; }
    Certified issue(const Wish& wish) const;
    Certified issue() const { return issue(Wish{}); }

    struct List {
        std::vector<std::string> revoked{};  // certificates in PEM
        int from_days = -1;
        int until_days = 30;
        int extension = 0;   // its number, as OpenSSL has it, with
        std::string says{};  // this for a value
    };
    /// A list of revoked certificates, in PEM.
    std::string crl(const List& list) const;

private:
    struct Pair;

    std::unique_ptr<Pair> pair_;
    std::string certificate_;
};

}  // namespace weft::test
