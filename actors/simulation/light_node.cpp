// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/light_node.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>

namespace troupe {

namespace {

class no_processes final : public launcher {
public:
  result<std::int64_t> start(const std::string&, const slot_config&) override {
    return error{.code = errc::unsupported, .text = "simulated nodes start no processes"};
  }
  void stop(std::int64_t) override {}
  void kill(std::int64_t) override {}
};

no_processes nothing_to_launch;

} // namespace

light_node::light_node(light_place& place, node_id id, std::string name, bool is_directory)
    : place_(place), id_(id), name_(std::move(name)), is_directory_(is_directory) {
}

light_node::~light_node() {
  crash();
}

template <class C>
C* light_node::add_core(const actor_ref& who, std::unique_ptr<C> core) {
  auto* made = core.get();
  light_hooks hooks{.now = [this] { return now(); },
                    .send = [this, who](const outgoing& what) { send(who, what); },
                    .monitor = [this, who](const actor_ref& whom) { monitor(who, whom); },
                    .demonitor = [this, who](const actor_ref& whom) { demonitor(who, whom); },
                    .wake_at = [this, who](time_point when) { wake_at(who, when); },
                    .checked = place_.checked};
  put(who, std::make_unique<core_actor<C>>(std::move(core), std::move(hooks)));
  return made;
}

void light_node::start(const maker& named) {
  TROUPE_CHECK(core_ == nullptr);
  self_ = {.node = id_, .life = {mix64(mix64(place_.seed, id_.value), ++lives_)}};
  over_ = place_.network.attach(self_);
  gate_ = std::make_shared<wake_gate>(over_.get());
  const auto older = place_.older_types.find(id_);
  core_ = std::make_unique<bus_core>(
      bus_options{.self = self_, .name = name_, .limits = place_.limits, .mutants = place_.links},
      older == place_.older_types.end() ? place_.types : older->second, *over_, gate_);
  over_->start(*this);
  watcher_ = reserve().actor;
  core_->subscribe(watcher_);
  services_.clear();
  named_.clear();
  if (named) {
    named(*this);
  }
  actor_ref directory_ref;
  if (is_directory_) {
    directory_ref = reserve("directory");
    directory_ = add_core(
        directory_ref,
        std::make_unique<directory_core>(
            directory_config{.name = name_, .self = self_, .mutants = place_.directory}, now()));
    services_.push_back({.role = service_role::directory, .actor = directory_ref});
  }
  if (place_.with_agents) {
    agent_ref_ = reserve("agent");
    agent_ = add_core(
        agent_ref_,
        std::make_unique<node_core>(
            node_config{.name = name_, .obeys_older_epochs = place_.directory.obeys_older_epochs},
            self_, nothing_to_launch));
    services_.push_back({.role = service_role::node, .actor = agent_ref_});
  }
  membership_ref_ = reserve("membership");
  membership_ =
      add_core(membership_ref_, std::make_unique<membership_core>(
                                    membership_config{.name = name_, .mutants = place_.directory},
                                    describe(), static_cast<membership_port&>(*this)));
  membership_actor_ =
      dynamic_cast<core_actor<membership_core>*>(actors_.at(membership_ref_.actor).get());
  membership_actor_->run(nullptr, [&](context& cx) {
    if (agent_ != nullptr) {
      membership_->add_listener(agent_ref_, cx);
    }
    if (directory_ != nullptr) {
      membership_->on_directory(directory_ref, cx);
    }
  });
  collect();
}

void light_node::crash() {
  if (core_ == nullptr) {
    return;
  }
  core_->stop(false);
  gate_->close();
  place_.network.crash(id_);
  over_->stop();
  mailbox_.clear();
  actors_.clear();
  membership_ = nullptr;
  membership_actor_ = nullptr;
  directory_ = nullptr;
  agent_ = nullptr;
  nonces_.clear();
  ended_.clear();
  core_.reset();
  over_.reset();
}

void light_node::leave() {
  membership_actor_->run(nullptr, [&](context& cx) { membership_->leave_now(cx); });
  core_->on_flush();
  core_->stop(true);
  crash();
}

member light_node::describe() const {
  auto all = services_;
  all.insert(all.end(), named_.begin(), named_.end());
  return {
      .node = self_, .name = name_, .endpoints = over_->endpoints(), .services = std::move(all)};
}

void light_node::announce(std::vector<service> more) {
  named_ = std::move(more);
  if (membership_actor_ != nullptr) {
    membership_actor_->run(nullptr, [&](context& cx) { membership_->set_me(describe(), cx); });
  }
}

actor_ref light_node::reserve(const std::string& name) {
  return {self_, core_->attach(name), 0};
}

void light_node::put(const actor_ref& who, std::unique_ptr<light_actor> what) {
  actors_[who.actor] = std::move(what);
}

void light_node::end(const actor_ref& who) {
  core_->ended(who.actor, {});
  actors_.erase(who.actor);
  collect();
}

bool light_node::send(const actor_ref& from, outgoing what) {
  bus_core::prepared ready;
  const bool here = what.to.node == self_;
  if (!here && what.to) {
    bus_core::prepare(core_->table(), what, ready);
  }
  const auto before = core_->messages_out;
  const bool there = here && core_->attached(what.to.actor);
  core_->send(from, std::move(what), ready);
  const bool taken = there || core_->messages_out != before;
  collect();
  return taken;
}

void light_node::monitor(const actor_ref& watcher, const actor_ref& who) {
  core_->monitor(watcher, who);
  collect();
}

void light_node::demonitor(const actor_ref& watcher, const actor_ref& who) {
  core_->demonitor(watcher, who);
  collect();
}

void light_node::wake_at(const actor_ref& who, time_point when) {
  place_.time.at(std::max(when, now()), [this, who] {
    if (core_ != nullptr && self_ == who.node && actors_.contains(who.actor)) {
      mailbox_.push_back({.what = {.actor = who.actor, .what = pool_pulse{}}, .is_wake = true});
      collect();
    }
  });
}

bool light_node::has_down(const actor_ref& watcher, const actor_ref& who) const {
  return std::ranges::any_of(mailbox_, [&](const mail& each) {
    const auto* what = std::get_if<down>(&each.what.what);
    return each.what.actor == watcher.actor && what != nullptr && what->who == who;
  });
}

std::uint64_t light_node::session_to(const node_ref& who) const {
  std::uint64_t found = 0;
  for (const auto& [link, s] : core_->sessions()) {
    if (s->remote() && s->remote()->node == who && (found == 0 || s->up())) {
      found = s->how().serial;
    }
  }
  return found;
}

bool light_node::stands(std::uint64_t session) const {
  return std::ranges::any_of(core_->sessions(), [&](const auto& each) {
    return each.second->up() && each.second->how().serial == session;
  });
}

void light_node::order_of(const light_node& to) {
  const auto& epoch = membership_->epoch();
  send(agent_ref_, {.to = to.agent_ref_,
                    .body = message::of(order{.epoch = epoch.number,
                                              .node = to.self_.life,
                                              .slot = "simulated",
                                              .want = {.roles = "cache"},
                                              .leader = epoch.leader})});
}

void light_node::on_frame(const origin& from, lane way, frame data) {
  core_->on_frame(from, way, data);
  collect();
}

void light_node::on_lost(link_no link, const error& why) {
  core_->on_lost(link, why);
  collect();
}

void light_node::on_wake() {
  core_->on_wake();
  collect();
}

void light_node::on_flush() {
  core_->on_flush();
}

void light_node::connect_seeds(bool /*alone*/) {
  for (const auto& endpoint : place_.seeds) {
    core_->connect(endpoint);
  }
}

void light_node::connect_directory(const member& who) {
  if (!who.endpoints.empty()) {
    core_->connect(who.endpoints.front());
  }
}

void light_node::forget_directory(const member& who) {
  if (!who.endpoints.empty()
      && std::ranges::find(place_.seeds, who.endpoints.front()) == place_.seeds.end()) {
    core_->stop_connecting(who.endpoints.front());
  }
}

void light_node::learn(const member& who) {
  if (who.node != self_) {
    core_->learn(who.node, who.endpoints);
  }
}

void light_node::unlearn(const member& who) {
  core_->unlearn(who.node);
}

void light_node::collect() {
  core_->take_posts(spare_);
  for (auto& each : spare_) {
    mailbox_.push_back({.what = std::move(each)});
  }
  spare_.clear();
  if (!mailbox_.empty() && !is_due_) {
    is_due_ = true;
    place_.due.push_back(this);
  }
}

bool light_node::run() {
  is_due_ = false;
  core_ran_ = false;
  while (core_ != nullptr && !mailbox_.empty()) {
    auto what = std::move(mailbox_.front());
    mailbox_.pop_front();
    deliver(what);
  }
  return core_ran_;
}

void light_node::deliver(mail& what) {
  if (const auto* up = std::get_if<peer_up>(&what.what.what)) {
    peer_came(*up);
    return;
  }
  if (const auto* left = std::get_if<peer_down>(&what.what.what)) {
    peer_left(*left);
    return;
  }
  const auto at = actors_.find(what.what.actor);
  if (at == actors_.end()) {
    return;
  }
  auto& to = *at->second;
  core_ran_ = core_ran_ || to.is_core();
  if (what.is_wake) {
    to.wake();
  } else if (const auto* ended = std::get_if<down>(&what.what.what)) {
    to.on(*ended);
  } else if (auto* came = std::get_if<delivery>(&what.what.what)) {
    if (came->hold == nullptr || came->hold->alive()) {
      to.on(*came);
    } else if (came->what == delivery::kind::response) {
      to.on(delivery{.from = came->from,
                     .what = came->what,
                     .request_id = came->request_id,
                     .why = {.code = errc::peer_gone,
                             .text = "the link broke before the answer was read",
                             .retryable = true}});
    }
  }
}

void light_node::peer_came(const peer_up& who) {
  for (const auto& [link, s] : core_->sessions()) {
    if (s->how().serial == who.session) {
      nonces_[who.session] = s->how().nonce;
    }
  }
  const auto found = who.named.find("directory");
  if (found != who.named.end()) {
    core_ran_ = true;
    membership_actor_->run(nullptr,
                           [&](context& cx) { membership_->on_directory(found->second, cx); });
  }
}

void light_node::peer_left(const peer_down& who) {
  if (const auto nonce = nonces_.find(who.session); nonce != nonces_.end()) {
    ended_[nonce->second] = {.when = now(), .why = who.why.text};
    nonces_.erase(nonce);
  }
  if (told_) {
    told_(who);
  }
}

} // namespace troupe
