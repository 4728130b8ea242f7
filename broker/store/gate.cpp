#include "broker/store/gate.hpp"

#include "common/base/conditions.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace weft::store {
namespace {

tl::unexpected<Error> gate_failed(const std::string& what) {
    return fail(kInternalError, what + ": " + std::system_category().message(errno));
}

int lock_gate(int file, int how) {
    int done = 0;
    do {
        done = ::flock(file, how);
    } while (done != 0 && errno == EINTR);
    return done;
}

}  // namespace

Gate::Pass::Pass(Pass&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

Gate::Pass::~Pass() {
    if (file_ >= 0) {
        ::flock(file_, LOCK_UN);
    }
}

Result<Gate> Gate::open(const std::string& folder) {
    const std::string name = folder + "/gate";
    const int file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        return gate_failed("'" + name + "' can't be opened for writing");
    }
    return Gate{file};
}

Gate::Gate(Gate&& other) noexcept : file_{std::exchange(other.file_, -1)} {}

Gate& Gate::operator=(Gate&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

Gate::~Gate() {
    if (file_ >= 0) {
        ::close(file_);
    }
}

Result<Gate::Pass> Gate::enter() {
    if (lock_gate(file_, LOCK_SH) != 0) {
        return gate_failed("the store's file 'gate' can't be locked");
    }
    return Pass{file_};
}

Result<std::optional<Gate::Pass>> Gate::shut() {
    if (lock_gate(file_, LOCK_EX | LOCK_NB) == 0) {
        return std::optional<Pass>{file_};
    }
    if (errno == EWOULDBLOCK) {
        return std::optional<Pass>{};
    }
    return gate_failed("the store's file 'gate' can't be locked");
}

}  // namespace weft::store
