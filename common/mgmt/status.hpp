#pragma once

#include "common/base/conditions.hpp"
#include "common/base/result.hpp"

#include <cstdint>
#include <string_view>

/// Outcomes of management operations and the error conditions that lead to them.
namespace weft::mgmt {

enum class Status : std::int32_t {
    ok = 200,
    created = 201,
    no_content = 204,
    bad_request = 400,
    forbidden = 403,
    not_found = 404,
    internal_error = 500,
    not_implemented = 501,
};

/// The status of a failure; any condition not named above is the requester's fault (400).
constexpr Status status_of(std::string_view condition) {
    if (condition == kUnauthorizedAccess || condition == kNotAllowed) {
        return Status::forbidden;
    }
    if (condition == kNotFound) {
        return Status::not_found;
    }
    if (condition == kInternalError) {
        return Status::internal_error;
    }
    return condition == kNotImplemented ? Status::not_implemented : Status::bad_request;
}

/// The condition with which a delivery is rejected for a request that ended so.
constexpr std::string_view condition_of(Status status) {
    switch (status) {
        case Status::forbidden:
            return kUnauthorizedAccess;
        case Status::not_found:
            return kNotFound;
        case Status::internal_error:
            return kInternalError;
        case Status::not_implemented:
            return kNotImplemented;
        case Status::ok:
        case Status::created:
        case Status::no_content:
        case Status::bad_request:
            break;
    }
    return kInvalidField;
}

constexpr bool succeeded(Status status) {
    return status < Status::bad_request;
}

}  // namespace weft::mgmt
