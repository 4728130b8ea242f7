#include "common/tls/pipe.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace weft::tls {
namespace {

Pipe& pipe_of(BIO* bio) {
    return *static_cast<Pipe*>(BIO_get_data(bio));
}

int read_pipe(BIO* bio, char* to, std::size_t size, std::size_t* got) {
    Pipe& pipe = pipe_of(bio);
    BIO_clear_retry_flags(bio);
    *got = std::min(size, pipe.in.size());
    if (*got == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(to, pipe.in.data(), *got);
    pipe.in = pipe.in.subspan(*got);
    return 1;
}

int write_pipe(BIO* bio, const char* from, std::size_t size, std::size_t* put) {
    Pipe& pipe = pipe_of(bio);
    BIO_clear_retry_flags(bio);
    try {  // T3
        pipe.out->append({reinterpret_cast<const std::uint8_t*>(from), size});
    } catch (const std::bad_alloc&) {
        pipe.starved = true;
        return 0;
    }
    *put = size;
    return 1;
}

long control_pipe(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* method() {
    using Method = std::unique_ptr<BIO_METHOD, FreedBy<BIO_meth_free>>;
    static const Method kMethod = [] {
        Method made{BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weft")};
        if (made) {
            BIO_meth_set_read_ex(made.get(), read_pipe);
            BIO_meth_set_write_ex(made.get(), write_pipe);
            BIO_meth_set_ctrl(made.get(), control_pipe);
        }
        return made;
    }();
    return kMethod.get();
}

}  // namespace

BIO* Pipe::end_of(Pipe& pipe) {
    BIO* const bio = method() == nullptr ? nullptr : BIO_new(method());
    if (bio == nullptr) {
        throw std::bad_alloc{};
    }
    BIO_set_data(bio, &pipe);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace weft::tls
