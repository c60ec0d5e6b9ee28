// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <map>
#include <utility>

/// What a gateway makes of the deaths of workers: who is suspected, who is not tried again, and
/// what gateways tell each other of it.
namespace troupe {

// Whoever placed a stream again before the agent's word could take a suspect for an innocent.
// A prompt that killed its prefill worker kills the decode worker that computes it instead, and the
// words of the two deaths come in any order.
void gateway_core::await_word(stream& s, bool made_tokens, time_point now) {
  lost_.lost(s.worker.node, client_of(s).request);
  if (view_.agent_count() == 0) {
    return;
  }
  s.awaits = {s.worker.node};
  if (!made_tokens && s.filler != node_ref{}) {
    s.awaits.push_back(s.filler);
  }
  std::erase_if(s.awaits, [&](const node_ref& life) { return lost_.is_told(life); });
  if (!s.awaits.empty()) {
    const bool is_suspect = client_of(s).doubt.deaths() > 0;
    s.awaits_until = now + (is_suspect ? config_.suspect_word_wait : config_.death_word_wait);
    s.retry_at = std::max(s.retry_at, s.awaits_until);
  }
}

void gateway_core::on(const crash_told& what, context& cx) {
  const auto& crash = what.what;
  if (!view_.is_agent(cx.sender()) || !lost_.told(crash.life)) {
    return;
  }
  for (const auto& [id, s] : streams_) {
    if (s.at_worker() && s.worker.node == crash.life) {
      lost_.lost(crash.life, client_of(s).request); // Its link has not broken here yet.
    }
  }
  cx.out.tell(cx.sender(), lost_.held(crash.life, crash.no));
  if (crash.proves && !mutants_.ignores_deaths) {
    suspect(crash, cx);
  }
  for (auto& [id, s] : streams_) {
    if (std::erase(s.awaits, crash.life) > 0 && s.awaits.empty()) {
      s.awaits_until = {};
      s.retry_at = cx.now;
      arm(s, cx.now);
    }
  }
}

void gateway_core::suspect(const crash_record& crash, context& cx) {
  std::map<request_id, std::uint32_t> named;
  for (const auto& one : crash.dying) {
    named.emplace(one.request, one.index);
  }
  const bool alone = named.size() == 1 || mutants_.blames_bystanders;
  std::vector<client_id> condemned;
  for (auto& [id, whose] : clients_) {
    const auto found = named.find(whose.request);
    if (found == named.end()) {
      continue;
    }
    auto next = found->second;
    for (const auto open : whose.open) {
      next = std::max(next, static_cast<std::uint32_t>(streams_.at(open).accepted.size()));
    }
    whose.doubt.named(crash.slot, next, alone);
    ++stats_.suspected;
    if (whose.doubt.is_condemned()) {
      condemned.push_back(id);
    }
  }
  for (const auto id : condemned) {
    condemn(clients_.at(id), cx);
  }
  spread_word(cx);
}

void gateway_core::condemn(client& whose, context& cx) {
  ++stats_.quarantined;
  quarantine_.add(
      {.request = whose.request, .model = whose.what->text->name(), .slots = whose.doubt.by()},
      fingerprint_of(*whose.what), cx.now);
  std::string slots;
  for (const auto& slot : whose.doubt.by()) {
    slots += (slots.empty() ? "" : ", ") + slot;
  }
  fail(whose.id,
       {.code = errors::request_quarantined,
        .text = std::to_string(whose.doubt.deaths())
                + " workers died while they computed this request (" + slots
                + "), one of them nothing else; it is not tried again. Change the request; "
                  "operators find the deaths with `crashes` in `troupe shell`"},
       cx);
}

bool gateway_core::is_quarantined(const client_submission& what, time_point now) {
  const auto* before = quarantine_.refuses(fingerprint_of(*what.what), now);
  if (before == nullptr) {
    return false;
  }
  ++stats_.failed;
  ++stats_.quarantined;
  sink_.on_error(what.client,
                 {.code = errors::request_quarantined,
                  .text = "an equal request killed " + std::to_string(before->slots.size())
                          + " workers a short time ago; it is not tried. Change the request, or "
                            "ask again in "
                          + std::to_string(config_.quarantine_time / 1min) + " minutes"});
  return true;
}

// What a gateway heard it does not tell: each condemns by what it saw itself.
void gateway_core::spread_word(context& cx) {
  if (mutants_.word_kept) {
    return;
  }
  const auto last = quarantine_.last_no();
  for (const auto& who : word_.due(last, cx.now)) {
    auto what = quarantine_.condemned_after(word_.heard(who), cx.now);
    if (what.empty()) {
      word_.passed(who, last);
      continue;
    }
    const auto request =
        cx.out.request(who, quarantine_told{std::move(what)}, cx.now + config_.word_timeout);
    word_.asked(who, request, last);
  }
}

void gateway_core::on(const quarantine_told& what, context& cx) {
  if (!view_.gateways().contains(cx.sender())) {
    cx.out.respond(*cx.from,
                   error{.code = errc::forbidden,
                         .text = "only gateways that the directory names are believed; tell it "
                                 "again when this one has heard of you",
                         .retryable = true});
    return;
  }
  for (const auto& one : what.condemned) {
    stats_.condemned_elsewhere += quarantine_.hear(one, cx.now) ? 1 : 0;
  }
  cx.out.respond(*cx.from, quarantine_known{});
}

void gateway_core::on(const crashes_query&, context& cx) {
  cx.out.respond(*cx.from, quarantine_.report(cx.now));
}

} // namespace troupe
