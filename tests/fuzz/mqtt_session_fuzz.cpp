// A device with its session, its mesh and its store: moves of a client that keeps to the protocol,
// and some that don't, answers in any order, connections that are cut. The books of
// `device_bed.hpp` after each; nothing is left at the end.
//
// Byte 0: the version. Byte 1: receive maximum, window, what is done with what nobody takes, `$`.
// Byte 2: the highest QoS. Then moves.
#include "tests/fuzz/device_bed.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weft::session::DeviceBed bed{weft::Bytes{data, size}};
    bed.run();
    return 0;
}
