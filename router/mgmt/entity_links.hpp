#pragma once

#include "common/mgmt/source.hpp"

namespace weft::router_mgmt {

class Survey;

/// The links of clients and those to other routers; those of services in process and between loops
/// are not shown.
/// Threading: loop-confined (home's loop).
class LinkSource final : public mgmt::Source {
public:
    explicit LinkSource(Survey& survey) : survey_{survey} {}

    std::size_t size() const override;
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override;
    std::optional<mgmt::Row> find(mgmt::FindBy by, std::string_view value) const override;

private:
    Survey& survey_;
};

}  // namespace weft::router_mgmt
