// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/peer_guard.hpp"

#include "runtime/bus/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

// A signature costs some 0.1 ms to check: who shows bad ones again and again is not looked at.
constexpr allowance::rate hellos{.burst = 8, .per_s = 2};
constexpr std::size_t tries_max = 4096;

constexpr allowance::rate answers_to_refused{.burst = 100, .per_s = 20};

constexpr auto audit_window = 1s;
constexpr int audits_per_window = 5;

error forbidden(std::string text) {
  return {.code = errc::forbidden, .text = std::move(text)};
}

std::string text_of(const sender_key& key) {
  return key == sender_key{} ? std::string{} : std::string(key.data(), key.size());
}

} // namespace

void peer_guard::introduce(hello_body& ours, const keys::secret_key& bulk_secret) const {
  if (!on()) {
    return;
  }
  ours.certificate = how_->keys->current()->certificate;
  const auto& secret = bulk_secret.value();
  ours.bulk_secret.assign(secret.begin(), secret.end());
}

bool peer_guard::may_try(const keys::public_key& key, time_point now) {
  if (tries_.size() >= tries_max && !tries_.contains(key)) {
    std::erase_if(tries_, [&](const auto& each) { return now - each.second.at > 10s; });
    if (tries_.size() >= tries_max) {
      return false;
    }
  }
  auto& mine = tries_.try_emplace(key, allowance::full(hellos, now)).first->second;
  return mine.take(hellos, now);
}

result<peer_identity> peer_guard::admit(const sender_key& by, const hello_body& said,
                                        time_point now) {
  const auto key = keys::parse_public_key(text_of(by));
  if (!key) {
    return forbidden("a hello by a connection that has not proved its key");
  }
  if (said.certificate.empty() || said.bulk_secret.size() != keys::key_bytes) {
    return forbidden("a hello without certificate; start that node with --keys");
  }
  if (!may_try(*key, now)) {
    return error{.code = errc::overloaded, .text = "too many hellos of one key"};
  }
  auto seen = how_->keys->current()->believes.verify(said.certificate, how_->calendar());
  if (!seen) {
    return std::move(seen).err();
  }
  if (seen->link_key != *key) {
    return forbidden("the certificate is of another key than the connection's");
  }
  if (seen->of.name != said.name || seen->of.node != said.node.node.value) {
    return forbidden("the certificate is of node '" + seen->of.name
                     + "'; give it that --name, or issue one for its name");
  }
  for (const auto& endpoint : said.endpoints) {
    const auto there = split_endpoint(endpoint).key;
    if (!there.empty() && there != text_of(by)) {
      return forbidden("it names an endpoint of another key");
    }
  }
  tries_.erase(*key);
  if (how_->proved) {
    how_->proved(*key);
  }
  std::array<std::byte, keys::key_bytes> secret{};
  std::ranges::copy(said.bulk_secret, secret.begin());
  return peer_identity{.certificate = *std::move(seen),
                       .key = by,
                       .bulk_secret = keys::secret_key(secret),
                       .answers = allowance::full(answers_to_refused, now)};
}

result<void> peer_guard::recheck(const peer_identity& peer) const {
  return how_->keys->current()->believes.recheck(peer.certificate, how_->calendar());
}

bool peer_guard::may_send(const peer_identity& peer, wire_type type) const {
  const auto row = how_->senders.find(type);
  return row != how_->senders.end() && (row->second & peer.certificate.of.roles) != 0;
}

error peer_guard::why_not(const peer_identity& peer, wire_type type) {
  return forbidden("the roles of node '" + peer.certificate.of.name + "' may not send message type "
                   + std::to_string(type) + "; issue it a certificate with the role that may");
}

bool peer_guard::may_answer(peer_identity& peer, time_point now) {
  return peer.answers.take(answers_to_refused, now);
}

void peer_guard::refuse_peer(const sender_key& by, const hello_body& said, const error& why,
                             time_point now) {
  ++counts_.peers;
  if (is_told(now)) {
    tell({.what = "peer", .node = said.name, .key = text_of(by), .why = why});
  }
}

void peer_guard::refuse_standing(const peer_identity& peer, const error& why, time_point now) {
  ++counts_.peers;
  if (is_told(now)) {
    tell({.what = "peer", .node = peer.certificate.of.name, .key = text_of(peer.key), .why = why});
  }
}

void peer_guard::refuse_message(const peer_identity& peer, wire_type type, time_point now) {
  ++counts_.messages;
  if (is_told(now)) {
    tell({.what = "message",
          .node = peer.certificate.of.name,
          .key = text_of(peer.key),
          .why = why_not(peer, type)});
  }
}

void peer_guard::refuse_frame(const sender_key& by, const error& why, time_point now) {
  ++counts_.frames;
  if (is_told(now)) {
    tell({.what = "frame", .key = text_of(by), .why = why});
  }
}

bool peer_guard::is_told(time_point now) {
  if (now - told_window_ >= audit_window) {
    told_window_ = now;
    told_ = 0;
  }
  if (++told_ > audits_per_window || !how_->audit) {
    ++unsaid_;
    return false;
  }
  return true;
}

void peer_guard::tell(refusal what) {
  what.unsaid = std::exchange(unsaid_, 0);
  how_->audit(what);
}

} // namespace troupe
