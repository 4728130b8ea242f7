#include "common/io/refusals.hpp"

#include "common/base/ip_address.hpp"
#include "common/base/printable.hpp"

#include <algorithm>
#include <utility>

namespace weft::io {
namespace {

/// As it is kept. Nothing of a character is left in halves.
void tidy(std::string& text) {
    text = printable(std::string_view{text}.substr(0, Refusals::kTextMax + 4));
    std::size_t size = std::min(text.size(), Refusals::kTextMax);
    while (size < text.size() && size > 0 &&
           (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) {
        --size;
    }
    text.resize(size);
}

/// But for the port that its peer comes by.
bool is_same(const Refusal& one, const Refusal& other) {
    return one.what == other.what && one.subject == other.subject && one.why == other.why &&
           one.user == other.user && one.client == other.client;
}

/// Who has one address of a network has all of them.
std::string host_in(const std::string& peer) {
    return counted_host(IpAddress::parse(peer) ? peer : host_of(peer));
}

}  // namespace

void Refusals::Book::add(Refusal refusal, Time now) {
    auto& own = by_host[host_in(refusal.peer)];
    const auto again = std::ranges::find_if(
        own, [&](Places::iterator each) { return is_same(each->refusal, refusal); });
    if (again != own.end()) {
        Kept& known = **again;
        ++known.times;
        known.last = now;
        known.refusal.peer = std::move(refusal.peer);
        kept.splice(kept.end(), kept, *again);
        return;
    }
    if (own.size() >= kOfHostMax) {
        remove(
            *std::ranges::min_element(own, {}, [](Places::iterator each) { return each->last; }));
    } else if (kept.size() >= kKeptMax) {
        remove(kept.begin());
    }
    kept.push_back({.number = ++last, .last = now, .refusal = std::move(refusal)});
    by_host[host_in(kept.back().refusal.peer)].push_back(std::prev(kept.end()));
}

void Refusals::Book::remove(Places::iterator oldest) {
    const auto host = by_host.find(host_in(oldest->refusal.peer));
    std::erase(host->second, oldest);
    if (host->second.empty()) {
        by_host.erase(host);
    }
    kept.erase(oldest);
}

void Refusals::add(Refusal refusal, Time now) {
    for (std::string* text :
         {&refusal.peer, &refusal.user, &refusal.client, &refusal.subject, &refusal.why}) {
        tidy(*text);
    }
    book_.with([&](Book& book) { book.add(std::move(refusal), now); });
}

std::vector<Refusals::Kept> Refusals::all() {
    return book_.with([](Book& book) {
        return std::vector<Kept>{book.kept.begin(), book.kept.end()};
    });
}

std::size_t Refusals::size() {
    return book_.with([](Book& book) { return book.kept.size(); });
}

Refusals& refusals() {
    static Refusals the_refusals;
    return the_refusals;
}

}  // namespace weft::io
