#include "broker/store/own_process.hpp"

#include "common/io/process.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace weft::store {
namespace {

/// Of the fields of /proc/PID/stat behind the name, when it was started. Spec: proc(5)
constexpr int kStartedField = 22;
constexpr int kFirstField = 3;

std::string read_word(const std::string& path) {
    std::ifstream file{path};
    std::string word;
    std::getline(file, word);
    return word;
}

/// In ticks since the machine was booted; 0: there is no such process.
std::uint64_t started_of(std::uint64_t process) {
    const std::string text = read_word("/proc/" + std::to_string(process) + "/stat");
    std::size_t at = text.rfind(')');  // a name may have anything in it
    for (int field = kFirstField; field <= kStartedField && at != std::string::npos; ++field) {
        at = text.find(' ', at + 1);
    }
    std::uint64_t started = 0;
    if (at != std::string::npos) {
        std::from_chars(text.data() + at + 1, text.data() + text.size(), started);
    }
    return started;
}

std::string hex(const std::array<std::uint8_t, 16>& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

std::string own_space() {
    std::error_code failed;
    return std::filesystem::read_symlink("/proc/self/ns/pid", failed).string();
}

std::string own_machine() {
    return read_word("/proc/sys/kernel/random/boot_id");
}

}  // namespace

tenure::Holder own_process(const std::string& broker) {
    const auto process = static_cast<std::uint64_t>(::getpid());
    return {.id = hex(io::random_bytes()),
            .broker = broker,
            .host = io::host_name(),
            .machine = own_machine(),
            .space = own_space(),
            .process = process,
            .started = started_of(process)};
}

bool end_process(const tenure::Holder& holder) {
    const bool visible = !holder.machine.empty() && holder.machine == own_machine() &&
                         !holder.space.empty() && holder.space == own_space();
    if (!visible || holder.started == 0) {
        return false;
    }
    const auto number = static_cast<pid_t>(holder.process);
    const auto file = static_cast<int>(::syscall(SYS_pidfd_open, number, 0));
    if (file < 0) {
        return false;
    }
    // That number is no other process's while the descriptor is open, if it is none now.
    const bool told = started_of(holder.process) == holder.started &&
                      ::syscall(SYS_pidfd_send_signal, file, SIGKILL, nullptr, 0) == 0;
    ::close(file);
    return told;
}

}  // namespace weft::store
