// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/security.hpp"

#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/envelope.hpp"
#include "runtime/bus/sim_network.hpp"
#include "test/unit/bus/bus_fixture.hpp"
#include "test/unit/bus/key_fixture.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

using namespace troupe;
using namespace troupe::test;

namespace {

bytes copy_of(const blob& data) {
  const auto all = data.view();
  return {all.begin(), all.end()};
}

frame bare_frame(const envelope& head) {
  bytes out;
  write_envelope(head, out);
  return {.head = blob(std::move(out))};
}

/// A transport whose frames can be seen and changed on their way out.
class tap final : public transport {
public:
  explicit tap(std::unique_ptr<transport> inner) : inner_(std::move(inner)) {}

  void start(link_events& to) override { inner_->start(to); }
  void stop() override { inner_->stop(); }
  [[nodiscard]] std::vector<std::string> endpoints() const override { return inner_->endpoints(); }
  link_no open(const origin& self, const std::vector<std::string>& to) override {
    last = self;
    return inner_->open(self, to);
  }
  bool send(link_no link, lane way, const frame& data) override {
    frame changed = data;
    const int times = change ? change(way, changed) : 1;
    for (int i = 0; i < times; ++i) {
      inner_->send(link, way, changed);
    }
    return true;
  }
  void close(link_no link, bool flush) override { inner_->close(link, flush); }
  void wake() override { inner_->wake(); }
  void flush_soon() override { inner_->flush_soon(); }
  void wake_at(time_point when) override { inner_->wake_at(when); }
  [[nodiscard]] time_point now() const override { return inner_->now(); }
  std::uint64_t random() override { return inner_->random(); }

  origin last;                             ///< Of the link opened last.
  std::function<int(lane, frame&)> change; ///< Returns how often the frame goes out.

private:
  std::unique_ptr<transport> inner_;
};

struct keyed_node {
  keyed_node(sim_network& net, std::uint64_t id, std::shared_ptr<bus_security> how,
             const sender_key& proved)
      : security(std::move(how)), system((configure_actors_for_testing(config), config)) {
    const node_ref self{node_id{id}, incarnation{id * 1000 + ++lives}};
    auto tapped = std::make_unique<tap>(net.attach(self, proved));
    wire = tapped.get();
    links = bus::start({.self = self, .name = node_name(id), .security = security},
                       bus_test_table(), std::move(tapped));
    ears = std::make_shared<heard>();
    ear = spawn_listener(system, ears);
    run();
    at = links->attach(ear, "ear");
    links->subscribe(ear);
  }
  ~keyed_node() {
    links->stop();
    end_listener(ear);
    run();
  }
  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }

  static inline std::uint64_t lives = 0;
  std::shared_ptr<bus_security> security;
  caf::actor_system_config config;
  caf::actor_system system;
  tap* wire = nullptr;
  std::unique_ptr<bus> links;
  std::shared_ptr<heard> ears;
  caf::actor ear;
  actor_ref at;
};

/// Node 1 has the speaker's role and calls node 2, which has the listener's.
struct keyed_pair {
  void begin() { begin(ring.make(1, role_speaker)); }
  void begin(const keys::node_keys& of_a) { begin(of_a, sender_of(of_a.me.link_key)); }
  void begin(const keys::node_keys& of_a, const sender_key& proved) {
    const auto of_b = ring.make(2, role_listener);
    a.emplace(net, 1, ring.security(of_a), proved);
    b.emplace(net, 2, ring.security(of_b), sender_of(of_b.me.link_key));
    a->links->connect(b->links->endpoints().front());
    run_for(10ms);
  }
  void run_for(duration time) {
    const auto end = clock.now() + time;
    clock.at(end, [] {});
    settle();
    while (clock.next() && *clock.next() <= end) {
      clock.step();
      settle();
    }
  }
  void settle() {
    a->run();
    b->run();
  }
  [[nodiscard]] bool is_refused() {
    return b->ears->ups.empty() && a->ears->ups.empty() && b->links->count().sessions == 0
           && b->links->count().refused.peers > 0;
  }

  key_ring ring;
  virtual_time clock;
  sim_network net{clock, clock, 7};
  std::optional<keyed_node> a;
  std::optional<keyed_node> b;
};

} // namespace

TEST_CASE("nodes with certificates of one cluster meet, tell, ask and send attachments") {
  keyed_pair two;
  two.begin();
  REQUIRE(two.b->ears->ups.size() == 1);
  const auto to = two.a->ears->ups[0].named.at("ear");
  two.a->links->send(two.a->at, {.to = to, .body = message::of(note{.number = 1})});
  two.a->links->send(two.a->at,
                     {.to = to, .body = message::of(crate{.attachment = blob(bytes(9'000'000))})});
  two.run_for(1s);
  CHECK(two.b->ears->messages.size() == 2);
  CHECK(two.b->links->count().refused.frames == 0);
  CHECK(two.ring.refusals.empty());
}

TEST_CASE("a hello is refused if its certificate does not hold") {
  keyed_pair two;
  const auto link = keys::make_secret_key();
  auto of = two.ring.certificate_of(1, role_speaker, link);
  SUBCASE("signed by another cluster's key") {
    key_ring other;
    auto mine = two.ring.make(of, link);
    mine.certificate = keys::issue(of, other.cluster);
    two.begin(mine);
  }
  SUBCASE("of another cluster") {
    of.cluster = "red";
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("expired") {
    of.not_after = noon - keys::clock_leeway - 1;
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("not valid yet") {
    of.not_before = noon + keys::clock_leeway + 1;
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("revoked") {
    two.ring.revoked.revoked = {{.serial = of.serial}};
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("of another node's name") {
    of.name = "node3";
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("of another node's id") {
    of.node = 3;
    two.begin(two.ring.make(of, link));
  }
  SUBCASE("of another key than the connection's") {
    two.begin(two.ring.make(of, link), sender_of(keys::link_key_of(keys::make_secret_key())));
  }
  SUBCASE("by a connection that proved nothing") {
    two.begin(two.ring.make(of, link), sender_key{});
  }
  SUBCASE("junk") {
    auto mine = two.ring.make(of, link);
    mine.certificate = bytes(300, std::byte{0x93});
    two.begin(mine);
  }
  SUBCASE("missing") {
    auto mine = two.ring.make(of, link);
    mine.certificate.clear();
    two.begin(mine);
  }
  CHECK(two.is_refused());
  REQUIRE(!two.ring.refusals.empty());
  CHECK(two.ring.refusals[0].what == "peer");
  CHECK(!two.ring.refusals[0].why.text.empty());
}

TEST_CASE("what a role may not send is dropped, counted and told, and a request is answered") {
  keyed_pair two;
  two.begin();
  const auto to = two.b->ears->ups[0].named.at("ear");
  auto& b = *two.b;
  b.links->send(b.at, {.to = to, .body = message::of(report{.number = 1})});
  b.links->send(b.at, {.to = to, .body = message::of(crate{.attachment = blob(bytes(10))})});
  b.links->send(b.at, {.to = to, .body = message::of(shout{})}); // In no row of the table.
  b.links->send(b.at, {.to = to,
                       .what = delivery::kind::request,
                       .request_id = 5,
                       .body = message::of(question{})});
  b.links->send(b.at, {.to = to, .body = message::of(note{.number = 2})});
  two.run_for(1s);

  REQUIRE(two.a->ears->messages.size() == 1);
  CHECK(two.a->ears->messages[0].body.as<note>()->number == 2);
  CHECK(two.a->links->count().refused.messages == 4);
  REQUIRE(b.ears->messages.size() == 1);
  CHECK(b.ears->messages[0].request_id == 5);
  CHECK(b.ears->messages[0].why.code == errc::forbidden);
  CHECK(two.ring.refusals.size() == 4);
  CHECK(two.ring.refusals[0].node == "node2");
  CHECK(two.a->links->count().sessions == 1);
}

TEST_CASE("who asks again and again what it may not is answered a bounded number of times") {
  keyed_pair two;
  two.begin();
  const auto to = two.b->ears->ups[0].named.at("ear");
  std::uint64_t asked = 0;
  const auto answers_to = [&](int requests) {
    const auto before = two.b->ears->messages.size();
    for (int i = 0; i < requests; ++i) {
      two.b->links->send(two.b->at, {.to = to,
                                     .what = delivery::kind::request,
                                     .request_id = ++asked,
                                     .body = message::of(question{})});
    }
    two.run_for(100ms);
    return two.b->ears->messages.size() - before;
  };
  const auto at_once = answers_to(300);
  CHECK(at_once >= 100);
  CHECK(at_once <= 102);
  two.run_for(900ms);
  const auto a_second_later = answers_to(300);
  CHECK(a_second_later >= 18);
  CHECK(a_second_later <= 22);
  two.run_for(10s);
  CHECK(answers_to(50) == 50);

  CHECK(two.a->links->count().refused.messages == 650);
  CHECK(two.a->ears->messages.empty());
  CHECK(two.a->links->count().sessions == 1);
}

TEST_CASE("an answer that its sender's role may not give is an error to who asked") {
  keyed_pair two;
  two.begin();
  two.b->ears->on_message = [&](const delivery& asked) {
    two.b->links->send(two.b->at, {.to = asked.from,
                                   .what = delivery::kind::response,
                                   .request_id = asked.request_id,
                                   .body = message::of(report{})});
  };
  two.a->links->send(two.a->at, {.to = two.a->ears->ups[0].named.at("ear"),
                                 .what = delivery::kind::request,
                                 .request_id = 9,
                                 .body = message::of(question{})});
  two.run_for(1s);
  REQUIRE(two.a->ears->messages.size() == 1);
  CHECK(two.a->ears->messages[0].why.code == errc::forbidden);
  CHECK(two.a->links->count().open_requests == 0);
}

TEST_CASE("a standing session ends when its certificate is revoked or expires") {
  keyed_pair two;
  two.begin();
  two.b->links->recheck();
  CHECK(two.b->links->count().sessions == 1);
  SUBCASE("revoked") {
    two.ring.revoked.revoked = {{.serial = 1001}};
    auto mine = *two.b->security->keys->current();
    mine.believes = two.ring.believes();
    two.b->security->keys->replace(mine);
  }
  SUBCASE("expired") {
    two.ring.now = noon + 3600 + keys::clock_leeway + 1;
  }
  two.b->links->recheck();
  two.run_for(10ms);
  CHECK(two.b->ears->losses.size() == 1);
  CHECK(two.b->links->count().sessions == 0);
  two.a->links->connect(two.b->links->endpoints().front());
  two.run_for(1s);
  CHECK(two.b->ears->ups.size() == 1);
}

TEST_CASE("bulk bytes that were changed, repeated or cut are not delivered") {
  keyed_pair two;
  two.begin();
  int forged = 0;
  SUBCASE("changed") {
    two.a->wire->change = [&](lane way, frame& data) {
      if (way == lane::bulk && ++forged == 1) {
        auto other = copy_of(data.bulk);
        other[5] ^= std::byte{1};
        data.bulk = blob(std::move(other));
      }
      return 1;
    };
  }
  SUBCASE("of a changed place") {
    two.a->wire->change = [&](lane way, frame& data) {
      if (way == lane::bulk && ++forged == 1) {
        auto other = copy_of(data.head);
        other[20] ^= std::byte{1};
        data.head = blob(std::move(other));
      }
      return 1;
    };
  }
  SUBCASE("without a tag") {
    two.a->wire->change = [&](lane way, frame& data) {
      if (way == lane::bulk && ++forged == 1) {
        data.head = blob(data.head.owner(), data.head.view().first(envelope_bytes));
      }
      return 1;
    };
  }
  two.a->links->send(two.a->at, {.to = two.a->ears->ups[0].named.at("ear"),
                                 .body = message::of(crate{.attachment = blob(bytes(1000))})});
  two.run_for(1s);
  CHECK(two.b->ears->messages.empty());
  CHECK(two.b->links->count().refused.frames == 1);
  two.run_for(20s);
  CHECK(two.b->ears->losses.size() >= 1);
}

TEST_CASE("bulk frames sent twice are taken once") {
  keyed_pair two;
  two.begin();
  two.a->wire->change = [](lane way, frame&) {
    return way == lane::bulk ? 2 : 1;
  };
  two.a->links->send(two.a->at, {.to = two.a->ears->ups[0].named.at("ear"),
                                 .body = message::of(crate{.attachment = blob(bytes(9'000'000))})});
  two.run_for(1s);
  CHECK(two.b->ears->messages.size() == 1);
  CHECK(two.b->links->count().refused.frames == 3);
  CHECK(two.b->links->count().sessions == 1);
}

TEST_CASE("frames in a peer's name by another's connection change nothing") {
  keyed_pair two;
  two.begin();
  const auto victim = two.a->wire->last;
  auto thief = two.net.attach({node_id{9}, incarnation{9}},
                              sender_of(two.ring.make(9, role_speaker).me.link_key));
  const auto link = thief->open(victim, two.b->links->endpoints());
  for (std::uint64_t seq = 1; seq < 20; ++seq) {
    for (const auto kind : {frame_kind::tell, frame_kind::bye, frame_kind::hello}) {
      thief->send(
          link, lane::control,
          bare_frame({.kind = kind, .type = note::type, .target = two.b->at.actor, .seq = seq}));
    }
    thief->send(link, lane::bulk, bare_frame({.kind = frame_kind::chunk, .seq = seq}));
  }
  two.run_for(1s);
  CHECK(two.b->ears->messages.empty());
  CHECK(two.b->links->count().refused.frames == 19 * 4);
  CHECK(two.b->links->count().sessions == 1);
  CHECK(two.ring.refusals.size() < 10);
}

TEST_CASE("a peer cannot answer what another was asked") {
  keyed_pair two;
  two.begin();
  const auto of_c = two.ring.make(3, role_speaker);
  keyed_node c(two.net, 3, two.ring.security(of_c), sender_of(of_c.me.link_key));
  c.links->connect(two.a->links->endpoints().front());
  two.run_for(10ms);
  two.a->links->send(two.a->at, {.to = two.a->ears->ups[0].named.at("ear"),
                                 .what = delivery::kind::request,
                                 .request_id = 9,
                                 .body = message::of(question{})});
  two.run_for(10ms);
  c.wire->change = [&](lane way, frame& data) {
    const auto head = read_envelope(data.head.view());
    if (way == lane::control && head->kind == frame_kind::tell) {
      auto forged = *head;
      forged.kind = frame_kind::failure;
      forged.target = two.a->at.actor;
      forged.request_id = 9;
      data = bare_frame(forged);
    }
    return 1;
  };
  c.links->send(c.at, {.to = two.a->at, .body = message::of(note{})});
  two.run_for(10ms);
  CHECK(two.a->links->count().open_requests == 1);
  CHECK(two.a->ears->messages.empty());
}
