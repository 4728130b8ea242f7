#include "mqtt-gateway/node/session_rows.hpp"

#include "common/io/log.hpp"
#include "common/wire/delivery_state.hpp"
#include "mqtt-gateway/config/log_modules.hpp"
#include "mqtt-gateway/mapping/outcome.hpp"

#include <chrono>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

namespace weft::gateway {

using gateway_config::kDeviceModule;
using io::Level;
using mqtt_mapping::SharedRow;
using mqtt_store::SessionRecord;

namespace {

/// "ID/BOOT".
std::string_view gateway_of(std::string_view owner) {
    return owner.substr(0, owner.rfind('/'));
}

std::uint32_t milliseconds(Duration life) {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(life).count());
}

}  // namespace

SessionRows::SessionRows(io::Loop& loop, Uplink& uplink, Options options, Events events)
    : loop_{loop},
      uplink_{uplink},
      options_{std::move(options)},
      events_{std::move(events)},
      self_{options_.gateway + "/" + std::to_string(options_.boot)},
      browser_{loop,
               uplink,
               options_.address,
               "sessions",
               "nobody can connect, and sessions wait for what is to be kept of them",
               {.restarted = [this] { restart(); },
                .asked = [] {},
                .caught_up = [this] { caught_up(); }}},
      beater_{loop.every(options_.beat,
                         [this] {
                             beat();
                             look_for_orphans();
                             events_.told();
                         })},
      forgetter_{loop.every(kForgetPeriod, [this] { forget_gone(); })} {}

std::string SessionRows::problem() const {
    if (is_doubled_) {
        return "another gateway has the id '" + options_.gateway +
               "': give each its own, or sessions go to and fro";
    }
    if (!browser_.is_current() || is_heard()) {
        return browser_.problem();
    }
    return "the queue '" + options_.address + "' of sessions " +
           (why_unheard_.empty()
                ? std::string{"has not answered yet to '" + options_.gateway + " lives'"}
                : "does not take that '" + options_.gateway + "' lives: " + why_unheard_) +
           ": nobody can connect, and other gateways take its sessions";
}

// --- whose a session is --------------------------------------------------------------------------

void SessionRows::look_up(const std::string& client_id, std::function<void(bool)> then) {
    look_up_key(mqtt_mapping::session_key(client_id), kClaimsMax, std::move(then));
}

/// A gateway that has it may write it meanwhile: then it is claimed as that has left it.
void SessionRows::look_up_key(const std::string& key,
                              std::size_t claims,
                              std::function<void(bool)> then) {
    browser_.when_current([this, key, claims, then = std::move(then)] {
        const auto row = rows_.find(key);
        const auto own = own_.find(key);
        const bool is_own = own != own_.end() && !own->second.claiming;
        if (is_own || (own == own_.end() && (row == rows_.end() || row->second.body.empty()))) {
            then(true);
            return;
        }
        claim(key, [this, key, claims, then](bool is_ours) {
            if (is_ours || claims == 1) {
                then(is_ours);
            } else {
                claim_again([this, key, claims, then] { look_up_key(key, claims - 1, then); });
            }
        });
    });
}

/// What bars a claim can be read once it is on the broker's disk.
void SessionRows::claim_again(std::function<void()> look) {
    barred_.push_back(std::move(look));
    if (barred_.size() == 1) {
        again_ = loop_.after(kClaimAgain, [this] {
            for (const auto& each : std::exchange(barred_, {})) {
                each();
            }
        });
    }
}

/// It is written as it is, under the gateway's name.
void SessionRows::claim(const std::string& key, std::function<void(bool)> then) {
    if (const auto known = own_.find(key); known != own_.end()) {
        known->second.claims.push_back(std::move(then));
        return;
    }
    const Row& row = rows_.at(key);
    auto record = mqtt_store::read_record(row.body);
    if (!record) {
        ++counters_.unreadable;
        WEFT_LOG(kDeviceModule, Level::error,
                 "the row '" + key + "' of '" + options_.address +
                     "' is no session that this gateway can read: it begins anew");
        record = SessionRecord{.is_over = true};
    }
    Own own{.version = row.version, .changed = true, .claiming = true};
    own.record = *std::move(record);
    std::map<mqtt_store::WillNumber, mqtt_store::FiredWill> fired;
    for (auto& [number, will] : own.record.fired) {
        wills_.emplace(++last_will_, key);
        fired.emplace(mqtt_store::WillNumber{last_will_}, std::move(will));
    }
    own.record.fired = std::move(fired);
    own.claims.push_back(std::move(then));
    (void)write(key, own_.emplace(key, std::move(own)).first->second);
}

const SessionRecord* SessionRows::record(const std::string& client_id) const {
    const auto own = own_.find(mqtt_mapping::session_key(client_id));
    return own == own_.end() || own->second.claiming || own->second.record.is_over
               ? nullptr
               : &own->second.record;
}

SessionRows::Own& SessionRows::own_of(const std::string& key) {
    const auto [own, is_new] = own_.try_emplace(key);
    if (is_new) {
        const auto row = rows_.find(key);
        own->second.version = row == rows_.end() ? 0 : row->second.version;
    }
    return own->second;
}

SessionRecord& SessionRows::change(const std::string& client_id) {
    const std::string key = mqtt_mapping::session_key(client_id);
    Own& own = own_of(key);
    mark(key, own);
    return own.record;
}

void SessionRows::await(const std::string& client_id,
                        DeviceId device,
                        session::StoreTicket ticket) {
    const auto own = own_.find(mqtt_mapping::session_key(client_id));
    if (own == own_.end() || (!own->second.changed && own->second.writing == 0)) {
        events_.stored(device, ticket);
    } else if (own->second.changed) {
        own->second.next.push_back({device, ticket});
    } else {
        own->second.under_way.push_back({device, ticket});
    }
}

std::vector<mqtt_store::KnownWill> SessionRows::fired(const std::string& client_id) const {
    std::vector<mqtt_store::KnownWill> wills;
    const auto own = own_.find(mqtt_mapping::session_key(client_id));
    if (own != own_.end()) {
        for (const auto& [number, will] : own->second.record.fired) {
            wills.push_back({.number = number, .will = will});
        }
    }
    return wills;
}

mqtt_store::WillNumber SessionRows::add_fired(const std::string& client_id,
                                              mqtt_store::FiredWill will) {
    const mqtt_store::WillNumber number{++last_will_};
    change(client_id).fired.emplace(number, std::move(will));
    wills_.emplace(last_will_, mqtt_mapping::session_key(client_id));
    return number;
}

void SessionRows::remove_fired(mqtt_store::WillNumber will) {
    const auto found = wills_.find(static_cast<std::uint64_t>(will));
    if (found == wills_.end()) {
        return;
    }
    if (const auto own = own_.find(found->second); own != own_.end()) {
        own->second.record.fired.erase(will);
        mark(own->first, own->second);
    }
    wills_.erase(found);
}

// --- writing -------------------------------------------------------------------------------------

/// All that a turn changes is written together.
void SessionRows::write_soon(const std::string& key) {
    changed_.push_back(key);
    if (changed_.size() == 1) {
        writing_ = loop_.after(Duration::zero(), [this] { write_changed(); });
    }
}

void SessionRows::mark(const std::string& key, Own& own) {
    if (!std::exchange(own.changed, true) && own.writing == 0) {
        write_soon(key);  // else once that is in the queue
    }
}

void SessionRows::write_changed() {
    for (const std::string& key : std::exchange(changed_, {})) {
        const auto own = own_.find(key);
        if (own == own_.end() || !own->second.changed || own->second.writing != 0 ||
            write(key, own->second)) {
            continue;
        }
        ++counters_.refused;
        WEFT_LOG(kDeviceModule, Level::warning,
                 "the session '" + key + "' has more than " + std::to_string(options_.row_max) +
                     " bytes (maxPacketSize), and goes on as the queue has it: its device is "
                     "disconnected");
        lose(key);
    }
}

/// False: it is too large.
bool SessionRows::write(const std::string& key, Own& own) {
    constexpr std::size_t kAround = 1024;  // bytes of a row that are not the session
    Buffer body;
    if (!own.record.is_empty()) {
        mqtt_store::append_record(body, own.record);
    }
    if (body.size() + kAround > options_.row_max && !own.claiming) {
        return false;
    }
    own.changed = false;
    own.under_way = std::exchange(own.next, {});
    own.writing = publish({.key = key,
                           .version = own.version + 1,
                           .owner = self_,
                           .body = body,
                           .life = body.empty() ? milliseconds(kGoneLife) : 0});
    writes_.emplace(own.writing, key);
    return true;
}

PublicationId SessionRows::publish(const SharedRow& row) {
    Publication publication{.address = options_.address,
                            .message = {},
                            .is_row = true,
                            .type = mqtt_mapping::AddressType::queue};
    mqtt_mapping::append_shared_row(publication.message, options_.address, row);
    return uplink_.publish(std::move(publication));
}

void SessionRows::on_fate(PublicationId id, UplinkUser::Fate fate, Bytes state) {
    using mqtt_mapping::Answer;
    const auto decided = outcome_of_row(uplink_, id, fate, state);
    if (!decided) {
        return;
    }
    const mqtt_mapping::Outcome& outcome = *decided;
    if (id == beating_) {
        uplink_.forget(id);
        on_beat_fate(state);
        return;
    }
    const bool is_rejected = outcome.answer == Answer::rejected;
    const bool is_fenced = is_rejected && mqtt_mapping::fence_epoch(state).has_value();
    if (is_rejected && !is_fenced && counters_.refused++ == 0) {
        WEFT_LOG(kDeviceModule, Level::error,
                 "the queue '" + options_.address + "' refuses a session: " +
                     std::string{outcome.condition} + "; further ones are counted alone");
    }
    uplink_.forget(id);
    const std::string key = writes_.extract(id).mapped();
    if (!own_.contains(key)) {
        return;
    }
    if (is_rejected) {
        counters_.lost += is_fenced ? 1U : 0U;
        lose(key);
    } else {
        on_accepted(key);
    }
}

void SessionRows::on_accepted(const std::string& key) {
    Own& own = own_.at(key);
    ++own.version;
    own.writing = 0;
    Row& row = rows_[key];
    row.unread = row.version != own.version;  // else it was read first
    row.version = own.version;
    row.owner = self_;
    row.read = loop_.now();
    const auto done = std::exchange(own.under_way, {});
    const Claims claims = std::exchange(own.claims, {});
    const bool is_claimed = std::exchange(own.claiming, false);
    if (is_claimed) {
        ++counters_.claimed;
        events_.inherited(own.record.row.client_id);
    }
    if (own.changed) {
        write_soon(key);
    } else if (own.record.is_empty()) {
        own_.erase(key);
    }
    for (const Waiting& each : done) {
        events_.stored(each.device, each.ticket);
    }
    for (const auto& then : claims) {
        if (then) {
            then(true);
        }
    }
    events_.told();
}

void SessionRows::lose(const std::string& key) {
    const auto node = own_.extract(key);
    const Own& own = node.mapped();
    if (own.writing != 0 && writes_.erase(own.writing) != 0) {
        uplink_.forget(own.writing);
    }
    for (const auto& [number, will] : own.record.fired) {
        wills_.erase(static_cast<std::uint64_t>(number));
    }
    for (const auto& then : own.claims) {
        if (then) {
            then(false);
        }
    }
    if (!own.claiming) {
        events_.lost(own.record.row.client_id);
    }
    events_.told();
}

// --- reading -------------------------------------------------------------------------------------

void SessionRows::on_message(const Arrival& arrival, Bytes message) {
    const auto row = mqtt_mapping::read_shared_row(message);
    if (!row) {
        ++counters_.unreadable;
    } else if (mqtt_mapping::is_gateway_key(row->key)) {
        gateways_.insert_or_assign(std::string{gateway_of(row->owner)},
                                   Gateway{std::string{row->owner}, loop_.now()});
    } else {
        on_row(*row);
    }
    uplink_.settle(arrival, wire::kAccepted);
}

void SessionRows::on_row(const SharedRow& row) {
    const std::string key{row.key};
    Row& known = rows_[key];
    known.seen = true;
    const auto own = own_.find(key);
    const bool is_own = own != own_.end();
    if (row.version < known.version && (is_own || known.unread)) {
        return;  // its own, which was accepted before it was read
    }            // else the row before has expired, and another gateway began anew
    known.unread = false;
    known.version = row.version;
    known.owner = row.owner;
    known.read = loop_.now();
    known.body.assign(row.body.begin(), row.body.end());
    if (row.owner == self_) {
        return;
    }
    if (is_own && row.version > own->second.version) {
        ++counters_.lost;
        lose(key);
    } else if (!is_own && !row.body.empty()) {
        events_.met(key);
    }
}

void SessionRows::restart() {
    restarted_ = true;
    for (auto& [key, row] : rows_) {
        row.seen = false;
        row.unread = false;  // it is read now, or is there no more
    }
}

/// What is not there any more was deleted, or has expired.
void SessionRows::caught_up() {
    if (!std::exchange(restarted_, false)) {
        return;
    }
    std::erase_if(rows_, [this](const auto& each) {
        return !each.second.seen && !own_.contains(each.first);
    });
    for (auto& [key, row] : rows_) {
        row.seen = true;
    }
    beat();
}

// --- who lives -----------------------------------------------------------------------------------

void SessionRows::beat() {
    if (beating_ == 0 && browser_.is_current()) {
        beating_ = publish({.key = mqtt_mapping::gateway_key(options_.gateway),
                            .version = options_.boot,
                            .owner = self_,
                            .sequence = ++beats_,
                            .body = as_bytes("alive"),
                            .life = milliseconds(3 * options_.lease)});
    }
}

/// A refused one is the end of being heard, though others believe the one before for a while: what
/// they say may be refused likewise, so they have a whole lease to be heard again.
void SessionRows::on_beat_fate(Bytes state) {
    beating_ = 0;
    const auto outcome = mqtt_mapping::read_outcome(state);
    if (outcome.answer != mqtt_mapping::Answer::rejected) {
        if (!is_heard()) {
            heard_since_ = loop_.now();
        }
        heard_last_ = loop_.now();
        why_unheard_.clear();
        is_doubled_ = false;
        return;
    }
    heard_last_ = kNever;
    const std::string before = problem();
    is_doubled_ = mqtt_mapping::fence_epoch(state).has_value();
    why_unheard_ = outcome.condition;
    if (const std::string now = problem(); now != before) {
        WEFT_LOG(kDeviceModule, is_doubled_ ? Level::critical : Level::error, now);
    }
}

/// The queue takes what this gateway says.
bool SessionRows::is_heard() const {
    return heard_last_ != kNever && loop_.now() - heard_last_ < options_.lease / 2;
}

/// Of a row that is not its own.
bool SessionRows::is_alive(std::string_view owner) const {
    const std::string id{gateway_of(owner)};
    if (id == options_.gateway && owner != self_) {
        return false;  // this gateway, before it began anew
    }
    if (heard_since_ + options_.lease > loop_.now()) {
        return true;  // who knows: what it says may wait, too
    }
    const auto found = gateways_.find(id);  // never itself: what it has given up is nobody's
    return owner != self_ && found != gateways_.end() && found->second.owner == owner &&
           found->second.heard + options_.lease > loop_.now();
}

bool SessionRows::is_orphan(const std::string& key, const Row& row) const {
    return !row.body.empty() && !row.unread && !own_.contains(key) && !is_alive(row.owner);
}

/// Each row once, so that a claim which is refused is made again with a later beat.
void SessionRows::look_for_orphans() {
    if (places_left_ == 0) {
        places_left_ = rows_.bucket_count();
        place_ = std::hash<std::string>{}(options_.gateway);
        look_on();
    }
}

void SessionRows::look_on() {
    if (!may_serve()) {
        places_left_ = 0;
        return;
    }
    std::vector<std::string> orphans;
    for (std::size_t looked = 0; places_left_ != 0 && looked < kPlacesAtOnce &&
                                 writes_.size() + orphans.size() < kWritesMax;
         ++looked, --places_left_) {
        place_ = (place_ + 1) % rows_.bucket_count();
        for (auto at = rows_.begin(place_); at != rows_.end(place_); ++at) {
            if (is_orphan(at->first, at->second)) {
                orphans.push_back(at->first);
            }
        }
    }
    for (const std::string& key : orphans) {
        claim(key, {});
    }
    if (places_left_ != 0) {
        looking_on_ = loop_.after(kLookOn, [this] { look_on(); });
    }
}

void SessionRows::forget_gone() {
    std::erase_if(rows_, [this](const auto& each) {
        return each.second.body.empty() && !own_.contains(each.first) &&
               each.second.read + 2 * kGoneLife <= loop_.now();
    });
}

}  // namespace weft::gateway
