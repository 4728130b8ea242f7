#include "router/core/address.hpp"

namespace weft::router {
namespace {

/// Removes "amqp:/", "amqp://host/" (or any other scheme) and a leading '/'. A scheme and an
/// authority alone are the name: "queue://a" is how clients of some brokers write it.
std::string_view without_scheme(const std::string_view whole) {
    std::string_view text = whole;
    const std::size_t colon = text.find(":/");
    const std::size_t stop = text.find_first_of("/?#[]@.");
    if (colon != std::string_view::npos && colon < stop) {
        text.remove_prefix(colon + 2);
        if (text.starts_with('/')) {  // an authority follows
            const std::size_t path = text.find('/', 1);
            return path == std::string_view::npos ? whole : text.substr(path + 1);
        }
        return text;
    }
    if (text.starts_with('/')) {
        text.remove_prefix(1);
    }
    return text;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

/// The part up to the next '/', which is dropped too.
std::string_view take_level(std::string_view& text) {
    const std::size_t slash = text.find('/');
    const std::string_view level = text.substr(0, slash);
    text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
    return level;
}

std::string key(std::string_view prefix, std::string_view name) {
    std::string result;
    result.reserve(prefix.size() + name.size());
    result.append(prefix).append(name);
    return result;
}

/// What follows "_topo/": area, router, name.
std::string topological_key(std::string_view rest, std::string_view router_id) {
    const std::string_view area = take_level(rest);
    const std::string_view router = take_level(rest);
    if (area == "all" || router == "all") {
        return rest.empty() ? std::string{} : key("T", rest);
    }
    if (router == router_id) {
        return rest.empty() ? std::string{} : key("L", rest);
    }
    return router.empty() ? std::string{} : key("R", router);
}

}  // namespace

AddressKey parse_address(std::string_view text, std::string_view router_id) {
    if (text.size() > kAddressBytesMax) {
        return {};
    }
    text = plain_text(text);
    if (text.empty()) {
        return {};
    }
    if (take_prefix(text, "_local/")) {
        return {text.empty() ? std::string{} : key("L", text)};
    }
    if (take_prefix(text, "_topo/")) {
        return {topological_key(text, router_id)};
    }
    if (take_prefix(text, "_edge/")) {
        const std::string_view router = take_level(text);
        if (router.empty()) {
            return {};
        }
        return {router == router_id && !text.empty() ? key("L", text) : key("H", router)};
    }
    return {key("M0", text)};
}

std::string_view why_no_address(std::string_view text) {
    if (text.size() > kAddressBytesMax) {
        return "it is longer than 32 KiB";
    }
    text = without_scheme(text);
    if (text.starts_with("_topo/")) {
        return "behind _topo/ it needs an area, a router and a name";
    }
    if (text.starts_with("_edge/")) {
        return "behind _edge/ it needs a router";
    }
    return "it names nothing";
}

std::string_view node_of(std::string_view text) {
    return without_scheme(text);
}

std::string_view plain_text(std::string_view text) {
    text = without_scheme(text);
    if (text.ends_with('.') || text.ends_with('/')) {
        text.remove_suffix(1);
    }
    return text;
}

/// The original takes what stands before ":/" for a scheme wherever it finds it, but behind a '/'
/// that an address begins with.
std::string_view mobile_address(std::string_view name, std::string& memory) {
    const bool ends_odd = name.ends_with('.') || name.ends_with('/');
    const std::size_t level = name.find('/');
    const bool reads_odd =
        level != std::string_view::npos && name.find(":/", level) != std::string_view::npos;
    if (!ends_odd && !reads_odd && without_scheme(name) == name) [[likely]] {
        return name;
    }
    memory = key("/", name);
    if (ends_odd) {
        memory += '/';
    }
    return memory;
}

std::string topological_address(std::string_view router_id, std::string_view name) {
    std::string result = "amqp:/_topo/0/";
    result.append(router_id).append("/").append(name);
    return result;
}

std::string edge_address(std::string_view router_id, std::string_view name) {
    std::string result = "amqp:/_edge/";
    result.append(router_id).append("/").append(name);
    return result;
}

}  // namespace weft::router
