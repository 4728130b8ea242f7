#include "common/io/ledger.hpp"

#include "common/io/log.hpp"
#include "common/io/transport.hpp"

#include <algorithm>
#include <iterator>
#include <string>

namespace weft::io {

Ledger::Account::Account(Ledger& ledger, Transport& transport)
    : ledger_{ledger}, transport_{transport} {
    ++ledger_.connections_;
    ledger_.place(*this);
    ledger_.make_places(*this);
}

Ledger::Account::~Account() {
    ledger_.leave(*this);
}

void Ledger::Account::go_on() {
    if (!given_up_) {
        unlink();
        ledger_.place(*this);
    }
}

void Ledger::Account::hold(std::size_t bytes) {
    if (given_up_ || bytes == bytes_) {
        return;
    }
    const bool more = bytes > bytes_;
    ledger_.bytes_ += bytes - bytes_;  // H2
    bytes_ = bytes;
    go_on();
    if (more) {
        ledger_.make_bytes(*this);
    }
}

Ledger::Row& Ledger::row_of(const Account& account) {
    return account.bytes_ == 0 ? idle_ : account.bytes_ <= limits_.each ? small_ : large_;
}

void Ledger::place(Account& account) {
    row_of(account).push_back(account);
}

void Ledger::leave(Account& account) {
    if (!account.given_up_) {
        account.unlink();
        --connections_;
        bytes_ -= account.bytes_;
    }
}

void Ledger::make_places(const Account& newcomer) {
    while (connections_ > limits_.connections) {
        Row* const rows[] = {&idle_, &large_, &small_};
        const auto row = std::ranges::find_if(rows, [&](const Row* each) {
            return !each->empty() && &each->front() != &newcomer;  // H1
        });
        if (row == std::end(rows)) {
            return;
        }
        ++counters_.for_places;
        give_up((*row)->front(), "others need its place");
    }
}

void Ledger::make_bytes(const Account& holder) {
    while (bytes_ > limits_.bytes && !large_.empty() && &large_.front() != &holder) {  // H1
        ++counters_.for_bytes;
        give_up(large_.front(), "others need the memory of what it does not read or end");
    }
}

void Ledger::give_up(Account& account, std::string_view why) {
    leave(account);
    account.given_up_ = true;
    WEFT_LOG(limits_.module, Level::info,
             account.transport_.peer() + " is dropped: " + std::string(why));
    account.transport_.abort(why);
}

}  // namespace weft::io
