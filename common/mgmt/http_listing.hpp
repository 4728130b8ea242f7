#pragma once

#include "common/base/http.hpp"
#include "common/mgmt/agent.hpp"
#include "common/mgmt/http_selection.hpp"
#include "common/mgmt/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace weft::mgmt {

/// A type's entities as a JSON list of objects, read and written in pieces: each is a QUERY of its
/// own. The list ends with kRowsMax rows, about kPageBytesMax of text, or what was asked for.
///
/// Where a selection is asked for, the whole list is gathered, then written:
///
///   attempt ──▶ keep: gathers ──the list is over──▶ arranged ──▶ keep: writes ──▶ whole
///      └◀──────────────┘                               └──◀── attempt ◀──┘
///
/// Threading: as the agent. Internal to common/mgmt: see HttpExchange.
class HttpListing {
public:
    /// Rows of one piece.
    static constexpr std::size_t kRowsAtOnce = 250;

    /// Of a request GET /api/TYPE.
    HttpListing(const EntityType& type, const HttpRequest& request);

    /// Asks for the next piece, once more if that was not kept.
    void attempt(Agent& agent, const Requester& who);
    /// Writes what the last attempt was told. True: the list is whole, or it failed.
    [[nodiscard]] bool keep();
    HttpResponse take();

private:
    std::optional<std::int64_t> number(std::string_view name);
    void read_names();
    void read_selection();
    bool gather(const wire::Map& table);
    bool write_selected();
    void write(const wire::Map& table);
    void write_row(const wire::List& columns, const wire::List& values);
    std::string next_page() const;

    const EntityType& type_;
    std::string query_;
    wire::List names_;
    std::optional<HttpSelection> selection_;
    wire::List columns_;     // of the selection's rows, once there are some
    std::int64_t skip_ = 0;  // of the selection: rows before the page
    bool arranged_ = false;  // the selection is
    std::int64_t at_ = 0;    // the first row of the next piece
    std::int64_t left_ = 0;  // rows that may still be written; negative if that was asked for
    Reply found_{.status = Status::internal_error};  // by the last attempt
    JsonWriter json_;
    std::string missing_;
    bool more_ = false;  // there are, or may be, rows behind the last one
    std::optional<HttpResponse> failed_;
};

}  // namespace weft::mgmt
