#include "common/wire/descriptors.hpp"

#include "common/wire/delivery_state.hpp"
#include "common/wire/value.hpp"
#include "tests/unit/wire/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace weft::wire {

TEST_SUITE("descriptors") {
    TEST_CASE("each type has one number and one symbol") {
        CHECK(std::ranges::is_sorted(kDescribedTypes, std::less{}, &DescribedType::number));
        for (const DescribedType& type : kDescribedTypes) {
            CHECK(descriptor_number(type.symbol) == type.number);
        }
        CHECK(descriptor_number("amqp:open:map") == kDescriptorUnknown);
        CHECK(descriptor_number("") == kDescriptorUnknown);
    }

    TEST_CASE("what has a name in the code has the same number in the table") {
        const auto number = [](auto named) { return static_cast<std::uint64_t>(named); };
        CHECK(number(CompositeCode::error) == descriptor_number("amqp:error:list"));
        CHECK(number(CompositeCode::source) == descriptor_number("amqp:source:list"));
        CHECK(number(CompositeCode::target) == descriptor_number("amqp:target:list"));
        CHECK(number(CompositeCode::coordinator) == descriptor_number("amqp:coordinator:list"));
        CHECK(number(Outcome::received) == descriptor_number("amqp:received:list"));
        CHECK(number(Outcome::accepted) == descriptor_number("amqp:accepted:list"));
        CHECK(number(Outcome::rejected) == descriptor_number("amqp:rejected:list"));
        CHECK(number(Outcome::released) == descriptor_number("amqp:released:list"));
        CHECK(number(Outcome::modified) == descriptor_number("amqp:modified:list"));
        CHECK(number(Outcome::declared) == descriptor_number("amqp:declared:list"));
        CHECK(number(Outcome::transactional) == descriptor_number("amqp:transactional-state:list"));
        CHECK(number(MessageSection::header) == descriptor_number("amqp:header:list"));
        CHECK(number(MessageSection::footer) == descriptor_number("amqp:footer:map"));
    }

    TEST_CASE("a value's descriptor is found in each form") {
        for (const std::string_view text :
             {"00 53 24 45", "00 80 00 00 00 00 00 00 00 24 45", "00 a3 12 'amqp:accepted:list' 45",
              "00 b3 00 00 00 12 'amqp:accepted:list' 45"}) {
            INFO(text);
            CHECK(descriptor_of(hex(text)) == 0x24);
        }
        for (const std::string_view text :
             {"", "00", "45", "00 40 45", "00 a3 12 'amqp'", "00 a3 01 'x' 45", "00 00 53 24 45"}) {
            INFO(text);
            CHECK(descriptor_of(hex(text)) == kDescriptorUnknown);
        }
    }

    TEST_CASE("symbols are told from numbers") {
        CHECK(is_described_by_symbol(hex("00 a3 01 'x' 45")));
        CHECK(is_described_by_symbol(hex("00 b3 00 00 00 01 'x' 45")));
        CHECK_FALSE(is_described_by_symbol(hex("00 53 24 45")));
        CHECK_FALSE(is_described_by_symbol(hex("a3 01 'x'")));
        CHECK_FALSE(is_described_by_symbol({}));
    }

    TEST_CASE("numbers take the place of symbols, within a value too") {
        const Buffer symbols =
            hex("00 a3 12 'amqp:rejected:list' c0 1b 01 "
                "00 a3 0f 'amqp:error:list' c0 06 01 a3 03 'x:y'");
        CHECK(shown(with_numeric_descriptors(symbols)) ==
              shown(hex("00 53 25 c0 0c 01 00 53 1d c0 06 01 a3 03 'x:y'")));
    }

    TEST_CASE("what is not known, or no value, or too large stays as it is") {
        Buffer large = hex("00 a3 12 'amqp:modified:list' d0 00 00 08 04 00 00 08 00");
        large.resize(large.size() + 0x800, 0x41);
        for (const Buffer& same :
             {hex("00 a3 03 'x:y' 45"), hex("00 a3 12 'amqp'"), hex("45 45"), Buffer{}, large}) {
            CHECK(shown(with_numeric_descriptors(same)) == shown(same));
        }
    }
}

}  // namespace weft::wire
