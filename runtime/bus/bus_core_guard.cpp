// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"

#include <utility>

/// Where the bus asks its guard.
namespace troupe {

bool bus_core::admits(const origin& from, const sender_key& by, const hello_body& body) {
  admitted_.reset();
  if (!guard_.on()) {
    return true;
  }
  auto who = guard_.admit(by, body, over_.now());
  const auto asked = by_nonce_.find(body.answers);
  const auto* dialed = asked == by_nonce_.end() ? nullptr : sessions_.at(asked->second).get();
  if (who && dialed != nullptr && !dialed->how().toward.empty()
      && dialed->how().toward != std::string_view(by.data(), by.size())) {
    who = error{.code = errc::forbidden, .text = "another key answers than was called"};
  }
  if (who) {
    admitted_ = *std::move(who);
    return true;
  }
  ++dropped;
  guard_.refuse_peer(by, body, who.err(), over_.now());
  if (dialed != nullptr && !dialed->remote() && from.node != node_ref{}) {
    end(asked->second, who.err());
  }
  return false;
}

// A routing id is only what a connection says of itself: the key is what it proved, and a bulk
// frame proves itself.
bool bus_core::comes_from(const session& s, lane way, const frame& data) {
  if (!guard_.on()) {
    return true;
  }
  const bool ours =
      way == lane::control ? s.identity() && s.identity()->key == data.sender : s.is_genuine(data);
  if (!ours) {
    ++dropped;
    guard_.refuse_frame(data.sender,
                        {.code = errc::forbidden,
                         .text = way == lane::control ? "a frame by another's connection"
                                                      : "a bulk frame whose seal is wrong"},
                        over_.now());
  }
  return ours;
}

bool bus_core::may_say(session& s, const arrival& what) {
  if (!guard_.on() || what.head.kind == frame_kind::failure) {
    return true;
  }
  auto& peer = *s.identity();
  const auto type = what.head.type;
  if (guard_.may_send(peer, type)) {
    return true;
  }
  ++dropped;
  const auto now = over_.now();
  guard_.refuse_message(peer, type, now);
  if (what.head.kind == frame_kind::request) {
    if (peer_guard::may_answer(peer, now)) {
      reply_failure(s, what.head.source, what.head.request_id, peer_guard::why_not(peer, type));
    }
  } else if (what.head.kind == frame_kind::response) {
    const auto asked =
        requests_.take_of(here(what.head.target), what.head.request_id, s.how().serial);
    if (asked) {
      answer_failure(*asked, peer_guard::why_not(peer, type));
    }
  }
  return false;
}

void bus_core::recheck() {
  if (!guard_.on()) {
    return;
  }
  std::vector<std::pair<link_no, error>> over;
  for (const auto& [link, s] : sessions_) {
    if (s->identity()) {
      if (auto fine = guard_.recheck(*s->identity()); !fine) {
        guard_.refuse_standing(*s->identity(), fine.err(), over_.now());
        over.emplace_back(link, fine.err());
      }
    }
  }
  for (const auto& [link, why] : over) {
    end(link, why);
  }
}

} // namespace troupe
