// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"
#include "runtime/codec/reader.hpp"

#include <algorithm>
#include <utility>

/// What arrives: frames, and time.
namespace troupe {

namespace {

constexpr std::uint64_t broken_every = 64; ///< Of mutants.

std::string why_it_left(bytes_view body) {
  return body.empty() ? "the peer left" : "the peer ended the session: " + decode_error(body).text;
}

} // namespace

void bus_core::on_frame(const origin& from, lane way, const frame& data) {
  const auto at = by_origin_.find(from);
  if (at == by_origin_.end()) {
    const auto head = read_envelope(data.head.view());
    if (data.head.size() > control_frame_bytes_max || way != lane::control || !head
        || head->kind != frame_kind::hello || head->seq != 1) {
      ++dropped;
      return;
    }
    if (const auto body = decode_hello(data.head.view().subspan(envelope_bytes)); !body) {
      ++dropped;
    } else if (admits(from, data.sender, *body)) {
      on_hello(from, *body);
      admitted_.reset();
    }
    return;
  }
  const auto link = at->second;
  if (!comes_from(*sessions_.at(link), way, data)) {
    return;
  }
  auto taken = sessions_.at(link)->on_frame(
      way, data, [&](arrival&& what) { whole_.push_back(std::move(what)); });
  refuse_unknown(*sessions_.at(link));
  for (auto& what : whole_) {
    arrived(link, std::move(what));
  }
  whole_.clear();
  if (!taken) {
    give_up(link, taken.err());
  }
}

void bus_core::arrived(link_no link, arrival&& what) {
  const auto at = sessions_.find(link);
  if (at == sessions_.end()) {
    return;
  }
  auto& s = *at->second;
  switch (what.head.kind) {
    case frame_kind::ready:
      became_up(s);
      break;
    case frame_kind::bye:
      if (options_.mutants.farewell_ignored) {
        break;
      }
      end(link, {.code = errc::peer_gone, .text = why_it_left(what.body()), .retryable = true});
      break;
    case frame_kind::monitor:
    case frame_kind::demonitor:
    case frame_kind::down:
      watch_arrived(s, what);
      break;
    case frame_kind::probe:
    case frame_kind::witness:
      probe_arrived(s, what);
      break;
    default:
      message_arrived(s, std::move(what));
  }
}

void bus_core::became_up(session& s) {
  const auto node = s.remote()->node;
  if (!take_over(s)) {
    return;
  }
  peer_up what{.node = node,
               .name = s.peer().name,
               .session = s.how().serial,
               .endpoints = s.peer().endpoints};
  for (const auto& each : s.peer().named) {
    what.named[each.name] = {node, each.actor, what.session};
  }
  std::vector<link_no> needless;
  const auto is_later = [&](const dial& to) {
    const auto at = sessions_.find(to.link);
    return at != sessions_.end() && s.how().initiator == options_.self
           && at->second->how().nonce > s.how().nonce;
  };
  std::erase_if(dials_, [&](const auto& each) {
    if (is_later(each.second)) {
      return false; // The peer may have dropped this call for that one.
    }
    const bool done = each.second.link == s.how().link
                      || std::ranges::find(what.endpoints, each.first) != what.endpoints.end();
    if (done && each.second.link != s.how().link) {
      needless.push_back(each.second.link);
    }
    return done;
  });
  for (const auto link : needless) {
    forget(link);
  }
  for (const auto subscriber : subscribers_) {
    posts_.push_back({subscriber, what});
  }
  wake_for(s.next_wake());
  end_former_lives(s);
}

void bus_core::watch_arrived(session& s, const arrival& what) {
  const actor_ref theirs{s.remote()->node, what.head.source, s.how().serial};
  const auto ours = here(what.head.target);
  if (what.head.kind == frame_kind::down) {
    const bool stays = options_.mutants.watch_twice && watches_.contains({theirs, ours});
    if (stays || watches_.erase({theirs, ours}) != 0) {
      posts_.push_back({ours.actor, down{theirs, decode_error(what.body())}});
    }
  } else if (what.head.kind == frame_kind::demonitor) {
    watches_.erase({ours, theirs});
  } else if (locals_.contains(ours.actor)) {
    watches_.emplace(ours, theirs);
  } else {
    hand(s,
         {.head = {.kind = frame_kind::down, .target = theirs.actor, .source = ours.actor},
          .body = encode_error(
              {.code = errc::peer_gone, .text = "the actor had ended before", .retryable = true})});
  }
}

void bus_core::message_arrived(session& s, arrival&& what) {
  if (!may_say(s, what)) {
    return;
  }
  ++messages_in;
  const auto peer = s.remote()->node;
  const auto serial = options_.mutants.session_not_kept ? 0 : s.how().serial;
  delivery out{.from = {peer, what.head.source, serial},
               .request_id = what.head.request_id,
               .hold = std::move(what.hold)};
  if (s.identity()) {
    out.sender_roles = s.identity()->certificate.of.roles;
  }
  if (what.head.deadline_ms != 0) {
    out.deadline = over_.now() + std::chrono::milliseconds(what.head.deadline_ms);
  }
  if (what.head.kind == frame_kind::failure) {
    out.why = decode_error(what.body());
  } else {
    const auto* entry = table_.find(what.head.type);
    if (entry == nullptr) {
      undecodable(s, what, {.code = errc::unknown_type, .text = "a message type unknown here"});
      return;
    }
    auto body = entry->decode(what.body());
    if (!body) {
      undecodable(s, what, body.err());
      return;
    }
    if (!options_.mutants.session_not_kept && !options_.mutants.refs_unbound) {
      entry->bind_refs(body->get(), peer, s.how().serial);
    }
    if (entry->has_attachment) {
      entry->attach(body->get(), std::move(what.attachment));
    }
    out.body = message(entry->type, *std::move(body));
  }
  if (what.head.kind == frame_kind::response || what.head.kind == frame_kind::failure) {
    out.what = delivery::kind::response;
    const auto asked =
        requests_.take_of(here(what.head.target), what.head.request_id, s.how().serial);
    if (!asked && options_.mutants.answers_unmatched) {
      posts_.push_back({what.head.target, std::move(out)});
      return;
    }
    if (!asked) {
      ++dropped;
      return;
    }
    out.from = asked->target;
    posts_.push_back({what.head.target, std::move(out)});
    return;
  }
  const auto is_request = what.head.kind == frame_kind::request;
  out.what = is_request ? delivery::kind::request : delivery::kind::tell;
  if (!locals_.contains(what.head.target)) {
    ++dropped;
    if (is_request) {
      const bool ended = what.head.target <= last_actor_;
      reply_failure(s, what.head.source, what.head.request_id,
                    {.code = ended ? errc::peer_gone : errc::not_found,
                     .text = ended ? "the actor has ended" : "no such actor",
                     .retryable = ended});
    }
    return;
  }
  if (is_request) {
    requests_.add({{peer, what.head.source, s.how().serial},
                   what.head.request_id,
                   here(what.head.target),
                   s.how().serial});
  } else if (what.head.seq % broken_every == 0) {
    if (options_.mutants.canary) {
      return;
    }
    if (options_.mutants.delivered_twice) {
      posts_.push_back({what.head.target, out});
    }
  }
  posts_.push_back({what.head.target, std::move(out)});
}

// A newer peer's request is answered, its state passed over; an ordered message may not be lost
// silently, so its session ends.
void bus_core::undecodable(session& s, const arrival& what, const error& why) {
  ++dropped;
  if (what.head.kind == frame_kind::request) {
    reply_failure(s, what.head.source, what.head.request_id, why);
  } else if (what.head.kind == frame_kind::response) {
    const auto asked =
        requests_.take_of(here(what.head.target), what.head.request_id, s.how().serial);
    if (asked) {
      answer_failure(*asked, why);
    }
  } else {
    const auto* entry = table_.find(what.head.type);
    if (entry == nullptr || entry->traffic_class == traffic::ordered) {
      give_up(s.how().link, why);
    }
  }
}

void bus_core::on_flush() {
  for (const auto& [link, s] : sessions_) {
    s->flush_batch();
  }
}

void bus_core::on_wake() {
  const auto now = over_.now();
  forgive_own_pause(now);
  const auto own = own_pulse(now);
  std::vector<std::pair<link_no, error>> over;
  for (const auto& [link, s] : sessions_) {
    if (auto fine = s->tick(own); !fine) {
      over.emplace_back(link, fine.err());
    } else if (s->take_suspicion()) {
      ask_witnesses(*s);
    }
  }
  for (const auto& [link, why] : over) {
    give_up(link, why);
  }
  answer_calls(now);
  redial(now);
  for (const auto& asked : requests_.take_due(now)) {
    answer_failure(
        asked, {.code = errc::timeout, .text = "no answer before the deadline", .retryable = true});
  }
  auto next = requests_.next_deadline();
  for (const auto& [link, s] : sessions_) {
    next = std::min(next, s->next_wake());
  }
  for (const auto& [endpoint, to] : dials_) {
    next = std::min(next, to.again);
  }
  wake_for(next);
}

} // namespace troupe
