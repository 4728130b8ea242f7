#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weft::tools {

/// Daemons that this process has started, and that end with it, whatever ends it.
/// Threading: not shared.
class Children {
public:
    /// Of each what it logs goes to FOLDER/NAME.log, and by the socket FOLDER/ready it tells that
    /// it is ready. Throws Failure.
    explicit Children(std::filesystem::path folder);
    /// Tells all to stop, and waits until they have; one that does not is killed.
    ~Children();
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;

    /// Starts it and waits until it is ready. Throws Failure: it ended before, with the last lines
    /// of its log, or was not ready in time.
    void start(const std::string& name,
               const std::filesystem::path& program,
               const std::vector<std::string>& arguments);

    /// Waits for an Interrupt, or until one ends by itself: its name then.
    std::optional<std::string> wait() const;

private:
    struct Child {
        std::string name;
        pid_t process;
    };

    bool has_ended(const Child& child) const;
    std::string last_words(const std::string& name) const;

    std::filesystem::path folder_;
    int ready_ = -1;  // the socket
    std::vector<Child> running_;
};

}  // namespace weft::tools
