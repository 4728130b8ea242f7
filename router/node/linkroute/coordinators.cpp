#include "router/node/linkroute/coordinators.hpp"

#include "common/base/conditions.hpp"
#include "common/io/process.hpp"
#include "common/transaction/control.hpp"

namespace weft::node {

using router_transaction::SessionCoordinator;
using router_transaction::Turnstile;

/// The coordinator of one session.
class Coordinators::Session final : public router_transaction::CoordinatorPort,
                                    public std::enable_shared_from_this<Session> {
public:
    Session(Coordinators& all, const AskingSession& asking, std::string_view container)
        : all_{all}, asking_{asking}, container_{container} {}

    SessionCoordinator& coordinator() { return coordinator_; }
    void work(std::size_t& left) {
        is_due_ = false;
        coordinator_.work(left);
    }
    void tick() {
        is_awaiting_ = false;
        if (coordinator_.tick()) {
            await_declared();
        }
    }

private:
    std::string new_name() override {
        const auto bytes = io::random_bytes();
        return std::string(as_text(Bytes{bytes}));
    }
    void open(BrokerControl& control) override { all_.open_(asking_, container_, control); }
    void retire(std::unique_ptr<BrokerControl> control) override {
        all_.retired_.push_back(std::move(control));
    }
    void wake() override {
        if (!std::exchange(is_due_, true)) {
            all_.due_.push_back(weak_from_this());
        }
    }
    void await_declared() override {
        if (!std::exchange(is_awaiting_, true)) {
            all_.awaiting_.push_back(weak_from_this());
        }
    }
    bool keep(std::size_t bytes) override {
        return all_.list_.memory().keep(asking_.connection, bytes);
    }
    void give_back(std::size_t bytes) override {
        all_.list_.memory().give_back(asking_.connection, bytes);
    }

    Coordinators& all_;
    AskingSession asking_;
    std::string container_;
    bool is_due_ = false;
    bool is_awaiting_ = false;
    SessionCoordinator coordinator_{*this, all_.counters_};
};

/// What an end that may have a part in transactions keeps.
class Coordinators::Gate final : public RoutedGuard {
public:
    Gate(std::shared_ptr<Session> session, RoutedEnd& near)
        : session_{std::move(session)},
          turnstile_{session_->coordinator(), near.machine(), near.facts().broker} {}
    std::optional<Buffer> translated(Bytes state) const override {
        return turnstile_.translated(state);
    }
    void departed() override { turnstile_.departed(); }
    std::size_t held() const override { return turnstile_.held(); }

private:
    std::shared_ptr<Session> session_;
    Turnstile turnstile_;
};

/// What a client's link to the coordinator keeps.
class Coordinators::Control final : public RoutedGuard {
public:
    explicit Control(std::shared_ptr<Session> session) : session_{std::move(session)} {}

private:
    std::shared_ptr<Session> session_;
};

Coordinators::Coordinators(RoutedList& list, Open open, Close close)
    : list_{list}, open_{std::move(open)}, close_{std::move(close)} {}

Coordinators::~Coordinators() = default;

bool Coordinators::is_free(const amqp::Session& session) const {
    const auto at = coordinators_.find(&session);
    return at == coordinators_.end() || at->second->coordinator().is_idle();
}

void Coordinators::serve(const amqp::Session& session,
                         const AskingSession& asking,
                         std::string_view container,
                         RoutedEnd& near,
                         const amqp::Attach& attach) {
    std::shared_ptr<Session>& of_session = coordinators_[&session];
    if (!of_session) {
        of_session = std::make_shared<Session>(*this, asking, container);
    }
    near.keep(std::make_unique<Control>(of_session));
    of_session->coordinator().serve(near.machine(), attach);
}

void Coordinators::enter(const amqp::Session& session, RoutedEnd& near) {
    const auto at = coordinators_.find(&session);
    if (at != coordinators_.end() && near.machine().partner() != nullptr) {
        near.keep(std::make_unique<Gate>(at->second, near));
    }
}

bool Coordinators::refuses_part(const amqp::Session& session, Bytes state, const std::string& why) {
    const auto at = coordinators_.find(&session);
    const auto part = transaction::read_state(state);
    if (at == coordinators_.end() || !part) {
        return false;
    }
    at->second->coordinator().refuse_part(as_text(part->name), why);
    return true;
}

void Coordinators::forget(const amqp::Session& session) {
    if (const auto of_session = coordinators_.extract(&session); !of_session.empty()) {
        of_session.mapped()->coordinator().close();
    }
}

void Coordinators::work() {
    for (std::size_t left = kWordsAtOnce; left > 0 && !due_.empty();) {
        const std::shared_ptr<Session> session = due_.front().lock();
        due_.pop_front();  // it may become due again
        if (session) {
            session->work(left);
        }
    }
    destroy_retired();
}

void Coordinators::tick() {
    for (const std::weak_ptr<Session>& waiting : std::exchange(awaiting_, {})) {
        if (const std::shared_ptr<Session> session = waiting.lock()) {
            session->tick();
        }
    }
}

void Coordinators::destroy_retired() {
    for (const auto& control : std::exchange(retired_, {})) {
        close_(*control);
    }
}

void Coordinators::clear() {
    for (const auto& [session, of_session] : std::exchange(coordinators_, {})) {
        of_session->coordinator().close();
    }
    destroy_retired();
}

}  // namespace weft::node
