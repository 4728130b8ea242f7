#include "router/node/tenancy.hpp"

#include "common/amqp/session.hpp"
#include "router/core/address.hpp"
#include "router/node/linkroute/termini.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace weft::node {
namespace {

constexpr std::uint64_t kBatchMessages = 256;
constexpr std::uint64_t kBatchBytes = 1024 * 1024;
/// What comes in this part of a second is little enough to be told together.
constexpr std::uint64_t kBatchPart = 200;
/// A session's window is what may come in this part of a second.
constexpr std::uint64_t kWindowPart = 10;
constexpr std::uint64_t kWindowMin = 2;  // frames

std::uint64_t batch_of(std::uint64_t rate, std::uint64_t most) {
    return rate == 0 ? most : std::clamp<std::uint64_t>(rate / kBatchPart, 1, most);
}

/// What a terminus on the router's side names.
std::string_view address_of(const amqp::Attach& attach) {
    const std::optional<amqp::Terminus>& terminus = attach.receiver ? attach.source : attach.target;
    return terminus && terminus->address && !terminus->dynamic ? *terminus->address
                                                               : std::string_view{};
}

}  // namespace

Result<std::unique_ptr<Tenancy>> Tenancy::of_host(std::shared_ptr<TenantDesk> desk,
                                                  std::string_view host,
                                                  io::Loop& loop,
                                                  std::function<void()> wake) {
    WEFT_TRY(auto account, desk->connect(host));
    return std::unique_ptr<Tenancy>{
        new Tenancy{std::move(desk), std::move(account), loop, std::move(wake)}};
}

Tenancy::Tenancy(std::shared_ptr<TenantDesk> desk,
                 std::shared_ptr<TenantDesk::Account> account,
                 io::Loop& loop,
                 std::function<void()> wake)
    : desk_{std::move(desk)},
      account_{std::move(account)},
      tenant_{account_->with([](const tenant::Account& account_of) { return account_of.owner(); })},
      space_{tenant_->prefix},
      loop_{loop},
      throttle_{loop, std::move(wake)},
      batch_messages_{batch_of(tenant_->quota.messages_per_second, kBatchMessages)},
      batch_bytes_{batch_of(tenant_->quota.bytes_per_second, kBatchBytes)} {}

Tenancy::~Tenancy() {
    account_->with([this](tenant::Account& account) {
        for (const auto& [session, links] : links_) {
            for (const auto& [link, address] : links) {
                account.detach(address);
            }
        }
        account.charge(unpaid_messages_, unpaid_bytes_, loop_.now());
        return 0;
    });
    desk_->disconnect(*account_);
}

Result<void> Tenancy::begin(Instant now) {
    return account_->with([now](tenant::Account& account) { return account.begin(now); });
}

Result<void> Tenancy::make_whole(const amqp::Link& link, amqp::Attach& attach, Memory& memory) {
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
    std::string address{router::node_of(address_of(attach))};
    if (auto counted =
            account_->with([&](tenant::Account& account) { return account.attach(address); });
        !counted) {
        return counted;
    }
    links_[&link.session()].insert_or_assign(&link, std::move(address));
    memory.name = link_name(attach.name);
    attach.name = memory.name;
    return {};
}

/// An address that is none of the tenant's stays: nobody sends there by it.
void Tenancy::make_answer_whole(amqp::Attach& answer, std::string& memory) {
    const auto direction = answer.receiver ? router::Direction::in : router::Direction::out;
    rename(answer, direction, memory, [this](std::string_view address) {
        const auto whole = space_.whole(address);
        return std::string{whole ? *whole : address};
    });
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

void Tenancy::gone(const amqp::Link& link) {
    const auto of_session = links_.find(&link.session());
    if (of_session == links_.end()) {
        return;
    }
    Links& links = of_session->second;
    if (const auto known = links.find(&link); known != links.end()) {
        account_->with([&](tenant::Account& account) {
            account.detach(known->second);
            return 0;
        });
        links.erase(known);
    }
}

void Tenancy::gone(amqp::Session& session) {
    throttle_.forget(session);
    const auto over = links_.find(&session);
    if (over == links_.end()) {
        return;
    }
    account_->with([&](tenant::Account& account) {
        for (const auto& [link, address] : over->second) {
            account.detach(address);
        }
        return 0;
    });
    links_.erase(over);
}

void Tenancy::pay(amqp::Session& session, Instant now) {
    const Duration debt = account_->with([&](tenant::Account& account) {
        const Duration owed = account.charge(std::exchange(unpaid_messages_, 0),
                                             std::exchange(unpaid_bytes_, 0), now);
        if (owed > Duration::zero() && !throttle_.holds(session)) {
            account.count_held();
        }
        return owed;
    });
    if (debt > Duration::zero()) {
        throttle_.hold(session, debt);
    }
}

void Tenancy::count_size() {
    account_->with([](tenant::Account& account) {
        account.count_size();
        return 0;
    });
}

std::uint32_t Tenancy::session_window(std::uint32_t most, std::uint32_t frame_size) const {
    const tenant::Quota& quota = tenant_->quota;
    std::uint64_t window = most;
    if (quota.messages_per_second != 0) {
        window = std::min(window, quota.messages_per_second / kWindowPart);
    }
    if (quota.bytes_per_second != 0) {
        window = std::min(window, quota.bytes_per_second / kWindowPart / frame_size);
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::max(window, kWindowMin), most));
}

}  // namespace weft::node
