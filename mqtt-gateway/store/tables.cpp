#include "mqtt-gateway/store/tables.hpp"

#include "common/base/conditions.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace weft::mqtt_store {
namespace {

/// A value that is empty; of no bytes at all SQLite makes NULL.
const Bytes kNone = as_bytes("");

std::uint64_t number_of(SessionNumber session) {
    return static_cast<std::uint64_t>(session);
}
std::uint64_t number_of(WallTime time) {
    return static_cast<std::uint64_t>(time);
}

/// How a subscription's options stand in one number.
std::uint64_t options_of(const StoredSubscription& subscription) {
    return static_cast<std::uint64_t>(subscription.qos) | (subscription.no_local ? 4U : 0U) |
           (subscription.retain_as_published ? 8U : 0U) |
           static_cast<std::uint64_t>(subscription.retain_handling) << 4 |
           (subscription.retained_due ? 64U : 0U);
}

/// What a statement that returns what it removed has removed.
Result<QueueSize> removed_by(sqlite::Statement& statement) {
    WEFT_TRY(const bool row, statement.step());
    if (!row) {
        return QueueSize{};
    }
    const QueueSize size{.messages = 1, .bytes = statement.number(0)};
    statement.reset();
    return size;
}

}  // namespace

Result<void> Tables::begin() {
    return std::exchange(in_transaction_, true) ? Result<void>{} : database_.run("BEGIN");
}

Result<void> Tables::commit() {
    return std::exchange(in_transaction_, false) ? database_.run("COMMIT") : Result<void>{};
}

Result<std::uint64_t> Tables::file_bytes() {
    std::uint64_t pages = 0;
    std::uint64_t unused = 0;
    for (const auto& [statement, count] :
         {std::pair{&count_pages_, &pages}, std::pair{&count_free_pages_, &unused}}) {
        WEFT_TRY([[maybe_unused]] const bool row, statement->step());
        *count = statement->number(0);
        statement->reset();
    }
    return (pages - unused) * kPageSize;
}

// --- sessions --------------------------------------------------------------------------------

Result<void> Tables::put_session(SessionNumber session, const SessionRow& row) {
    if (auto done = begin(); !done) {
        return done;
    }
    put_session_.bind(1, number_of(session))
        .bind(2, std::string_view{row.client_id})
        .bind(3, row.epoch)
        .bind(4, std::uint64_t{row.expiry_seconds})
        .bind(5, number_of(row.expires));
    if (row.will) {
        put_session_.bind(6, row.will->message->encoded())
            .bind(7, std::uint64_t{row.will->delay_seconds})
            .bind(8, number_of(row.will->due));
    } else {
        put_session_.bind(6, kNone).bind(7, std::uint64_t{0}).bind(8, std::uint64_t{0});
    }
    return put_session_.bind(9, row.birth).bind(10, row.serial_base).run();
}

Result<void> Tables::drop_session(SessionNumber session) {
    if (auto done = begin(); !done) {
        return done;
    }
    for (sqlite::Statement* statement :
         {&drop_session_, &drop_subscriptions_, &drop_incoming_, &drop_outgoing_, &drop_entries_}) {
        if (auto done = statement->bind(1, number_of(session)).run(); !done) {
            return done;
        }
    }
    return {};
}

Result<void> Tables::put_subscription(SessionNumber session,
                                      const StoredSubscription& subscription) {
    if (auto done = begin(); !done) {
        return done;
    }
    return put_subscription_.bind(1, number_of(session))
        .bind(2, std::string_view{subscription.filter})
        .bind(3, std::uint64_t{subscription.identifier})
        .bind(4, options_of(subscription))
        .run();
}

Result<void> Tables::remove_subscription(SessionNumber session, std::string_view filter) {
    if (auto done = begin(); !done) {
        return done;
    }
    return remove_subscription_.bind(1, number_of(session)).bind(2, filter).run();
}

Result<void> Tables::put_incoming(SessionNumber session, const IncomingId& id) {
    if (auto done = begin(); !done) {
        return done;
    }
    return put_incoming_.bind(1, number_of(session))
        .bind(2, std::uint64_t{id.packet})
        .bind(3, id.serial)
        .bind(4, std::uint64_t{id.taken ? 1U : 0U})
        .run();
}

Result<void> Tables::set_serials(SessionNumber session,
                                 std::uint64_t base,
                                 std::span<const IncomingId> under_way) {
    if (auto done = begin(); !done) {
        return done;
    }
    if (auto done = set_base_.bind(1, number_of(session)).bind(2, base).run(); !done) {
        return done;
    }
    if (auto done = drop_free_.bind(1, number_of(session)).run(); !done) {
        return done;
    }
    for (const IncomingId& id : under_way) {
        pin_incoming_.bind(1, number_of(session)).bind(2, std::uint64_t{id.packet});
        if (auto done = pin_incoming_.bind(3, id.serial).run(); !done) {
            return done;
        }
    }
    return {};
}

// --- queues ----------------------------------------------------------------------------------

Result<void> Tables::add_entry(SessionNumber session,
                               EntryNumber number,
                               const mqtt_mapping::KeptMessage& message,
                               BodyNumber body) {
    if (auto done = begin(); !done) {
        return done;
    }
    const auto id = static_cast<std::uint64_t>(body);
    if (id != 0) {
        if (auto done = put_body_.bind(1, id).bind(2, message.encoded()).run(); !done) {
            return done;
        }
    }
    return add_entry_.bind(1, number_of(session))
        .bind(2, number)
        .bind(3, number_of(message.expires()))
        .bind(4, std::uint64_t{message.size()})
        .bind(5, id == 0 ? message.encoded() : kNone)
        .bind(6, id)
        .run();
}

Result<QueueSize> Tables::put_outgoing(SessionNumber session, const OutgoingId& id) {
    if (auto done = begin(); !done) {
        return tl::unexpected(done.error());
    }
    sqlite::Statement& put = id.held ? put_outgoing_ : remove_outgoing_;
    if (auto done = put.bind(1, number_of(session)).bind(2, std::uint64_t{id.packet}).run();
        !done) {
        return tl::unexpected(done.error());
    }
    return id.entry == 0 ? QueueSize{} : remove_entry(session, id.entry);
}

Result<QueueSize> Tables::remove_entry(SessionNumber session, EntryNumber number) {
    if (auto done = begin(); !done) {
        return tl::unexpected(done.error());
    }
    return removed_by(remove_entry_.bind(1, number_of(session)).bind(2, number));
}

Result<QueueReading> Tables::read_queue(SessionNumber session,
                                        EntryNumber after,
                                        std::size_t most) {
    QueueReading reading;
    std::size_t bytes = 0;
    read_queue_.bind(1, number_of(session)).bind(2, after).bind(3, std::uint64_t{most} + 1);
    for (;;) {
        WEFT_TRY(const bool row, read_queue_.step());
        if (!row) {
            return reading;
        }
        if (reading.messages.size() == most || bytes >= kReadBytesMax) {
            reading.complete = false;
            read_queue_.reset();
            return reading;
        }
        QueuedMessage queued{.number = read_queue_.number(0),
                             .packet = static_cast<mqtt::PacketId>(read_queue_.number(1))};
        const Bytes encoded = read_queue_.bytes(2);
        bytes += encoded.size();
        auto message = mqtt_mapping::KeptMessage::read({encoded.begin(), encoded.end()});
        if (!message) {
            read_queue_.reset();
            return fail(kInternalError, "message " + std::to_string(queued.number) +
                                            " of session " + std::to_string(number_of(session)) +
                                            " is damaged: put a backup in its place");
        }
        queued.message = std::make_shared<const mqtt_mapping::KeptMessage>(*std::move(message));
        reading.messages.push_back(std::move(queued));
    }
}

Result<void> Tables::sweep(WallTime now, std::size_t most, std::vector<Freed>& freed) {
    if (auto done = begin(); !done) {
        return done;
    }
    sweep_.bind(1, number_of(now)).bind(2, std::uint64_t{most});
    std::map<std::uint64_t, EntryNumber> last;  // by session
    for (;;) {
        WEFT_TRY(const bool row, sweep_.step());
        if (!row) {
            break;
        }
        freed.push_back({.session = SessionNumber{sweep_.number(0)},
                         .size = {.messages = 1, .bytes = sweep_.number(1)}});
        EntryNumber& number = last[sweep_.number(0)];
        number = std::max(number, sweep_.number(2));
    }
    for (const auto& [session, number] : last) {
        if (auto done = note_swept_.bind(1, session).bind(2, number).run(); !done) {
            return done;
        }
    }
    return {};
}

// --- retained messages -----------------------------------------------------------------------

Result<void> Tables::put_retained(const mqtt_mapping::KeptMessage& message) {
    if (auto done = begin(); !done) {
        return done;
    }
    const std::string_view topic = message.publish().topic;
    return put_retained_.bind(1, topic).bind(2, message.encoded()).run();
}

Result<void> Tables::remove_retained(std::string_view topic) {
    if (auto done = begin(); !done) {
        return done;
    }
    return remove_retained_.bind(1, topic).run();
}

// --- fired wills -----------------------------------------------------------------------------

Result<void> Tables::put_will(WillNumber number, const FiredWill& will) {
    if (auto done = begin(); !done) {
        return done;
    }
    return put_will_.bind(1, static_cast<std::uint64_t>(number))
        .bind(2, std::string_view{will.message_id})
        .bind(3, will.message->encoded())
        .run();
}

Result<void> Tables::remove_will(WillNumber number) {
    if (auto done = begin(); !done) {
        return done;
    }
    return remove_will_.bind(1, static_cast<std::uint64_t>(number)).run();
}

// --- messages that came ----------------------------------------------------------------------

Result<void> Tables::put_seen(const SeenName& seen, std::uint64_t forgotten) {
    if (auto done = begin(); !done) {
        return done;
    }
    if (auto done = put_seen_.bind(1, seen.number).bind(2, as_bytes(seen.key)).run(); !done) {
        return done;
    }
    return forgotten == 0 ? Result<void>{} : forget_seen_.bind(1, forgotten).run();
}

}  // namespace weft::mqtt_store
