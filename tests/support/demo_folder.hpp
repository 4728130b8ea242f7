#pragma once

#include <filesystem>
#include <string>

namespace weft::support {

/// A copy of config/demo with certificates beside it, as tools/demo makes them; gone with this.
class DemoFolder {
public:
    DemoFolder();
    ~DemoFolder();
    DemoFolder(const DemoFolder&) = delete;
    DemoFolder& operator=(const DemoFolder&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace weft::support
