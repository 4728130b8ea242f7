#include "mqtt-gateway/mapping/row_key.hpp"

#include "common/base/text.hpp"
#include "common/wire/writer.hpp"
#include "mqtt-gateway/mapping/digest.hpp"
#include "mqtt-gateway/mapping/names.hpp"

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

void append_key_filter(Buffer& out, std::string_view key) {
    wire::Writer writer{out};
    const wire::Writer::Mark set = writer.begin_map();
    writer.symbol("last-value");
    writer.descriptor(kLastValueFilter);
    const wire::Writer::Mark keys = writer.begin_list();
    writer.string(key);
    writer.end_shortest(keys);
    writer.end_shortest(set);
}

}  // namespace weft::mqtt_mapping
