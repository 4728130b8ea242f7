#include "broker/store/origins.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weft::store {

Result<void> Origins::open(sqlite::Database& database) {
    return SideRows::open(database, "origin", {"name", "number", "reason"});
}

Result<void> Origins::keep(QueueNumber of, MessageId id, const queue::Provenance& origin) {
    return row(of, id)
        .bind(kFirst, std::string_view{origin.queue})
        .bind(kFirst + 1, origin.number)
        .bind(kFirst + 2, std::string_view{origin.reason})
        .run();
}

Result<void> Origins::describe(QueueNumber of, std::vector<queue::Record>& records) {
    std::shared_ptr<const queue::Provenance> last;  // messages die together, and share it
    return SideRows::describe(
        of, records, [&last](queue::Record& record, const sqlite::Statement& row) {
            queue::Provenance origin{.queue = std::string{row.text(kFirst - 1)},
                                     .number = row.number(kFirst),
                                     .reason = std::string{row.text(kFirst + 1)}};
            if (!last || *last != origin) {
                last = std::make_shared<const queue::Provenance>(std::move(origin));
            }
            record.provenance = last;
        });
}

}  // namespace weft::store
