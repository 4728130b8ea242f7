#pragma once

#include "tools/weft/connection/connection.hpp"
#include "tools/weft/failure.hpp"
#include "tools/weft/management/entity_source.hpp"

#include <proton/message.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weft::tools {

/// The router answered, with a status that is not success.
class StatusFailure : public Failure {
public:
    StatusFailure(int code, const std::string& description);

    int code() const { return code_; }

private:
    int code_;
};

/// One management request. Threading: not shared (a value).
struct Request {
    std::string operation;
    Json properties = Json::object();  // application properties but for `operation`; scalars
    Json body = Json::object();
};

/// Asks `$management` of a router, one request at a time.
///
/// Requests go to the address last aimed at; answers come back on a dynamic address, those of a
/// broker behind routers on one that it knows (broker_address).
/// Threading: not shared.
class ManagementClient final : public EntitySource {
public:
    ManagementClient(const ConnectionOptions& options, const std::string& address);
    ~ManagementClient() override;

    /// Sends all further requests to `address`, "$management" or "_topo/0/ID/$management" or
    /// "_edge/ID/$management". That of a broker behind routers is a client's first and only one.
    void aim(const std::string& address);

    /// The answer's body. Throws StatusFailure unless the status is 2xx.
    Json call(const Request& request);

    std::vector<Entity> query(std::string_view type,
                              const std::vector<std::string>& attributes,
                              std::size_t limit) override;
    bool knows(std::string_view type) override;
    Json ask(std::string_view operation) override;
    Json log(std::size_t limit) override;

    /// The addresses to `aim` at, of all routers of the network.
    std::vector<std::string> routers();

    /// Keeps the connection alive until `deadline` or an Interrupt.
    void idle_until(SteadyTime deadline);

    void close() { connection_.close(); }

private:
    class Answers;

    std::unique_ptr<Answers> answers_;
    Connection connection_;
    proton::receiver receiver_;
    std::string reply_to_;  // empty: the address that the receiver was given
    std::map<std::string, proton::sender> senders_;  // by what they were aimed at
    proton::sender sender_;                          // of target_
    std::string target_;
    std::uint64_t correlation_ = 0;
};

/// The management address that -r and -d name; "$management" if both are empty.
std::string management_address(const std::string& router, const std::string& edge_router);

/// That of a broker behind routers, which they lead to: "$broker/b1/$management".
std::string broker_address(const std::string& broker);

/// The router's id in such an address: "_topo/0/ID/$management" → ID.
std::string id_in_address(const std::string& address);

}  // namespace weft::tools
