#include "common/mgmt/requester.hpp"

namespace weft::mgmt {

std::string Requester::text() const {
    if (via.empty()) {
        return "somebody";
    }
    std::string text = connection.empty() ? std::string{via} + " from " + host : connection;
    if (!user.empty()) {
        text += ", user '" + user + "'";
    }
    return text;
}

}  // namespace weft::mgmt
