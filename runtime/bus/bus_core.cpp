// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"

#include "runtime/base/check.hpp"
#include "runtime/codec/reader.hpp"

#include <algorithm>
#include <utility>

/// Actors of this process and what they send.
namespace troupe {

namespace {

error gone(std::string text) {
  return {.code = errc::peer_gone, .text = std::move(text), .retryable = true};
}

error unknown_to_peer() {
  return {.code = errc::unknown_type,
          .text = "the peer's version does not know this message type; update that node",
          .retryable = true};
}

frame_kind kind_of(const outgoing& what) {
  switch (what.what) {
    case delivery::kind::tell:
      return frame_kind::tell;
    case delivery::kind::request:
      return frame_kind::request;
    case delivery::kind::response:
      break;
  }
  return what.body ? frame_kind::response : frame_kind::failure;
}

} // namespace

bus_core::bus_core(bus_options options, type_table table, transport& over,
                   std::shared_ptr<wake_gate> gate)
    : options_(std::move(options)),
      table_(std::move(table)),
      over_(over),
      gate_(std::move(gate)),
      guard_(options_.security) {
}

std::uint64_t bus_core::attach(const std::string& name) {
  locals_.emplace(++last_actor_, name);
  return last_actor_;
}

void bus_core::subscribe(std::uint64_t actor) {
  subscribers_.insert(actor);
  for (const auto& [link, s] : sessions_) {
    if (s->up()) {
      peer_up what{.node = s->remote()->node,
                   .name = s->peer().name,
                   .session = s->how().serial,
                   .endpoints = s->peer().endpoints};
      for (const auto& each : s->peer().named) {
        what.named[each.name] = {what.node, each.actor, what.session};
      }
      posts_.push_back({actor, std::move(what)});
    }
  }
}

void bus_core::ended(std::uint64_t actor, const error& why) {
  if (locals_.erase(actor) == 0) {
    return;
  }
  subscribers_.erase(actor);
  const auto who = here(actor);
  if (!options_.mutants.ended_silently) {
    for (const auto& asked : requests_.take_target(who)) {
      answer_failure(asked, gone("the actor ended before it answered"));
    }
  }
  requests_.drop_requester(who);
  std::vector<actor_ref> watchers;
  for (auto at = watches_.begin(); at != watches_.end();) {
    if (at->first == who) {
      watchers.push_back(at->second);
      at = watches_.erase(at);
    } else if (at->second == who) {
      at = watches_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& watcher : watchers) {
    if (watcher.node == options_.self) {
      posts_.push_back({watcher.actor, down{who, why}});
    } else if (const auto s = current_.find(watcher.node); s != current_.end()) {
      hand(*sessions_.at(s->second),
           {.head = {.kind = frame_kind::down, .target = watcher.actor, .source = actor},
            .body = encode_error(why)});
    }
  }
}

void bus_core::prepare(const type_table& table, const outgoing& what, prepared& ready) {
  ready.data.head.kind = kind_of(what);
  ready.data.head.request_id = what.request_id;
  ready.data.head.target = what.to.actor;
  ready.data.deadline = what.deadline;
  if (!what.body) {
    ready.data.body = encode_error(what.why);
    return;
  }
  const auto* entry = table.find(what.body.type());
  if (entry == nullptr) {
    ready.why = {.code = errc::unknown_type, .text = "a message type that is not registered"};
    return;
  }
  ready.data.head.type = entry->type;
  ready.data.cls = entry->traffic_class;
  entry->encode(what.body.body(), ready.data.body);
  if (entry->has_attachment) {
    ready.data.attachment = *entry->attachment(what.body.body());
  }
  if (ready.data.body.size() + envelope_bytes > control_frame_bytes_max) {
    ready.why = {.code = errc::too_large,
                 .text = "a message over the largest frame; send it in parts"};
  }
}

void bus_core::fail(const actor_ref& requester, std::uint64_t id, const error& why) {
  delivery what{.what = delivery::kind::response, .request_id = id, .why = why};
  posts_.push_back({requester.actor, std::move(what)});
}

void bus_core::answer_failure(const open_request& asked, const error& why) {
  if (asked.requester.node == options_.self) {
    delivery what{
        .from = asked.target, .what = delivery::kind::response, .request_id = asked.id, .why = why};
    posts_.push_back({asked.requester.actor, std::move(what)});
    return;
  }
  const auto at = current_.find(asked.requester.node);
  if (at != current_.end() && sessions_.at(at->second)->how().serial == asked.session) {
    reply_failure(*sessions_.at(at->second), asked.requester.actor, asked.id, why);
  }
}

void bus_core::reply_failure(session& s, std::uint64_t target, std::uint64_t id, const error& why) {
  hand(s, {.head = {.kind = frame_kind::failure, .target = target, .request_id = id},
           .body = encode_error(why)});
}

// A session that cannot take what it must take is over; who waits for it learns it on this wake.
void bus_core::hand(session& to, parcel&& what) {
  const auto head = what.head;
  auto sent = to.send(std::move(what));
  if (!sent) {
    give_up(to.how().link, sent.err());
    return;
  }
  switch (*sent) {
    case session::fate::taken:
      ++messages_out;
      break;
    case session::fate::no_room:
      not_sent(to, head,
               {.code = errc::overloaded, .text = "the peer's window is full", .retryable = true});
      break;
    case session::fate::unknown_type:
      not_sent(to, head, unknown_to_peer());
      break;
  }
}

void bus_core::refuse_unknown(session& s) {
  for (const auto& head : s.take_unknown()) {
    not_sent(s, head, unknown_to_peer());
  }
}

void bus_core::not_sent(session& to, const envelope& head, const error& why) {
  if (head.kind == frame_kind::request) {
    if (requests_.take(here(head.source), head.request_id)) {
      fail(here(head.source), head.request_id, why);
    }
    return;
  }
  ++dropped;
  if (head.kind == frame_kind::response) {
    reply_failure(to, head.target, head.request_id, why);
  }
}

void bus_core::wake_for(time_point when) {
  if (when != time_point::max()) {
    planned_wake_ = std::min(planned_wake_, when);
    over_.wake_at(when);
  }
}

void bus_core::send(const actor_ref& from, outgoing what, prepared& ready) {
  if (what.what == delivery::kind::response) {
    const auto asked = requests_.take(what.to, what.request_id);
    if (!asked) {
      ++dropped;
      return;
    }
    what.to.session = asked->session;
  }
  if (what.what == delivery::kind::request && !what.to) {
    fail(from, what.request_id, {.code = errc::not_found, .text = "a request to nobody"});
  } else if (what.to.node == options_.self) {
    send_local(from, std::move(what));
  } else {
    send_remote(from, what, ready);
  }
}

void bus_core::send_local(const actor_ref& from, outgoing what) {
  const auto is_request = what.what == delivery::kind::request;
  if (!locals_.contains(what.to.actor)) {
    if (is_request) {
      fail(from, what.request_id, gone("the actor has ended"));
    } else {
      ++dropped;
    }
    return;
  }
  if (is_request) {
    if (requests_.size() >= options_.limits.requests_max) {
      fail(from, what.request_id,
           {.code = errc::overloaded, .text = "too many open requests", .retryable = true});
      return;
    }
    requests_.add({from, what.request_id, what.to, 0, what.deadline});
    wake_for(what.deadline);
  }
  posts_.push_back({what.to.actor, delivery{.from = from,
                                            .what = what.what,
                                            .request_id = what.request_id,
                                            .body = std::move(what.body),
                                            .why = std::move(what.why),
                                            .deadline = what.deadline}});
}

void bus_core::send_remote(const actor_ref& from, const outgoing& what, prepared& ready) {
  const auto is_request = what.what == delivery::kind::request;
  auto why = std::move(ready.why);
  auto* s = why.code == errc::none ? session_to(what.to, why) : nullptr;
  if (s != nullptr && is_request && requests_.size() >= options_.limits.requests_max) {
    why = {.code = errc::overloaded, .text = "too many open requests", .retryable = true};
    s = nullptr;
  }
  if (s == nullptr) {
    if (is_request) {
      fail(from, what.request_id, why);
    } else {
      ++dropped;
    }
    return;
  }
  if (is_request) {
    requests_.add({from, what.request_id, what.to, s->how().serial, what.deadline});
    if (!options_.mutants.deadline_unarmed) {
      wake_for(what.deadline);
    }
  }
  ready.data.head.source = from.actor;
  hand(*s, std::move(ready.data));
}

void bus_core::monitor(const actor_ref& watcher, const actor_ref& who) {
  if (!locals_.contains(watcher.actor)) {
    return;
  }
  if (who.node == options_.self) {
    if (!locals_.contains(who.actor)) {
      posts_.push_back({watcher.actor, down{who, gone("the actor had ended before")}});
    } else {
      watches_.emplace(who, watcher);
    }
    return;
  }
  error why;
  auto* s = session_to(who, why);
  if (s == nullptr) {
    posts_.push_back({watcher.actor, down{who, why}});
  } else if (watches_.emplace(who, watcher).second) {
    hand(*s, {.head = {.kind = frame_kind::monitor, .target = who.actor, .source = watcher.actor}});
  }
}

void bus_core::demonitor(const actor_ref& watcher, const actor_ref& who) {
  if (options_.mutants.demonitor_ignored || watches_.erase({who, watcher}) == 0
      || who.node == options_.self) {
    return;
  }
  if (const auto at = current_.find(who.node); at != current_.end()) {
    hand(*sessions_.at(at->second),
         {.head = {.kind = frame_kind::demonitor, .target = who.actor, .source = watcher.actor}});
  }
}

} // namespace troupe
