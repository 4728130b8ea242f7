#include "tools/weft/values/value_json.hpp"

#include "common/base/text.hpp"
#include "common/base/utf8.hpp"
#include "tools/weft/failure.hpp"

#include <proton/binary.hpp>
#include <proton/codec/decoder.hpp>
#include <proton/codec/encoder.hpp>
#include <proton/symbol.hpp>
#include <proton/timestamp.hpp>
#include <proton/types.hpp>
#include <proton/uuid.hpp>

#include <cstdint>
#include <string>

namespace weft::tools {
namespace {

void check_depth(int depth) {
    if (depth > kShownNestingMax) {
        throw Failure("a value nests deeper than " + std::to_string(kShownNestingMax) + " levels");
    }
}

template <class T>
T next(proton::codec::decoder& in) {
    T value{};
    in >> value;
    return value;
}

Json binary_json(const proton::binary& bytes) {
    const std::string text = bytes;
    return is_utf8(text) ? Json(text) : Json{{"hex", hex(as_bytes(text))}};
}

Json read_value(proton::codec::decoder& in, int depth);

Json read_map(proton::codec::decoder& in, std::size_t elements, int depth) {
    Json object = Json::object();
    for (std::size_t i = 0; i + 1 < elements; i += 2) {
        const std::string key = plain_text(read_value(in, depth));
        object[key] = read_value(in, depth);
    }
    return object;
}

Json read_compound(proton::codec::decoder& in, int depth) {
    check_depth(depth);
    proton::codec::start start;
    in >> start;
    Json result;
    if (start.type == proton::DESCRIBED) {
        result["descriptor"] = read_value(in, depth + 1);
        result["value"] = read_value(in, depth + 1);
    } else if (start.type == proton::MAP) {
        result = read_map(in, start.size, depth + 1);
    } else {
        if (start.is_described) {
            read_value(in, depth + 1);  // the elements' descriptor: JSON has no place for it
        }
        result = Json::array();
        for (std::size_t i = 0; i < start.size; ++i) {
            result.push_back(read_value(in, depth + 1));
        }
    }
    in >> proton::codec::finish();
    return result;
}

Json read_text_like(proton::codec::decoder& in, proton::type_id type) {
    switch (type) {
        case proton::STRING:
            return next<std::string>(in);
        case proton::SYMBOL:
            return std::string{next<proton::symbol>(in)};
        case proton::BINARY:
            return binary_json(next<proton::binary>(in));
        case proton::UUID:
            return next<proton::uuid>(in).str();
        default:
            return proton::to_string(next<proton::value>(in));
    }
}

Json read_value(proton::codec::decoder& in, int depth) {
    const proton::type_id type = in.next_type();
    switch (type) {
        case proton::NULL_TYPE:
            next<proton::value>(in);  // reading a proton::null does not advance the decoder
            return nullptr;
        case proton::BOOLEAN:
            return next<bool>(in);
        case proton::UBYTE:
        case proton::USHORT:
        case proton::UINT:
        case proton::ULONG:
            return next<std::uint64_t>(in);
        case proton::BYTE:
        case proton::SHORT:
        case proton::INT:
        case proton::LONG:
            return next<std::int64_t>(in);
        case proton::FLOAT:
        case proton::DOUBLE:
            return next<double>(in);
        case proton::TIMESTAMP:
            return next<proton::timestamp>(in).milliseconds();
        case proton::DESCRIBED:
        case proton::ARRAY:
        case proton::LIST:
        case proton::MAP:
            return read_compound(in, depth);
        default:
            return read_text_like(in, type);
    }
}

void write_value(proton::codec::encoder& out, const Json& json, int depth);

void write_compound(proton::codec::encoder& out, const Json& json, int depth) {
    check_depth(depth);
    out << (json.is_object() ? proton::codec::start::map() : proton::codec::start::list());
    for (const auto& [key, value] : json.items()) {
        if (json.is_object()) {
            out << key;
        }
        write_value(out, value, depth + 1);
    }
    out << proton::codec::finish();
}

void write_value(proton::codec::encoder& out, const Json& json, int depth) {
    if (json.is_structured()) {
        write_compound(out, json, depth);
    } else if (json.is_null()) {
        out << proton::null();
    } else {
        out << to_scalar("", json);
    }
}

}  // namespace

Json to_json(const proton::value& value) {
    if (value.empty()) {
        return nullptr;
    }
    proton::codec::decoder in(value);
    return read_value(in, 0);
}

proton::value to_value(const Json& json) {
    proton::value value;
    proton::codec::encoder out(value);
    write_value(out, json, 0);
    return value;
}

proton::scalar to_scalar(const std::string& name, const Json& json) {
    switch (json.type()) {
        case Json::value_t::boolean:
            return json.get<bool>();
        case Json::value_t::string:
            return json.get<std::string>();
        case Json::value_t::number_integer:
            return json.get<std::int64_t>();
        case Json::value_t::number_unsigned: {
            const auto number = json.get<std::uint64_t>();
            return number > INT64_MAX ? proton::scalar(number)
                                      : proton::scalar(static_cast<std::int64_t>(number));
        }
        case Json::value_t::number_float:
            return json.get<double>();
        case Json::value_t::null:
            return nullptr;
        default:
            throw Failure("property '" + name + "' must be a number, a string, true or false");
    }
}

std::string plain_text(const Json& json) {
    if (json.is_string()) {
        return json.get<std::string>();
    }
    if (json.is_object() && json.size() == 1 && json.contains("hex")) {
        return json["hex"].get<std::string>();
    }
    return json_text(json, -1);
}

}  // namespace weft::tools
