#pragma once

#include "common/mgmt/access.hpp"
#include "common/mgmt/catalogue.hpp"
#include "common/mgmt/change.hpp"
#include "common/mgmt/directory.hpp"
#include "common/mgmt/elsewhere.hpp"
#include "common/mgmt/requester.hpp"
#include "common/mgmt/source.hpp"
#include "common/mgmt/status.hpp"
#include "common/wire/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::mgmt {

/// What a requester sends, whatever it travelled in.
struct Request {
    /// operation; type, name, identity; entityType, offset, count; limit; indent; force. Others are
    /// ignored, null is absent, numbers may be spelled as text.
    wire::Map properties;
    /// Attributes for CREATE and UPDATE, {attributeNames: […]} for QUERY; null is empty.
    wire::Value body;
    Requester who = {};
};

struct Reply {
    Status status = Status::ok;
    /// "OK", "Created", "No Content", or one sentence that says what is wrong.
    std::string description = {};
    wire::Value body = {};
    /// QUERY: what is left out because it could not be known in time, as a sentence; empty:
    /// nothing.
    std::string missing = {};
    /// QUERY: where the rows begin that this page left out, if there are or may be any.
    std::optional<std::size_t> next_offset = {};
};

/// A line that was logged lately.
struct LogLine {
    std::string module;
    std::string level;
    std::string text;
    std::string file;
    std::int64_t line = 0;
    std::int64_t seconds = 0;  // since 1970
};

/// Answers management requests from a catalogue and the sources that a daemon registers.
///
/// Total: every request has an answer, and nothing is thrown. A type without a source is known
/// and empty. Lists are bounded by kRowsMax, kCellsMax and kLogLinesMax.
/// Threading: loop-confined (control plane).
/// Spec: AMQP Management 1.0 (working draft) as Qpid Dispatch 1.19 speaks it.
class Agent {
public:
    static constexpr std::size_t kLogLinesMax = 2048;

    /// The last `count` lines, oldest first.
    using LogReader = std::function<std::vector<LogLine>(std::size_t count)>;

    explicit Agent(Catalogue catalogue);
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;
    ~Agent();

    /// `source` must outlive the agent. One a type.
    void serve(std::string_view type, Source& source);
    /// An operation that the catalogue gives to `type` beside the usual ones; in capitals. It gets
    /// the request's properties and returns the answer's body, or an error with any condition of
    /// status.hpp.
    using Operation = std::function<Result<wire::Value>(const wire::Map& properties)>;
    void serve_operation(std::string_view type, std::string_view name, Operation operation);
    void serve_log(LogReader reader) { log_ = std::move(reader); }
    /// What GET-MGMT-NODES answers: the addresses of all agents that can be asked by way of this
    /// daemon, its own first. Without this the list is empty.
    using NodeReader = std::function<std::vector<std::string>()>;
    void serve_nodes(NodeReader reader) { nodes_ = std::move(reader); }

    /// Is told of each request that was to change something, once it is done.
    void tell_changes(TakeChange take) { take_change_ = std::move(take); }

    /// How much of it who asks may use. Without this everything.
    using Judge = std::function<Access(const Requester& who)>;
    void limit_access(Judge judge) { judge_ = std::move(judge); }
    Access access_of(const Requester& who) const { return judge_ ? judge_(who) : Access::admin; }

    /// Sources ask there for what is not known on the agent's loop; it must outlive the agent's
    /// requests. Without this everything is.
    void depend_on(Elsewhere& elsewhere) { elsewhere_ = &elsewhere; }

    const Catalogue& catalogue() const { return catalogue_; }

    /// Runs `attempt`, which calls `handle` and keeps what it answers, as often as it takes until
    /// that is whole; then `done`. At once where nothing has to be waited for. False: neither is
    /// run, for too many requests wait.
    [[nodiscard]] bool run(std::function<void()> attempt, std::function<void()> done);
    /// Answers a request: within `run`, unless everything is known here.
    Reply handle(const Request& request);
    /// Who asked what is being answered; "somebody" if that is not known.
    const std::string& who() const { return who_; }

private:
    struct Target;  // the request's properties, read
    struct OwnOperation {
        const EntityType* type = nullptr;
        std::string name;
        Operation run;
    };
    using Answer = Result<Reply>;

    Answer dispatch(const Request& request);
    Answer run_own(const Operation& operation, const wire::Map& properties);
    Result<void> check_access(const EntityType* type, std::string_view operation) const;
    void note(const Target& target);
    void tell();
    Answer query(const Target& target, const wire::Value& body);
    Result<const EntityType*> type_to_create(const Target& target, const wire::Map& body) const;
    Answer create(const Target& target, const wire::Value& body);
    Answer read(const Target& target);
    Answer update(const Target& target, const wire::Value& body);
    Answer remove(const Target& target);
    Answer node_operation(const Target& target);
    const Operation* own_operation(const Target& target) const;
    Result<Directory::Found> find(const Target& target, std::string_view operation) const;
    std::string missing() const;
    wire::List node_addresses() const;
    wire::List log_lines(std::optional<std::int64_t> limit) const;

    Catalogue catalogue_;
    Directory directory_;
    LogReader log_;
    NodeReader nodes_;
    std::vector<OwnOperation> operations_;
    std::string who_;               // of the request
    std::optional<Change> change_;  // that the request is to make
    std::vector<Change> changes_;   // that were made, and are not told
    TakeChange take_change_;
    Judge judge_;
    Access access_ = Access::admin;  // of who asks
    Elsewhere* elsewhere_ = nullptr;
    std::unique_ptr<Source> self_;
};

}  // namespace weft::mgmt
