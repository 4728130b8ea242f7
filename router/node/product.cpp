#include "router/node/product.hpp"

#include "common/wire/value.hpp"

namespace weft::node {
namespace {

constexpr const char* kOriginal = "qpid-dispatch-router";

}  // namespace

std::string product_in(Bytes properties) {
    const auto decoded = wire::decode(properties);
    const auto* const map = decoded ? decoded->as<wire::Map>() : nullptr;
    const wire::Value* const product = map == nullptr ? nullptr : wire::find(*map, "product");
    const std::string* const text = product == nullptr ? nullptr : product->text();
    return text == nullptr ? std::string{} : *text;
}

bool is_router(const std::string& product) {
    return product == kProduct || product == kOriginal;
}

}  // namespace weft::node
