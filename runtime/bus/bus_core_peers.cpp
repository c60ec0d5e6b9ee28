// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"
#include "runtime/bus/endpoint.hpp"

#include <algorithm>
#include <utility>

/// Which session leads to which node: opening, meeting, ending.
namespace troupe {

namespace {

constexpr auto redial_after = 200ms; ///< After a refusal.
constexpr std::size_t reached_max = 1024;

} // namespace

hello_body bus_core::hello(std::uint64_t nonce, std::uint64_t answers) const {
  hello_body body{.protocol = bus_protocol,
                  .node = options_.self,
                  .name = options_.name,
                  .cluster = options_.cluster,
                  .nonce = nonce,
                  .answers = answers,
                  .endpoints = over_.endpoints(),
                  .control_window_bytes = options_.limits.control_window_bytes,
                  .bulk_window_bytes = options_.limits.bulk_window_bytes,
                  .features = feature::all};
  for (const auto& entry : table_.entries()) {
    body.types.push_back(entry.type);
  }
  for (const auto& [actor, name] : locals_) {
    if (!name.empty()) {
      body.named.push_back({name, actor});
    }
  }
  return body;
}

session& bus_core::open(const node_ref& node, const std::vector<std::string>& endpoints,
                        const node_ref& initiator, std::uint64_t answers) {
  session::setup how{
      .serial = ++last_session_, .initiator = initiator, .mutants = options_.mutants};
  // Who called gives up after that too, or never hears the answer.
  how.patience = answers != 0 ? options_.limits.dial_max : options_.limits.handshake_max;
  how.nonce = (how.serial << 32U) | (over_.random() & 0xFFFFFFFFU);
  if (guard_.on()) {
    how.bulk_secret = keys::make_secret_key();
    how.toward = endpoints.empty() ? std::string{} : split_endpoint(endpoints.front()).key;
  }
  how.link = over_.open({options_.self, how.nonce}, endpoints);
  auto& s = *(sessions_[how.link] =
                  std::make_unique<session>(how, options_.limits, table_, over_, gate_));
  by_nonce_[how.nonce] = how.link;
  if (node != node_ref{}) {
    current_[node] = how.link;
  }
  auto ours = hello(how.nonce, answers);
  if (answers == 0 && !options_.mutants.incarnation_unchecked) {
    ours.meant = node;
  }
  guard_.introduce(ours, how.bulk_secret.value_or(keys::secret_key{}));
  s.say_hello(ours);
  wake_for(s.next_wake());
  return s;
}

session* bus_core::session_to(const actor_ref& who, error& why) {
  const auto at = current_.find(who.node);
  if (at != current_.end()) {
    auto& s = *sessions_.at(at->second);
    if (who.session == 0 || who.session == s.how().serial) {
      return &s;
    }
  }
  if (at != current_.end() || who.session != 0 || who.node.node == options_.self.node) {
    why = {
        .code = errc::peer_gone, .text = "the session to that node has ended", .retryable = true};
    return nullptr;
  }
  const auto* known = known_.find(who.node);
  if (known == nullptr) {
    why = {.code = errc::not_found,
           .text = "no endpoint is known for that node; it has to join first"};
    return nullptr;
  }
  return &open(who.node, *known, options_.self, 0);
}

// A session that another side began counts too: a second one beside it would end it. A peer may
// name its endpoints otherwise than they are dialed; and it may be this node.
bool bus_core::reaches(const std::string& endpoint, bool only_up) const {
  const auto reached = reached_.find(endpoint);
  const auto who = reached == reached_.end() ? node_id{} : reached->second;
  if (who == options_.self.node) {
    return true;
  }
  // So does a call to a node that is known to listen there: of two the peer keeps the later, and we
  // the one that is answered first.
  const auto is_called = [&](const auto& each) {
    const auto* known = known_.find(each.first);
    return known != nullptr && !known->empty() && known->front() == endpoint
           && over_.now() < sessions_.at(each.second)->opened() + options_.limits.dial_max;
  };
  if (!only_up && std::ranges::any_of(current_, is_called)) {
    return true;
  }
  return std::ranges::any_of(sessions_, [&](const auto& each) {
    const auto& peer = each.second->peer();
    if (only_up && !each.second->up()) {
      return false;
    }
    return (who != node_id{} && peer.node.node == who)
           || std::ranges::find(peer.endpoints, endpoint) != peer.endpoints.end();
  });
}

void bus_core::connect(const std::string& endpoint) {
  if (reaches(endpoint, true)) {
    return;
  }
  dials_.try_emplace(endpoint, dial{.link = 0, .again = over_.now()});
  redial(over_.now());
}

void bus_core::stop_connecting(const std::string& endpoint) {
  const auto found = dials_.find(endpoint);
  if (found == dials_.end()) {
    return;
  }
  const auto link = found->second.link;
  dials_.erase(found);
  const auto at = sessions_.find(link);
  const bool is_current =
      std::ranges::any_of(current_, [&](const auto& each) { return each.second == link; });
  if (at != sessions_.end() && !at->second->up() && !is_current) {
    forget(link);
  }
}

void bus_core::redial(time_point now) {
  std::vector<link_no> given_up;
  for (auto& [endpoint, to] : dials_) {
    if (now < to.again) {
      continue;
    }
    if (to.link != 0) {
      given_up.push_back(to.link);
    } else if (reaches(endpoint, false)) {
      to.again = now + redial_after;
      wake_for(to.again);
    } else {
      to.link = open({}, {endpoint}, options_.self, 0).how().link;
      to.again = now + options_.limits.dial_max;
      wake_for(to.again);
    }
  }
  for (const auto link : given_up) {
    end(link, {.code = errc::timeout, .text = "no answer to the handshake", .retryable = true});
  }
}

void bus_core::remember_dial(link_no link, node_id reached) {
  for (const auto& [endpoint, to] : dials_) {
    if (to.link == link && (reached_.size() < reached_max || reached_.contains(endpoint))) {
      reached_[endpoint] = reached;
    }
  }
}

void bus_core::learn(const node_ref& node, std::vector<std::string> endpoints) {
  if (node != options_.self && !endpoints.empty()) {
    known_.learn(node, std::move(endpoints));
  }
}

void bus_core::unlearn(const node_ref& node) {
  known_.unlearn(node);
}

actor_ref bus_core::find(const node_ref& node, const std::string& name) const {
  if (node == options_.self) {
    for (const auto& [actor, its_name] : locals_) {
      if (its_name == name) {
        return here(actor);
      }
    }
    return {};
  }
  const auto at = current_.find(node);
  if (at == current_.end() || !sessions_.at(at->second)->up()) {
    return {};
  }
  const auto& s = *sessions_.at(at->second);
  for (const auto& each : s.peer().named) {
    if (each.name == name) {
      return {node, each.actor, s.how().serial};
    }
  }
  return {};
}

void bus_core::on_hello(const origin& from, const hello_body& body) {
  const bool fits = body.protocol == bus_protocol && body.cluster == options_.cluster
                    && body.node == from.node && body.nonce == from.nonce
                    && body.node.node != options_.self.node && from.node != node_ref{};
  if (!fits) {
    ++dropped;
    if (const auto own = by_nonce_.find(body.nonce);
        body.node == options_.self && own != by_nonce_.end()) {
      const auto link = own->second;
      remember_dial(link, options_.self.node);
      std::erase_if(dials_, [&](const auto& each) { return each.second.link == link; });
      end(link, {.code = errc::unsupported, .text = "that is this node itself"});
      return;
    }
    if (const auto ours = by_nonce_.find(body.answers); ours != by_nonce_.end()) {
      end(ours->second, {.code = errc::unsupported,
                         .text = "the peer speaks another protocol, or is of another cluster, or "
                                 "has this node's name; check --name and the cluster's name"});
    }
    return;
  }
  if (body.answers != 0) {
    on_answer(from, body);
  } else {
    on_call(from, body);
  }
}

// Both sides see the same two sessions and must keep the same one: the later of one caller, else
// that of the smaller node.
bool bus_core::ours_wins(const session& ours, const session& other) const {
  if (ours.how().initiator == other.how().initiator) {
    return ours.how().nonce > other.how().nonce;
  }
  return ours.how().initiator < other.how().initiator;
}

void bus_core::on_answer(const origin& from, const hello_body& body) {
  const auto at = by_nonce_.find(body.answers);
  if (at == by_nonce_.end() || sessions_.at(at->second)->remote()) {
    ++dropped;
    return;
  }
  const auto link = at->second;
  auto& ours = *sessions_.at(link);
  remember_dial(link, from.node.node);
  for (const auto& [node, named] : current_) {
    if (named == link && node != from.node && !options_.mutants.incarnation_unchecked) {
      end(link, {.code = errc::peer_gone,
                 .text = "another process answers at that node's endpoint",
                 .retryable = true});
      return;
    }
  }
  const auto known = current_.find(from.node);
  if (known != current_.end() && known->second != link) {
    auto& other = *sessions_.at(known->second);
    if (other.up()) {
      end(known->second, {.code = errc::peer_gone, .text = "the peer began a new session"});
    } else if (ours_wins(ours, other)) {
      replace(other, ours);
    } else {
      replace(ours, other);
      return;
    }
  }
  bind(ours, from, body);
}

// The session that is up now is the one to use, unless the peer has begun a later one. False: it is
// no more.
bool bus_core::take_over(session& s) {
  const auto link = s.how().link;
  const auto known = current_.find(s.remote()->node);
  if (known != current_.end() && known->second != link) {
    const auto& other = *sessions_.at(known->second);
    if (other.remote() && other.remote()->nonce > s.remote()->nonce) {
      forget(link, true);
      return false;
    }
    if (other.up()) {
      end(known->second, {.code = errc::peer_gone, .text = "the peer began a new session"});
    } else {
      replace(*sessions_.at(known->second), s);
    }
    known_.session_stands(s.remote()->node, s.peer().endpoints);
  }
  current_[s.remote()->node] = link;
  return true;
}

// A node runs once: of sessions with two lives of it, which is so until the end of the former one
// is told, the one whose hello came last counts.
void bus_core::end_former_lives(const session& s) {
  std::vector<link_no> former;
  for (const auto& [link, other] : sessions_) {
    const bool is_other_life = other->up() && other->remote()->node.node == s.remote()->node.node
                               && other->remote()->node.life != s.remote()->node.life;
    if (is_other_life) {
      former.push_back(other->met() > s.met() ? s.how().link : link);
    }
  }
  for (const auto link : former) {
    give_up(link, {.code = errc::peer_gone,
                   .text = "another process runs under that node's name",
                   .retryable = true});
  }
}

void bus_core::bind(session& s, const origin& from, const hello_body& body) {
  current_[from.node] = s.how().link;
  answer(s, from, body);
}

void bus_core::answer(session& s, const origin& from, const hello_body& body) {
  by_origin_[from] = s.how().link;
  known_.session_stands(from.node, body.endpoints);
  over_.met(s.how().link, body.endpoints);
  s.accept(from, body, std::exchange(admitted_, std::nullopt));
}

// Leaves nothing of the link itself; what depended on the session is the caller's.
void bus_core::forget(link_no link, bool flush) {
  const auto at = sessions_.find(link);
  if (at == sessions_.end()) {
    return;
  }
  auto& s = *at->second;
  s.end();
  ended_frames_in += s.frames_in();
  ended_frames_out += s.frames_out();
  over_.close(link, flush);
  by_nonce_.erase(s.how().nonce);
  if (s.remote()) {
    by_origin_.erase(*s.remote());
  }
  std::erase_if(current_, [&](const auto& each) {
    const bool is_its = each.second == link;
    if (is_its) {
      known_.session_ended(each.first);
    }
    return is_its;
  });
  std::erase_if(dials_, [&](const auto& each) { return each.second.link == link; });
  sessions_.erase(at);
}

// Of two sessions begun at once: what waited in the one goes by the other.
void bus_core::replace(session& old, session& by) {
  for (auto each : requests_.take_session(old.how().serial)) {
    each.session = by.how().serial;
    requests_.add(each);
  }
  if (!options_.mutants.waiting_lost) {
    old.move_waiting_to(by);
  }
  forget(old.how().link);
}

// The peer cannot see that this side is done with it: its own link still stands.
void bus_core::give_up(link_no link, const error& why) {
  if (const auto at = sessions_.find(link); at != sessions_.end() && at->second->up()) {
    at->second->bye(why);
  }
  end(link, why);
}

void bus_core::end(link_no link, const error& why) {
  const auto at = sessions_.find(link);
  if (at == sessions_.end()) {
    return;
  }
  node_ref peer;
  for (const auto& [node, named] : current_) {
    peer = named == link ? node : peer;
  }
  const auto was_up = at->second->up();
  const auto serial = at->second->how().serial;
  for (auto& [endpoint, to] : dials_) {
    if (to.link == link && !was_up) {
      const auto after = why.code == errc::timeout ? 0ms : redial_after;
      to = {.link = 0, .again = over_.now() + after};
      wake_for(to.again);
    }
  }
  forget(link, was_up);
  const error gone{.code = errc::peer_gone, .text = why.text, .retryable = true};
  for (const auto& asked : requests_.take_session(serial)) {
    if (asked.requester.node == options_.self && !options_.mutants.requests_forgotten) {
      answer_failure(asked, gone);
    }
  }
  if (peer == node_ref{}) {
    return;
  }
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    const auto [watched, watcher] = *watch;
    if (watched.node == peer || watcher.node == peer) {
      watch = watches_.erase(watch);
      if (watcher.node == options_.self && !options_.mutants.watch_lost) {
        posts_.push_back({watcher.actor, down{watched, gone}});
      }
    } else {
      ++watch;
    }
  }
  if (was_up) {
    for (const auto subscriber : subscribers_) {
      posts_.push_back({subscriber, peer_down{peer, serial, why}});
    }
  }
}

void bus_core::on_lost(link_no link, const error& why) {
  end(link, why);
}

void bus_core::stop(bool politely) {
  for (const auto& [link, s] : sessions_) {
    if (politely && s->up()) {
      s->bye();
    }
    s->end();
    over_.close(link, politely && s->up());
  }
  sessions_.clear();
  current_.clear();
  by_origin_.clear();
  by_nonce_.clear();
  calls_.clear();
  dials_.clear();
  locals_.clear();
  subscribers_.clear();
  requests_.clear();
  watches_.clear();
  posts_.clear();
}

} // namespace troupe
