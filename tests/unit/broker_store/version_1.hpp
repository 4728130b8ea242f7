#pragma once

#include "broker/store/checksum.hpp"
#include "common/wire/big_endian.hpp"
#include "tests/unit/broker_store/opened.hpp"

#include <string>

namespace weft::store::test {

/// What a broker of version 1 wrote: one queue with one message.
inline void make_version_1(const std::string& file) {
    Database database = done(Database::open(file));
    done(
        database.run("CREATE TABLE queue(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
                     " settings TEXT NOT NULL, last INTEGER NOT NULL);"
                     "CREATE TABLE segment(id INTEGER PRIMARY KEY, queue INTEGER NOT NULL,"
                     " first INTEGER NOT NULL, count INTEGER NOT NULL, gone INTEGER NOT NULL,"
                     " live_bytes INTEGER NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL);"
                     "CREATE TABLE failure(queue INTEGER NOT NULL, message INTEGER NOT NULL,"
                     " count INTEGER NOT NULL, PRIMARY KEY(queue, message)) WITHOUT ROWID;"
                     "PRAGMA application_id = 1466263156;"
                     "PRAGMA user_version = 1;"
                     "INSERT INTO queue VALUES(1, 'orders', '', 0)"));
    Buffer body(16);
    append(body, as_bytes("old"));
    wire::store_u32(body.data(), 3);
    wire::store_u64(body.data() + 8, 12345);
    wire::store_u32(body.data() + 4, checksum(Bytes{body}.subspan(8)));
    Statement insert = done(database.prepare("INSERT INTO segment VALUES(1, 1, 1, 1, 0, 3, ?, ?)"));
    done(insert.bind(1, std::uint64_t{12345}).bind(2, Bytes{body}).run());
}

}  // namespace weft::store::test
