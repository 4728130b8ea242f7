#include "tests/support/demo_folder.hpp"

#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <stdexcept>
#include <system_error>

namespace weft::support {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
    std::ofstream{path, std::ios::binary} << text;
}

void write_authority(const fs::path& folder, std::initializer_list<const char*> names) {
    const test::Authority authority;
    fs::create_directories(folder);
    write(folder / "ca.pem", authority.certificate());
    write(folder / "ca.crl", authority.crl({}));
    for (const std::string name : names) {
        const test::Certified made = authority.issue({.common_name = name});
        write(folder / (name + ".pem"), made.certificate);
        write(folder / (name + ".key"), made.key);
    }
}

}  // namespace

DemoFolder::DemoFolder() {
    std::string name = (fs::temp_directory_path() / "weft-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no folder can be made from " + name);
    }
    path_ = name;
    const fs::path source = fs::path{WEFT_SOURCE_DIR} / "config" / "demo";
    for (const auto& entry : fs::directory_iterator(source)) {
        if (entry.is_regular_file()) {
            fs::copy_file(entry.path(), path_ / entry.path().filename());
        }
    }
    write_authority(path_ / "pki",
                    {"router-a", "router-b", "router-c", "site-1", "broker", "gateway"});
    write_authority(path_ / "pki" / "devices", {"dev-7"});
}

DemoFolder::~DemoFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

}  // namespace weft::support
