#include "mqtt-gateway/mapping/row_key.hpp"

#include "common/base/text.hpp"
#include "mqtt-gateway/mapping/digest.hpp"

namespace weft::mqtt_mapping {

std::string row_key(std::string_view topic) {
    if (topic.size() <= kRowKeyMax) {
        return std::string{topic};
    }
    Digest digest;
    digest.add(as_bytes(topic));
    const Digest::Value value = digest.end();
    std::string key{"#"};
    append_hex(key, Bytes{value});
    return key;
}

}  // namespace weft::mqtt_mapping
