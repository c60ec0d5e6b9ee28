// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/script_place.hpp"

#include "messages/registry.hpp"
#include "runtime/codec/type_entry.hpp"
#include "runtime/keys/bulk_seal.hpp"
#include "test/fuzz/bus_script.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::test {

namespace {

constexpr keys::unix_seconds noon = 1'700'000'000;
constexpr std::size_t kept_max = 8;
constexpr int wakes_max = 2000;
constexpr std::uint64_t requests_from = 1'000'000;
const node_ref self{.node = {100}, .life = {7}};

const type_table& table() {
  static const type_table all = make_table(registry{});
  return all;
}

keys::secret_key secret_of(unsigned number) {
  std::array<std::byte, keys::key_bytes> value{};
  value.fill(static_cast<std::byte>(number));
  return keys::secret_key(value);
}

keys::node_keys keys_of(unsigned number, const std::string& name, std::uint64_t node) {
  const auto cluster = secret_of(200);
  const auto link = secret_of(number);
  const auto key = keys::link_key_of(link);
  const keys::certificate of{.serial = number,
                             .cluster = "blue",
                             .name = name,
                             .node = node,
                             .roles = ~0U,
                             .link_key = bytes(key.value.begin(), key.value.end()),
                             .not_before = noon - 3600,
                             .not_after = noon + 3600};
  return {.me = {.of = of, .link_key = key, .signer = keys::signing_key_of(cluster)},
          .certificate = keys::issue(of, cluster),
          .link_secret = link,
          .believes = {"blue", {keys::signing_key_of(cluster)}, {.cluster = "blue"}}};
}

std::array<script_peer, peers> make_peers() {
  std::array<script_peer, peers> all;
  for (unsigned at = 0; at < peers; ++at) {
    auto& one = all[at];
    // Some names go before ours, some after: whose call counts depends on it.
    one.node = {.node = {at % 2 == 0 ? 10 + at : 300 + at}, .life = {1}};
    one.name = "peer" + std::to_string(at);
    const auto mine = keys_of(at + 1, one.name, one.node.node.value);
    const auto text = keys::to_text(mine.me.link_key);
    std::copy_n(text.begin(), one.key.size(), one.key.begin());
    one.certificate = at == stranger ? bytes{} : mine.certificate;
    one.bulk_secret = secret_of(100 + at);
  }
  return all;
}

const std::array<script_peer, peers>& all_peers() {
  static const auto all = make_peers();
  return all;
}

const keys::node_keys& own_keys() {
  static const auto mine = keys_of(50, "here", self.node.value);
  return mine;
}

} // namespace

std::shared_ptr<bus_security> script_place::security() const {
  auto out = std::make_shared<bus_security>();
  out->keys = std::make_shared<keys::live_keys>(own_keys());
  for (const auto& entry : table().entries()) {
    out->senders[entry.type] = entry.type % 2 == 0 ? ~0U : 0U;
  }
  out->calendar = [] {
    return noon;
  };
  return out;
}

script_place::script_place(bool authenticated, std::function<void(const std::string&)> fail)
    : fail_(std::move(fail)),
      authenticated_(authenticated),
      peers_(all_peers()),
      last_request_(requests_from) {
  bus_options options{.self = self, .name = "here", .cluster = "blue"};
  options.limits.attachment_bytes_max = std::size_t{1} << 20U;
  if (authenticated_) {
    options.security = security();
  }
  core_ = std::make_unique<bus_core>(std::move(options), table(), net_, gate_);
  for (auto& actor : actors_) {
    actor = core_->attach(&actor == actors_.data() ? "ear" : "");
  }
  core_->subscribe(actors_.front());
}

script_place::~script_place() {
  gate_->close();
}

void script_place::say_hello(unsigned who, std::uint8_t flaws) {
  auto& by = peers_[who];
  by.nonce += (flaws & hello_flaw::earlier) != 0 ? std::uint64_t{0} - 1 : 1;
  by.seq = {1, 0};
  hello_body said{.protocol = bus_protocol,
                  .node = by.node,
                  .name = by.name,
                  .cluster = (flaws & hello_flaw::other_cluster) != 0 ? "red" : "blue",
                  .nonce = by.nonce,
                  .answers = (flaws & hello_flaw::answers) != 0 ? begun(by).nonce : 0,
                  .named = {{"ear", 1}},
                  .control_window_bytes = 1U << 20U,
                  .bulk_window_bytes = 1U << 20U};
  for (const auto& entry : table().entries()) {
    said.types.push_back(entry.type);
  }
  if ((flaws & hello_flaw::no_endpoints) == 0) {
    said.endpoints = {endpoint_of(by)};
  }
  if ((flaws & hello_flaw::other_node) != 0) {
    said.node = peers_[(who + 1) % peers].node;
  }
  if ((flaws & hello_flaw::modern) != 0) {
    said.features = feature::all;
  }
  if ((flaws & hello_flaw::tiny_window) != 0) {
    said.control_window_bytes = 100;
    said.bulk_window_bytes = 10;
  }
  if (authenticated_) {
    said.certificate = (flaws & hello_flaw::borrowed) != 0 ? peers_[(who + 1) % peers].certificate
                                                           : by.certificate;
    said.bulk_secret.assign(by.bulk_secret.value().begin(), by.bulk_secret.value().end());
  }
  bytes data;
  write_frame({.kind = frame_kind::hello, .seq = 1}, encode_hello(said), data);
  hand(by, lane::control, std::move(data), {});
}

void script_place::repair(script_peer& by, lane way, bytes& head) {
  auto& seq = by.seq[static_cast<std::size_t>(way)];
  ++seq;
  head[0] = static_cast<std::byte>(envelope_version);
  std::memcpy(head.data() + 32, &seq, sizeof seq);
}

void script_place::say(script_peer& by, lane way, envelope head, bytes_view body, bytes bulk) {
  head.seq = ++by.seq[static_cast<std::size_t>(way)];
  bytes data;
  write_frame(head, body, data);
  if (authenticated_ && way == lane::bulk) {
    const auto tag = keys::seal_bulk(by.bulk_secret, head.seq, data, bulk);
    data.insert(data.end(), tag.begin(), tag.end());
  }
  hand(by, way, std::move(data), std::move(bulk));
}

void script_place::hand(const script_peer& by, lane way, bytes head, bytes bulk) {
  frame data{.head = blob(std::move(head)), .bulk = blob(std::move(bulk))};
  data.sender = by.key;
  core_->on_frame({by.node, by.nonce}, way, data);
}

void script_place::send(unsigned to, unsigned kind, unsigned target) {
  const actor_ref whom{peers_[to].node, target, 0};
  outgoing what{.to = whom, .body = message::of(cancel{})};
  if (kind % 4 == 1) {
    what.what = delivery::kind::request;
    what.request_id = ++last_request_;
    what.body = message::of(status_query{});
    what.deadline = kind >= 128 ? net_.time + 1s : time_point::max();
    open_.insert(what.request_id);
  } else if (kind % 4 == 2) {
    what.body = message::of(part{.attachment = blob(bytes(5000))});
  } else if (kind % 4 == 3 && !kept_.empty()) {
    const auto& asked = kept_.back();
    what = {.to = asked.from,
            .what = delivery::kind::response,
            .request_id = asked.request_id,
            .body = message::of(status_report{})};
  }
  bus_core::prepared ready;
  bus_core::prepare(core_->table(), what, ready);
  core_->send({self, actors_.front(), 0}, std::move(what), ready);
}

void script_place::watch(unsigned whom, unsigned target) {
  const actor_ref who{peers_[whom].node, target / 2, 0};
  if (target % 2 == 0) {
    core_->monitor({self, actors_.front(), 0}, who);
  } else {
    core_->demonitor({self, actors_.front(), 0}, who);
  }
}

void script_place::end_actor() {
  if (const auto actor = std::exchange(actors_.back(), 0); actor != 0) {
    core_->ended(actor, {.code = errc::peer_gone, .text = "it ended"});
  }
}

void script_place::dial(unsigned whom, unsigned how) {
  const auto& peer = peers_[whom];
  const auto endpoint = endpoint_of(peer);
  switch (how % 4) {
    case 0:
      core_->connect(endpoint);
      break;
    case 1:
      core_->stop_connecting(endpoint);
      break;
    case 2:
      core_->learn(peer.node, {endpoint});
      break;
    default:
      core_->unlearn(peer.node);
  }
}

void script_place::take(const post& what) {
  if (std::get_if<peer_up>(&what.what) != nullptr) {
    ++ups;
  }
  if (std::get_if<down>(&what.what) != nullptr) {
    ++downs;
  }
  const auto* said = std::get_if<delivery>(&what.what);
  if (said == nullptr) {
    return;
  }
  if (authenticated_ && said->from.node == peers_[stranger].node && said->hold != nullptr) {
    fail_("a message of a process without a certificate was delivered");
  }
  if (said->what == delivery::kind::response) {
    ++answered;
    if (open_.erase(said->request_id) == 0) {
      fail_("an answer to what was not asked, or was answered before");
    }
    return;
  }
  ++delivered;
  kept_.push_back(*said);
  if (kept_.size() > kept_max) {
    kept_.pop_front();
  }
}

void script_place::check() {
  for (const auto& [link, s] : core_->sessions()) {
    if (s->up() && !s->remote()) {
      fail_("a session is up with nobody");
    }
    if (authenticated_ && s->remote() && !s->identity()) {
      fail_("a session stands with a process without a certificate");
    }
    if (s->identity() && s->identity()->certificate.of.node != s->remote()->node.node.value) {
      fail_("a session stands with one process by the certificate of another");
    }
  }
  if (core_->open_requests() < open_.size()) {
    fail_("a request is neither open nor answered");
  }
}

void script_place::pass(duration time) {
  const auto end = net_.time + time;
  for (int wakes = 0; wakes < wakes_max && net_.next_wake <= end; ++wakes) {
    net_.time = std::max(net_.time, std::exchange(net_.next_wake, time_point::max()));
    core_->on_wake();
    settle();
  }
  net_.time = end;
}

void script_place::settle() {
  core_->take_posts(posts_);
  for (const auto& each : posts_) {
    take(each);
  }
  posts_.clear();
  check();
}

// Whatever was said, after long silence nobody is left and every request is answered.
void script_place::finish() {
  net_.full = false;
  pass(20s);
  kept_.clear();
  for (const auto& [link, s] : core_->sessions()) {
    if (s->up()) {
      fail_("a session outlives its silent peer");
    }
  }
  if (!open_.empty()) {
    fail_("a request was never answered");
  }
  core_->stop(true);
}

} // namespace troupe::test
