#include "common/config/reference.hpp"

#include "common/config/convert.hpp"

namespace weft::config {

namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

This page is written from the table of keys in the code; `WEFT_WRITE=1` and the configuration's
unit tests write it anew.

A file is one JSON object of sections. `//` and `/* */` comments are allowed. An unknown key, a key
given twice and a value of the wrong type are faults; `--check` prints them all, one a line, and
`weft config check FILE…` does the same. Nothing is ignored silently.

- `"include": ["addresses.json"]` reads further files, relative to the including one: lists are
  joined, any other key given twice is a fault.
- Sizes are bytes or texts such as `"64KiB"`, `"1GiB"`. Durations are numbers in the unit that the
  key's name ends in. Ports are numbers, `"amqp"` or `"amqps"`.
- Secrets may be `"env:NAME"` or `"file:PATH"`. Paths are relative to the file they are written in.
- PEM is the path of a file in that form, or `"env:NAME"`: then the variable is the text itself.
- `--set /listeners/0/port=5673` overrides one value; it may be given several times, and `-` stands
  for a new list element.

`single.json` is the smallest useful file, `demo/` has one to try things with, `schema/` the JSON
Schemas that editors understand.
)";

std::string code(std::string_view text) {
    return text.empty() ? std::string{} : "`" + std::string{text} + "`";
}

std::string type_text(const Key& key) {
    switch (key.type) {
        case Type::text:
            return "text";
        case Type::boolean:
            return "true, false";
        case Type::integer:
        case Type::seconds:
            return std::to_string(key.min) + "–" + std::to_string(key.max);
        case Type::port:
            return "port";
        case Type::size:
            return "size";
        case Type::choice:
            return expected_value(key).substr(std::string_view{"one of "}.size());
        case Type::map:
        case Type::properties:
            return "object";
        case Type::texts:
            return "list of texts";
        case Type::maps:
            return "list of objects";
        case Type::secret:
            return "secret";
        case Type::path:
            return "path";
        case Type::pem:
            return "PEM";
    }
    return {};
}

std::string default_text(const Key& key) {
    if (key.required) {
        return "required";
    }
    std::string text = code(key.default_value);
    if (key.conf_default) {
        text += key.conf_default->empty() ? " (`qdrouterd.conf`: none)"
                                          : " (`qdrouterd.conf`: " + code(*key.conf_default) + ")";
    }
    return text;
}

std::string meaning_text(const Key& key) {
    std::string text{key.meaning};
    for (const Choice& choice : key.choices) {
        if (!choice.refused.empty()) {
            text +=
                " Not available: " + code(choice.name) + ", " + std::string{choice.refused} + ".";
        }
    }
    if (key.changeable) {
        text += " Management may change it while the daemon runs.";
    }
    if (key.support == Support::no_effect) {
        text += " No effect: " + std::string{key.reason} + ".";
    }
    return text;
}

std::string honoured_keys(const Section& section) {
    std::string rows;
    for (const Key& key : section.keys) {
        if (key.support == Support::honoured || key.support == Support::no_effect) {
            rows += "| " + code(key.name) + " | " + type_text(key) + " | " + default_text(key) +
                    " | " + std::string{unit_of(key)} + " | " + meaning_text(key) + " |\n";
        }
    }
    return rows.empty()
               ? rows
               : "\n| key | values | default | unit | meaning |\n|---|---|---|---|---|\n" + rows;
}

/// The keys of one kind that do not work, by reason, which several keys may share.
std::string other_keys(const Section& section, Support support, std::string_view title) {
    std::string rows;
    std::string_view last_reason;
    for (const Key& key : section.keys) {
        if (key.support != support) {
            continue;
        }
        if (key.reason == last_reason) {
            rows.insert(rows.rfind(": "), ", " + code(key.name));
            continue;
        }
        rows += "- " + code(key.name) + ": " + std::string{key.reason} + ".\n";
        last_reason = key.reason;
    }
    return rows.empty() ? rows : "\n" + std::string{title} + "\n\n" + rows;
}

std::string section_page(const Section& section) {
    std::string page = "\n### " + code(section.name) + "\n\n";
    page += section.singleton ? "One object" : "A list of objects";
    page += ", in management " + code(section.entity) + ". " + std::string{section.meaning} + "\n";
    if (section.support == Support::refused) {
        return page + "\nNot available: " + std::string{section.reason} + ".\n";
    }
    if (section.support == Support::conf_only) {
        return page + "\nNot available: " + std::string{section.reason} +
               ". In a `qdrouterd.conf` a warning.\n";
    }
    page += honoured_keys(section);
    page += other_keys(section, Support::refused, "Not available; only the default may be given:");
    page += other_keys(section, Support::conf_only,
                       "Not available, and a warning in a `qdrouterd.conf`:");
    return page;
}

}  // namespace

std::string reference_page(std::span<const KeyTable> tables) {
    std::string page{kIntroduction};
    for (const KeyTable& table : tables) {
        page += "\n## " + std::string{table.program} + "\n";
        for (const Section& section : table.sections) {
            page += section_page(section);
        }
    }
    return page;
}

}  // namespace weft::config
