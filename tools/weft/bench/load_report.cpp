#include "tools/weft/bench/load_report.hpp"

#include "tools/weft/bench/figures.hpp"
#include "tools/weft/tables/numbers.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

namespace weft::tools {
namespace {

/// The messages that CPU is counted for. Of a queue that fills or empties meanwhile: what goes in
/// is one half, what comes out the other.
std::uint64_t messages_of(const BenchRow& row) {
    const BenchOptions& options = row.step.options;
    const BenchLoadResult& result = row.result;
    if (options.receivers == 0) {
        return result.senders.messages;
    }
    const bool is_queue = options.senders > 0 && !options.presettled && !options.is_topic();
    return is_queue ? (result.senders.accepted + result.receivers.messages + 1) / 2
                    : result.receivers.messages;
}

Duration time_of_load(const BenchRow& row) {
    return row.step.options.receivers > 0 ? row.result.receivers.time : row.result.senders.time;
}

/// The latency of messages that waited for their receiver says nothing of the server.
bool has_latency(const BenchOptions& options) {
    return options.senders > 0 && options.receivers > 0;
}

bool has_outcomes(const BenchOptions& options) {
    return options.senders > 0 && !options.presettled;
}

std::uint64_t unsettled(const BenchRow& row) {
    return has_outcomes(row.step.options) ? row.result.sent.sent - row.result.sent.settled() : 0;
}

// --- a table ------------------------------------------------------------------------------------

/// What a row has there; empty: nothing.
struct Column {
    std::string head;
    std::function<std::string(const BenchRow&)> cell;
};

std::string times_text(const BenchHistogram& times) {
    return time_text(times, .5) + " / " + time_text(times, .99) + " / " + time_text(times, 1);
}

std::vector<Column> count_columns() {
    return {
        {"load", [](const BenchRow& row) { return row.step.name(); }},
        {"sent",
         [](const BenchRow& row) {
             return row.step.options.senders > 0 ? counted(row.result.sent.sent) : "";
         }},
        {"accepted",
         [](const BenchRow& row) {
             return has_outcomes(row.step.options) ? counted(row.result.sent.accepted) : "";
         }},
        {"received",
         [](const BenchRow& row) {
             return row.step.options.receivers > 0 ? counted(row.result.received) : "";
         }},
        {"doubled",
         [](const BenchRow& row) {
             return row.step.options.receivers > 0 ? counted(row.result.doubled) : "";
         }},
        {"missing",
         [](const BenchRow& row) {
             return row.result.missing ? counted(*row.result.missing) : "";
         }},
    };
}

std::vector<Column> rate_columns() {
    return {
        {"in",
         [](const BenchRow& row) {
             const BenchSpan& senders = row.result.senders;
             const std::uint64_t in =
                 has_outcomes(row.step.options) ? senders.accepted : senders.messages;
             return row.step.options.senders > 0 ? rate_text(per_second(in, senders.time)) : "";
         }},
        {"out",
         [](const BenchRow& row) {
             const BenchSpan& receivers = row.result.receivers;
             return row.step.options.receivers > 0
                        ? rate_text(per_second(receivers.messages, receivers.time))
                        : "";
         }},
        {"accepted after p50 / p99 / max",
         [](const BenchRow& row) {
             return has_outcomes(row.step.options) ? times_text(row.result.accepting) : "";
         }},
        {"received after p50 / p99 / max",
         [](const BenchRow& row) {
             return has_latency(row.step.options) ? times_text(row.result.latency) : "";
         }},
        {"first after",
         [](const BenchRow& row) {
             return row.step.options.senders == 0 && row.result.received > 0
                        ? time_text(in_seconds(row.result.first) * 1e6)
                        : "";
         }},
    };
}

/// Of one process, and of our own threads.
std::vector<Column> cost_columns(const BenchOptions& options) {
    std::vector<Column> columns;
    for (std::size_t i = 0; i < options.pids.size(); ++i) {
        const std::string pid = std::to_string(options.pids[i]);
        columns.push_back({"CPU of " + pid, [i](const BenchRow& row) {
                               return time_text(
                                   micros_each(row.result.processes[i].run_time, messages_of(row)));
                           }});
        columns.push_back({"RSS of " + pid, [i](const BenchRow& row) {
                               return byte_size(static_cast<std::int64_t>(
                                   row.result.processes[i].resident_bytes));
                           }});
    }
    columns.push_back({"our CPU", [](const BenchRow& row) {
                           const BenchLoadResult& result = row.result;
                           return time_text(
                               micros_each(result.senders.run_time + result.receivers.run_time,
                                           messages_of(row)));
                       }});
    return columns;
}

std::string title_of(const BenchOptions& options) {
    std::string title = options.address + " at " + options.url.endpoint();
    if (options.senders > 0) {
        title += ", " + counted(options.size) + " B, " +
                 (options.durable ? "durable" : "not durable") +
                 (options.presettled ? ", presettled" : "");
    }
    return title + "; CPU is that of a message";
}

// --- what is not as it should be ----------------------------------------------------------------

std::string outcomes_note(const BenchRow& row) {
    const BenchSent& sent = row.result.sent;
    const std::array<std::pair<const char*, std::uint64_t>, 5> unwanted{{
        {"rejected", sent.rejected},
        {"released", sent.released},
        {"modified", sent.modified},
        {"settled without an outcome", sent.other},
        {"not settled", unsettled(row)},
    }};
    std::string note;
    for (const auto& [name, count] : unwanted) {
        if (count > 0) {
            note += (note.empty() ? "not accepted: " : ", ") + counted(count) + " " + name;
        }
    }
    return note;
}

std::vector<std::string> notes_of(const BenchRow& row) {
    const BenchLoadResult& result = row.result;
    const BenchOptions& options = row.step.options;
    std::vector<std::string> notes;
    if (std::string note = outcomes_note(row); !note.empty()) {
        notes.push_back(std::move(note));
    }
    if (result.doubled > 0 && !options.is_topic()) {
        notes.push_back(counted(result.doubled, "message") +
                        " came again: delivered twice, or each receiver gets all (--topic plain)");
    } else if (result.doubled > 0) {
        notes.push_back(counted(result.doubled, "message") + " came again: delivered twice");
    }
    if (result.foreign > 0) {
        notes.push_back(counted(result.foreign, "message") +
                        " of others, or of other runs, came and is gone");
    }
    if (result.holes > 0) {
        notes.push_back(counted(result.holes) +
                        " did not come of those before the last that came: received before, or "
                        "not accepted; their sender knows");
    }
    return notes;
}

const char* topic_of(BenchNode::Kind kind) {
    return kind == BenchNode::Kind::durable_topic ? "durable" : "plain";
}

template <class Value>
Json or_null(bool known, Value value) {
    return known ? Json(std::move(value)) : Json(nullptr);
}

Json outcomes_json(const BenchRow& row) {
    const BenchSent& sent = row.result.sent;
    return {{"accepted", sent.accepted}, {"rejected", sent.rejected},
            {"released", sent.released}, {"modified", sent.modified},
            {"without", sent.other},     {"unsettled", unsettled(row)}};
}

/// What was asked for.
Json asked_json(const BenchStep& step) {
    const BenchOptions& options = step.options;
    const bool sends = options.senders > 0;
    return {{"mode", "run"},
            {"load", step.name()},
            {"address", options.address},
            {"addresses", options.queues},
            {"senders", options.senders},
            {"receivers", options.receivers},
            {"topic", or_null(options.is_topic(), topic_of(options.kind))},
            {"sizeBytes", or_null(sends, options.size)},
            {"durable", or_null(sends, options.durable)},
            {"presettled", options.presettled},
            {"window", or_null(has_outcomes(options), options.window)},
            {"wantedPerSecond", options.rate}};
}

}  // namespace

Table load_table(const BenchOptions& options, const std::vector<BenchRow>& rows) {
    std::vector<Column> columns = count_columns();
    std::ranges::move(rate_columns(), std::back_inserter(columns));
    std::ranges::move(cost_columns(options), std::back_inserter(columns));
    Table table;
    table.title = title_of(options);
    table.rows.resize(rows.size());
    for (const Column& column : columns) {
        std::vector<std::string> cells;
        for (const BenchRow& row : rows) {
            cells.push_back(column.cell(row));
        }
        if (std::ranges::all_of(cells, &std::string::empty)) {
            continue;
        }
        table.heads.push_back(column.head);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            table.rows[i].push_back(cells[i].empty() ? "-" : std::move(cells[i]));
        }
    }
    return table;
}

void print_text(const BenchOptions& options, const std::vector<BenchRow>& rows, std::ostream& out) {
    print_text(load_table(options, rows), out);
    for (const BenchRow& row : rows) {
        for (const std::string& note : notes_of(row)) {
            out << row.step.name() << ": " << note << '\n';
        }
    }
    const BenchRow& last = rows.back();
    if (last.step.options.receivers == 0 && last.result.sent.accepted > 0) {
        out << "what was sent is still there: receive it with --senders 0\n";
    }
}

Json to_json(const BenchRow& row) {
    const BenchOptions& options = row.step.options;
    const BenchLoadResult& result = row.result;
    const BenchSpan& in = result.senders;
    const BenchSpan& out = result.receivers;
    const double received = per_second(out.messages, out.time);
    Json json = asked_json(row.step);
    json.update({
        {"seconds", in_seconds(time_of_load(row))},
        {"sentPerSecond", per_second(in.messages, in.time)},
        {"acceptedPerSecond", per_second(in.accepted, in.time)},
        {"settledPerSecond", per_second(in.settled, in.time)},
        {"receivedPerSecond", received},
        {"receivedBytesPerSecond",
         or_null(options.senders > 0, received * static_cast<double>(options.size))},
        {"acceptedMicros", or_null(has_outcomes(options), times_json(result.accepting))},
        {"latencyMicros", or_null(has_latency(options), times_json(result.latency))},
        {"firstMillis", or_null(result.received > 0, in_seconds(result.first) * 1e3)},
        {"sent", result.sent.sent},
        {"received", result.received},
        {"doubled", result.doubled},
        {"missing", or_null(!options.presettled && result.missing, result.missing.value_or(0))},
        {"lost", or_null(options.presettled && result.missing, result.missing.value_or(0))},
        {"holes", result.holes},
        {"foreign", result.foreign},
        {"outcomes", outcomes_json(row)},
        {"generatorMicrosPerMessage",
         {{"sent", micros_each(in.run_time, in.messages)},
          {"received", micros_each(out.run_time, out.messages)}}},
        {"processes",
         processes_json(result.processes, time_of_load(row), messages_of(row), "microsPerMessage")},
    });
    return json;
}

std::string complaint(const BenchRow& row) {
    const BenchOptions& options = row.step.options;
    const BenchLoadResult& result = row.result;
    if (options.senders > 0 && result.sent.sent < options.count) {
        return "only " + counted(result.sent.sent) + " of " + counted(options.count) +
               " messages could be sent: " + options.address +
               " gives no more credit; look whether it is full, or wait longer with --timeout";
    }
    if (has_outcomes(options) && result.sent.accepted == 0) {
        return "none of " + counted(result.sent.sent, "message") + " was accepted by " +
               options.address + "; look whether it is there, has room, and may be sent to";
    }
    if (options.receivers > 0 && result.received == 0) {
        return "nothing arrived from " + options.address +
               "; look whether that is allowed, something is there, and nobody else receives it";
    }
    if (!options.presettled && result.missing.value_or(0) > 0) {
        return counted(*result.missing, "message") + " of " + options.address +
               " did not come, though accepted or asked for with --count; look whether somebody "
               "else received them, or they are still there";
    }
    return {};
}

}  // namespace weft::tools
