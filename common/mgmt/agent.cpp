#include "common/mgmt/agent.hpp"

#include "common/base/assert.hpp"
#include "common/base/conditions.hpp"
#include "common/mgmt/answers.hpp"
#include "common/mgmt/settings.hpp"
#include "common/mgmt/target.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weft::mgmt {
namespace {

using wire::Value;

/// The agent as an entity of its own.
class Self final : public Source {
public:
    std::size_t size() const override { return 1; }
    void read(std::size_t offset, std::size_t count, const Visit& visit) const override {
        if (offset == 0 && count > 0) {
            visit(Row{.identity = "self", .name = {}, .attributes = {}});
        }
    }
};

Result<void> check_allowed(std::string_view operation, const EntityType& type) {
    if (type.forbidden) {
        return fail(kUnauthorizedAccess,
                    "Forbidden: '" + type.name + "' can't be reached over management");
    }
    if (!type.supports(operation)) {
        // As the original says it of connections: they can be changed, and closed so.
        const bool forbidden =
            operation == "DELETE" && type.null_for_unknown && type.supports("UPDATE");
        return fail(forbidden ? kUnauthorizedAccess : kNotImplemented,
                    (forbidden ? "Forbidden: " : "") + Catalogue::unsupported(type, operation));
    }
    return {};
}

/// An absent body is an empty map.
Result<wire::Map> map_of(const Value& body) {
    if (body.is_null()) {
        return wire::Map{};
    }
    if (const auto* map = body.as<wire::Map>()) {
        return *map;
    }
    return fail(kInvalidField, "Body of request must be a map");
}

Result<std::vector<std::string>> attribute_names(const wire::Map& body) {
    std::vector<std::string> names;
    const Value* given = wire::find(body, "attributeNames");
    if (given == nullptr || given->is_null()) {
        return names;
    }
    const auto* array = given->as<wire::Array>();
    const auto* list = array != nullptr ? &array->elements : given->as<wire::List>();
    if (list == nullptr) {
        return fail(kInvalidField, "'attributeNames' must be a list of strings");
    }
    std::set<std::string_view> seen;  // a name that is repeated would multiply the answer
    for (const Value& each : *list) {
        const std::string* name = each.text();
        if (name == nullptr) {
            return fail(kInvalidField, "'attributeNames' must be a list of strings");
        }
        if (list->size() > kColumnsMax || seen.insert(*name).second) {  // too many are refused
            names.push_back(*name);
        }
    }
    return names;
}

/// A name that stands in the properties and in the body must be one name.
Result<std::string> agreed(std::string_view what,
                           const std::optional<std::string>& property,
                           const wire::Map& body) {
    const Value* value = wire::find(body, what);
    if (value == nullptr || value->is_null()) {
        return property.value_or("");
    }
    const std::string* text = value->text();
    if (text == nullptr) {
        return fail(kInvalidField, "Attribute '" + std::string{what} + "' must be a string");
    }
    if (property && *property != *text) {
        return fail(kInvalidField, "Conflicting values for '" + std::string{what} + "': '" +
                                       *property + "' in the properties, '" + *text +
                                       "' in the body");
    }
    return *text;
}

}  // namespace

Agent::Agent(Catalogue catalogue)
    : catalogue_{std::move(catalogue)}, directory_{catalogue_}, self_{std::make_unique<Self>()} {
    directory_.serve("management", *self_);
}

Agent::~Agent() = default;

void Agent::serve(std::string_view type, Source& source) {
    directory_.serve(type, source);
}

void Agent::serve_operation(std::string_view type, std::string_view name, Operation operation) {
    const EntityType* its_type = catalogue_.find(type);
    WEFT_CHECK(its_type != nullptr && its_type->supports(name));
    operations_.push_back({its_type, std::string{name}, std::move(operation)});
}

bool Agent::run(std::function<void()> attempt, std::function<void()> done) {
    auto tried = [this, attempt = std::move(attempt)] {
        changes_.clear();  // of an attempt that is thrown away
        attempt();
    };
    auto ended = [this, done = std::move(done)] {
        tell();
        done();
    };
    if (elsewhere_ != nullptr) {
        return elsewhere_->serve(std::move(tried), std::move(ended));
    }
    tried();
    ended();
    return true;
}

void Agent::tell() {
    for (const Change& change : std::exchange(changes_, {})) {
        take_change_(change);
    }
}

std::string Agent::missing() const {
    return elsewhere_ == nullptr ? std::string{} : elsewhere_->missing();
}

Reply Agent::handle(const Request& request) {
    who_ = request.who.text();
    access_ = access_of(request.who);
    change_.reset();
    Answer answer = dispatch(request);
    Reply reply = answer ? std::move(*answer)
                         : Reply{.status = status_of(answer.error().condition),
                                 .description = answer.error().text,
                                 .body = wire::Map{}};
    if (change_ && take_change_) {
        change_->who = request.who;
        change_->status = reply.status;
        change_->text = succeeded(reply.status) ? std::string{} : reply.description;
        changes_.push_back(*std::exchange(change_, std::nullopt));
    }
    return reply;
}

Result<void> Agent::check_access(const EntityType* type, std::string_view operation) const {
    const Access needed = needed_for(type, operation);
    if (access_ >= needed) {
        return {};
    }
    return fail(kUnauthorizedAccess,
                "Forbidden: " + std::string{operation} +
                    (type == nullptr ? std::string{} : " of " + type->short_name) + " takes " +
                    std::string{person_of(needed)} + ", and who asks is " +
                    std::string{person_of(access_)} +
                    ": see \"management\" in the daemon's configuration");
}

/// The request is to change something.
void Agent::note(const Target& target) {
    change_ = Change{.operation = target.operation,
                     .type = target.type == nullptr ? std::string{} : target.type->short_name,
                     .entity = target.name ? *target.name : target.identity.value_or("")};
}

Agent::Answer Agent::dispatch(const Request& request) {
    WEFT_TRY(const Target target, Target::of(request.properties, catalogue_));
    if (!is_reading(target.operation)) {
        note(target);
    }
    // Of what is created, changed or deleted it is known later which type it is of.
    const bool later = target.operation == "CREATE" || target.operation == "UPDATE" ||
                       target.operation == "DELETE";
    if (auto allowed = check_access(target.type, later ? "QUERY" : target.operation); !allowed) {
        return tl::unexpected(allowed.error());
    }
    if (target.operation == "QUERY") {
        return query(target, request.body);
    }
    if (target.operation == "CREATE") {
        return create(target, request.body);
    }
    if (target.operation == "READ") {
        return read(target);
    }
    if (target.operation == "UPDATE") {
        return update(target, request.body);
    }
    if (target.operation == "DELETE") {
        return remove(target);
    }
    if (const Operation* own = own_operation(target)) {
        return run_own(*own, request.properties);
    }
    return node_operation(target);
}

Agent::Answer Agent::run_own(const Operation& operation, const wire::Map& properties) {
    if (change_) {
        change_->arguments = arguments_in(properties);
    }
    WEFT_TRY(auto body, operation(properties));
    if (change_) {
        change_->after = body;
    }
    return Reply{.description = "OK", .body = std::move(body)};
}

/// Null if there is none of that name for the type.
const Agent::Operation* Agent::own_operation(const Target& target) const {
    const auto found = std::ranges::find_if(operations_, [&](const OwnOperation& each) {
        return each.type == target.type && each.name == target.operation;
    });
    return found == operations_.end() ? nullptr : &found->run;
}

Agent::Answer Agent::query(const Target& target, const Value& body) {
    const EntityType* node = catalogue_.find("management");
    // Some clients name the type they ask for as if it were the one they address.
    const bool addressed = target.type != nullptr && !node->is_a(*target.type);
    const EntityType* type =
        target.entity_type == nullptr && addressed ? target.type : target.entity_type;
    if (type != nullptr && type->forbidden) {
        return fail(kUnauthorizedAccess,
                    "Forbidden: '" + type->name + "' can't be reached over management");
    }
    if (target.offset.value_or(0) < 0 || target.count.value_or(0) < 0) {
        return fail(kInvalidField, "'offset' and 'count' can't be negative");
    }
    WEFT_TRY(const auto map, map_of(body));
    WEFT_TRY(auto names, attribute_names(map));
    const auto offset = static_cast<std::size_t>(target.offset.value_or(0));
    const auto asked = static_cast<std::size_t>(target.count.value_or(0));
    const std::size_t count = asked == 0 ? SIZE_MAX : asked;
    Query wanted{.type = type, .attributes = std::move(names), .offset = offset, .count = count};
    WEFT_TRY(RowPage page, read_page(catalogue_, directory_, std::move(wanted)));

    Reply reply{.description = "OK", .missing = missing()};
    if (page.more) {
        reply.next_offset = offset + page.rows.size();
    }
    if (page.more && page.rows.size() < count) {
        reply.description = "OK: these are all that one answer holds; ask on with offset=" +
                            std::to_string(*reply.next_offset);
    }
    if (!reply.missing.empty()) {
        reply.description += "; incomplete: " + reply.missing;
    }
    wire::List rows;
    rows.reserve(page.rows.size());
    std::ranges::move(page.rows, std::back_inserter(rows));
    wire::Map answer;  // filled, not listed: a list in braces would copy every row
    answer.emplace_back("attributeNames",
                        wire::List{page.attributes.begin(), page.attributes.end()});
    answer.emplace_back("results", std::move(rows));
    if (!reply.missing.empty()) {
        answer.emplace_back("incomplete", reply.missing);
    }
    reply.body = std::move(answer);
    return reply;
}

Result<const EntityType*> Agent::type_to_create(const Target& target, const wire::Map& body) const {
    WEFT_TRY(const std::string name, agreed("type", std::nullopt, body));
    const EntityType* type = name.empty() ? target.type : catalogue_.find(name);
    if (type == nullptr) {
        return fail(kInvalidField, name.empty()
                                       ? "No 'type' attribute: CREATE must say what to create"
                                       : catalogue_.unknown_type(name));
    }
    if (target.type != nullptr && target.type != type) {
        return fail(kInvalidField, "Conflicting values for 'type': '" + target.type->name +
                                       "' and '" + type->name + "'");
    }
    return type;
}

Agent::Answer Agent::create(const Target& target, const Value& body) {
    WEFT_TRY(const auto map, map_of(body));
    WEFT_TRY(const EntityType* type, type_to_create(target, map));
    change_->type = type->short_name;
    if (auto allowed = check_access(type, "CREATE"); !allowed) {
        return tl::unexpected(allowed.error());
    }
    if (auto allowed = check_allowed("CREATE", *type); !allowed) {
        return tl::unexpected(allowed.error());
    }
    if (target.identity) {
        return fail(kInvalidField, "'identity' attribute cannot be specified: it is assigned");
    }
    WEFT_TRY(const std::string name, agreed("name", target.name, map));
    change_->entity = name;
    WEFT_TRY(auto attributes, checked_for_create(*type, map));
    change_->after = settings_in(*type, {.identity = {}, .name = {}, .attributes = attributes});
    Source* source = directory_.source_of(*type);
    if (source == nullptr) {
        return fail(kNotImplemented, "This daemon doesn't serve '" + type->name + "' entities");
    }
    if (!name.empty() && source->find(FindBy::name, name)) {
        return fail(kInvalidField, "Name conflicts with an existing entity: '" + name + "'");
    }
    WEFT_TRY(const Row row, source->create(name, std::move(attributes)));
    change_->entity = row.shown_name();
    return Reply{.status = Status::created,
                 .description = row.remark.empty() ? "Created" : "Created: " + row.remark,
                 .body = entity_map(*type, row)};
}

Result<Directory::Found> Agent::find(const Target& target, std::string_view operation) const {
    if (target.type != nullptr && target.type->forbidden) {
        return tl::unexpected(check_allowed(operation, *target.type).error());
    }
    const EntityType* node = catalogue_.find("management");
    const bool self =
        !target.name && !target.identity && (target.type == nullptr || node->is_a(*target.type));
    auto known = directory_.find(
        target.type, self ? std::optional<std::string>{"self"} : target.identity, target.name);
    if (elsewhere_ != nullptr && elsewhere_->lacks()) {
        return fail(kInternalError, "Not known yet");  // thrown away
    }
    if (!known && known.error().condition == kNotFound && !missing().empty()) {
        return fail(kInternalError, "Not known now: " + missing());
    }
    WEFT_TRY(auto found, std::move(known));
    if (auto allowed = check_allowed(operation, *found.type); !allowed) {
        return tl::unexpected(allowed.error());
    }
    return found;
}

Agent::Answer Agent::read(const Target& target) {
    WEFT_TRY(const auto found, find(target, "READ"));
    return Reply{.description = "OK", .body = entity_map(*found.type, found.row)};
}

Agent::Answer Agent::update(const Target& target, const Value& body) {
    WEFT_TRY(const auto map, map_of(body));
    auto known = find(target, "UPDATE");
    // The original's words for those that it keeps in its core.
    if (!known && known.error().condition == kNotFound && target.type != nullptr &&
        target.type->null_for_unknown) {
        return fail(kInvalidField, known.error().text);
    }
    WEFT_TRY(auto found, std::move(known));
    change_->type = found.type->short_name;
    change_->entity = found.row.shown_name();
    if (auto allowed = check_access(found.type, "UPDATE"); !allowed) {
        return tl::unexpected(allowed.error());
    }
    WEFT_TRY(auto changes, checked_for_update(*found.type, map, found.row));
    if (!changes.empty()) {
        const Attributes asked = changes;
        change_->before = values_of(*found.type, asked, found.row);
        change_->after =
            values_of(*found.type, asked, {.identity = {}, .name = {}, .attributes = asked});
        WEFT_TRY(found.row, found.source->update(found.row.identity, std::move(changes)));
    }
    return Reply{.description = "OK", .body = entity_map(*found.type, found.row)};
}

Agent::Answer Agent::remove(const Target& target) {
    WEFT_TRY(const auto found, find(target, "DELETE"));
    change_->type = found.type->short_name;
    change_->entity = found.row.shown_name();
    if (auto allowed = check_access(found.type, "DELETE"); !allowed) {
        return tl::unexpected(allowed.error());
    }
    change_->before = settings_in(*found.type, found.row);
    auto removed = target.force ? found.source->remove_by_force(found.row.identity)
                                : found.source->remove(found.row.identity);
    if (!removed) {
        return tl::unexpected(removed.error());
    }
    return Reply{.status = Status::no_content, .description = "No Content", .body = wire::Map{}};
}

}  // namespace weft::mgmt
