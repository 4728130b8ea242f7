#pragma once

#include "broker/selector/selector.hpp"
#include "common/base/result.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weft::broker {

/// A selector that was read. Shared: by all who ask for the same one.
struct ReadSelector {
    selector::Selector program;
    std::string text;  // in the form in which equal ones are equal
};
using SharedSelector = std::shared_ptr<const ReadSelector>;

/// The selectors of all links and subscriptions: equal ones are one, so that they take memory once,
/// and a message of a topic is judged by them once.
/// Threading: loop-confined.
class Selectors {
public:
    /// Of the texts of different ones; one takes some 15 times its text. Who asks for a text that
    /// is not there may have a `kShares`th of what is left free.
    static constexpr std::size_t kBytesMax = std::size_t{16} * 1024 * 1024;
    static constexpr std::size_t kShares = 16;

    Selectors() = default;
    Selectors(const Selectors&) = delete;
    Selectors& operator=(const Selectors&) = delete;

    /// Errors: amqp:invalid-field, amqp:resource-limit-exceeded, with the column and what to do.
    /// What is read may be read again from its `text`. It must not outlive this.
    [[nodiscard]] Result<SharedSelector> read(std::string_view text);

    std::size_t size() const { return known_.size(); }
    std::size_t bytes() const { return bytes_; }

private:
    std::map<std::string, std::weak_ptr<const ReadSelector>, std::less<>> known_;
    std::size_t bytes_ = 0;
};

}  // namespace weft::broker
