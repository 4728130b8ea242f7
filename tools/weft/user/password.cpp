#include "tools/weft/user/password.hpp"

#include "tools/weft/failure.hpp"

#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

namespace weft::tools {
namespace {

/// The terminal shows nothing of what is typed, while it lives.
class Unseen {
public:
    Unseen() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios now = before_;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
    }
    ~Unseen() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    termios before_{};
};

std::string line_of(std::istream& in, const std::string& from) {
    std::string line;
    if (!std::getline(in, line)) {
        throw Failure("cannot read a password from " + from);
    }
    if (line.ends_with('\r')) {
        line.pop_back();
    }
    return line;
}

std::string asked(const char* prompt) {
    std::cerr << prompt << std::flush;
    std::string line = line_of(std::cin, "the terminal");
    std::cerr << '\n';
    return line;
}

}  // namespace

std::string read_password(const std::string& file) {
    if (!file.empty()) {
        std::ifstream in{file};
        return line_of(in, file);
    }
    if (::isatty(STDIN_FILENO) == 0) {
        return line_of(std::cin, "standard input");
    }
    const Unseen unseen;
    std::string password = asked("Password: ");
    if (asked("Again: ") != password) {
        throw Failure("the two differ; nothing was changed");
    }
    return password;
}

}  // namespace weft::tools
