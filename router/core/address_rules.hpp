#pragma once

#include "common/base/result.hpp"
#include "router/core/address_pattern.hpp"
#include "router/core/address_table.hpp"
#include "router/core/storage.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::router {

/// One configured address.
struct AddressRule {
    std::string name;      // unique; management identity is `id`
    std::uint64_t id = 0;  // 0: the next that is free
    AddressPattern pattern;
    Treatment treatment;
    bool from_file = false;                       // the configuration file has it
    std::shared_ptr<const Storage> storage = {};  // null: nothing keeps its messages
};

/// The configured addresses. Finding the rule of an address costs about the same however many there
/// are, but for those that differ behind a wildcard only. Threading: loop-confined.
class AddressRules {
public:
    /// Most specific first.
    using Sorted = std::vector<const AddressRule*>;

    /// For addresses that nobody uses yet; those in use keep their treatment. Returns the rule's
    /// id. Errors: amqp:invalid-field for a rule that matches an address that another one matches
    /// too and is as specific, naming both.
    Result<std::uint64_t> add(AddressRule rule);
    bool remove(std::uint64_t id);
    /// What it says from now on. False if there is none.
    bool change(std::uint64_t id,
                const Treatment& treatment,
                std::shared_ptr<const Storage> storage = {});
    /// The rule that `pattern` is ambiguous with, or that has the same name; null if none does. A
    /// name that is empty is nobody's.
    const AddressRule* rival(const AddressPattern& pattern, std::string_view name) const;
    /// The most specific rule for a mobile address; null if none matches.
    const AddressRule* find(std::string_view address) const;
    /// Some rule says that what senders bring is in a phase other than 0.
    bool have_ingress_phases() const { return ingress_phases_ > 0; }
    /// Some rule's messages are kept.
    bool have_storage() const { return storages_ > 0; }
    /// Null if there is none.
    const AddressRule* by_id(std::uint64_t id) const;

    const Sorted& all() const { return sorted_; }

private:
    void count(const AddressRule& rule, std::size_t more);

    boost::unordered_flat_map<std::uint64_t, std::unique_ptr<AddressRule>> rules_;
    boost::unordered_flat_map<std::string, Sorted> by_front_;  // see AddressPattern::literal_front
    boost::unordered_flat_map<std::string, const AddressRule*> by_name_;
    Sorted sorted_;
    std::uint64_t next_id_ = 1;
    std::size_t ingress_phases_ = 0;  // rules with one
    std::size_t storages_ = 0;        // likewise
};

}  // namespace weft::router
