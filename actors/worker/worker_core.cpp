// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/worker_core.hpp"

#include "actors/core/answer.hpp"
#include "runtime/base/check.hpp"

#include <string>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t drains_max = 16;
constexpr duration engine_retry = 1ms;

} // namespace

worker_core::worker_core(worker_config config, engine::engine_host& host)
    : shared_(std::move(config), host),
      log_({.pool = shared_.config.self,
            .epoch = shared_.reports.current().pool_epoch,
            .subscribers_max = shared_.config.limits.subscribers_max,
            .digest_every = shared_.config.limits.digest_every,
            .eager_snapshot = shared_.config.mutants.eager_snapshot}),
      fills_(shared_),
      exports_(shared_),
      offers_(shared_, exports_),
      decode_(shared_, fills_, offers_),
      prefill_(shared_, fills_, offers_) {
  TROUPE_CHECK(shared_.config.card != nullptr);
  TROUPE_CHECK(shared_.config.ask_snapshot != nullptr);
}

void worker_core::set_roles(role_set roles, context& cx) {
  shared_.config.roles = roles;
  settle(cx);
}

void worker_core::on(const generate& what, context& cx) {
  if (what.placed.router) {
    shared_.reports.seen(what.placed);
    settle(cx); // A refusal carries a report in which this placement is seen.
  }
  decode_.on(what, cx);
  settle(cx);
}

void worker_core::on(const embed& what, context& cx) {
  if (what.placed.router) {
    shared_.reports.seen(what.placed);
    settle(cx);
  }
  decode_.on(what, cx);
  settle(cx);
}

void worker_core::on(const cancel& what, context& cx) {
  decode_.on(what, cx);
  settle(cx);
}

void worker_core::on(const stream_credit& what, context& cx) {
  decode_.on(what, cx);
  settle(cx);
}

void worker_core::on(const stream_query& what, context& cx) {
  decode_.on(what, cx);
}

void worker_core::on(const prefill& what, context& cx) {
  prefill_.on(what, cx);
  settle(cx);
}

void worker_core::on(const prefill_progress& what, context& cx) {
  fills_.on(what, cx);
}

void worker_core::on(const kv_get& what, context& cx) {
  exports_.on(what, cx);
  settle(cx);
}

void worker_core::on(const transfer_open& what, context& cx) {
  offers_.on(what, cx);
  settle(cx);
}

void worker_core::on(const part& what, context& cx) {
  fills_.on(what, cx);
  settle(cx);
}

void worker_core::on(const part_ack& what, context& cx) {
  shared_.outgoing.acked(what, cx.sender(), cx.now, cx.out);
  settle(cx);
}

void worker_core::on(const transfer_done& what, context& cx) {
  fills_.on(what, cx.sender(), cx);
  settle(cx);
}

void worker_core::on(const transfer_stopped& what, context& cx) {
  if (shared_.outgoing.stopped(what.transfer, cx.sender(), cx.out)) {
    transfer_ended(what.transfer, cx);
  } else {
    fills_.on(what, cx.sender(), cx);
  }
  settle(cx);
}

void worker_core::transfer_ended(transfer_id id, context& cx) {
  prefill_.forget(id, cx);
  exports_.forget(id);
}

void worker_core::on(const kv_resync& what, context& cx) {
  const auto known = log_.has(cx.sender());
  if (log_.subscribe(cx.sender(), what, cx.out) && !known) {
    shared_.watches.add(cx.sender(), cx.out);
  }
  cx.out.tell(cx.sender(), shared_.reports.current());
  settle(cx);
}

void worker_core::on(const members& what, context& cx) {
  const auto fresh = shared_.others.on(what);
  settle(cx);
  for (const auto& listener : fresh) {
    cx.out.tell(listener, shared_.reports.current());
  }
}

void worker_core::on(const model_card_query& what, context& cx) {
  auto card = *shared_.config.card;
  if (what.have == card.digest) {
    card.attachment = {};
  }
  answer(cx.out, *cx.from, std::move(card));
}

void worker_core::on(const drain& what, context& cx) {
  if (!what.who.empty()) {
    audit(shared_.config.log, what.who, "drain", "begun");
    drained_by_ = what.who;
  }
  takes_nothing_new(true);
  if (drains_.size() < drains_max) {
    drains_.push_back(address_of(*cx.from));
  }
  settle(cx);
}

void worker_core::on(const cordon& what, context& cx) {
  const auto streams = static_cast<std::uint32_t>(decode_.size());
  audit(shared_.config.log, what.who, what.on ? "cordon" : "uncordon",
        std::to_string(streams) + " streams go on");
  cx.out.respond(*cx.from, cordoned{.was = shared_.is_closed, .streams = streams});
  takes_nothing_new(what.on);
  if (!what.on) {
    drained_by_.clear();
    for (const auto& asked : std::exchange(drains_, {})) {
      cx.out.respond(
          asked, error{.code = errc::cancelled, .text = "the worker was told to take work again"});
    }
  }
  settle(cx);
}

void worker_core::takes_nothing_new(bool so) {
  shared_.is_closed = so;
  if (so) {
    offers_.clear_waiting();
  }
}

void worker_core::on(const status_query&, context& cx) {
  const auto& report = shared_.reports.current();
  const auto& card = *shared_.config.card;
  const auto number = [](std::string key, auto value) {
    return fact{std::move(key), std::to_string(value)};
  };
  const bool prefills = (shared_.config.roles & role_prefill) != 0;
  const bool decodes = (shared_.config.roles & role_decode) != 0;
  status_report told{.actor = "worker " + shared_.config.node_name};
  told.facts = {{"model", card.model},
                {"roles", prefills && decodes ? "worker"
                          : prefills          ? "prefill"
                                              : "decode"},
                {"phase", !shared_.is_closed ? "serving"
                          : drains_.empty()  ? "cordoned"
                                             : "draining"},
                number("streams", decode_.size()),
                number("prefills", prefill_.size()),
                number("prefills_queued", prefill_.queued()),
                number("running", report.running),
                number("waiting", report.waiting),
                number("waiting_prompt_tokens", report.waiting_prompt_tokens),
                number("transfers_in", shared_.incoming.size()),
                number("transfers_out", shared_.outgoing.size()),
                number("offers", offers_.size()),
                number("free_blocks", report.free_blocks),
                number("total_blocks", report.total_blocks),
                number("cached_blocks", log_.count()),
                number("pool_seq", log_.seq()),
                number("subscribers", log_.subscribers()),
                number("step", step_),
                number("step_ms", report.step_ms),
                number("prefill_tokens_per_s", report.prefill_tokens_per_s),
                number("decode_tokens_per_s", report.decode_tokens_per_s)};
  answer(cx.out, *cx.from, std::move(told));
}

void worker_core::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  if (!fills_.on_response(request, answer, cx)) {
    offers_.on_response(request, answer, cx);
  }
  settle(cx);
}

void worker_core::on_down(const actor_ref& who, const error&, context& cx) {
  shared_.watches.gone(who);
  for (const auto id : shared_.outgoing.to(who)) {
    shared_.outgoing.stopped(id, who, cx.out);
    transfer_ended(id, cx);
  }
  fills_.on_down(who, cx);
  decode_.gateway_down(who, cx);
  log_.unsubscribe(who);
  settle(cx);
}

void worker_core::tick(context& cx) {
  shared_.engine.retry();
  for (const auto id : shared_.outgoing.tick(cx.now, cx.out)) {
    transfer_ended(id, cx);
  }
  fills_.tick(cx);
  decode_.tick(cx);
  prefill_.tick(cx);
  log_.tick(cx.now, cx.out);
  settle(cx);
}

std::optional<time_point> worker_core::next_wake() const {
  auto first = earlier(fills_.next_wake(), decode_.next_wake());
  first = earlier(first, prefill_.next_wake());
  first = earlier(first, shared_.outgoing.next_wake());
  first = earlier(first, log_.next_wake());
  first = earlier(first, engine_wake_);
  return earlier(first, shared_.reports.next_wake());
}

void worker_core::settle(context& cx) {
  settle_fills(cx);
  prefill_.pump(cx);
  exports_.pump(cx);
  offers_.ended(shared_.outgoing);
  offers_.pump(cx);
  decode_.flush(step_, cx);
  if (log_.wants_snapshot()) {
    shared_.config.ask_snapshot();
  }
  engine_wake_.reset();
  if (shared_.engine.is_waiting()) {
    engine_wake_ = cx.now + engine_retry;
  }
  const auto transfers = shared_.incoming.size() + shared_.outgoing.size();
  shared_.reports.update(
      {.roles = shared_.config.roles,
       .phase = shared_.is_closed ? worker_phase::draining : worker_phase::serving,
       .waiting = decode_.waiting() + prefill_.queued(),
       .waiting_prompt_tokens = decode_.waiting_tokens() + prefill_.queued_tokens(),
       .transfers = static_cast<std::uint32_t>(transfers)},
      cx.now, shared_.others.listeners(), cx.out);
  if (shared_.is_closed && is_quiet()) {
    if (!drained_by_.empty()) {
      audit(shared_.config.log, std::exchange(drained_by_, {}), "drain", "drained");
    }
    for (const auto& asked : std::exchange(drains_, {})) {
      answer(cx.out, asked, drained{shared_.config.self});
    }
  }
}

void worker_core::settle_fills(context& cx) {
  for (const auto& split : fills_.take_splits()) {
    decode_.split(split);
  }
  for (const auto& result : fills_.take_results()) {
    if (decode_.owns(result.sequence)) {
      decode_.filled(result, cx);
    } else {
      prefill_.filled(result, cx);
    }
  }
}

bool worker_core::is_quiet() const {
  return decode_.size() == 0 && prefill_.size() == 0 && shared_.engine.ending() == 0
         && fills_.size() == 0 && shared_.outgoing.size() == 0 && exports_.size() == 0
         && offers_.size() == 0;
}

void worker_core::check_invariants() const {
  shared_.incoming.check_invariants();
  shared_.outgoing.check_invariants();
  log_.check_invariants();
  fills_.check_invariants();
  exports_.check_invariants();
  offers_.check_invariants();
  decode_.check_invariants();
  prefill_.check_invariants();
  TROUPE_CHECK(shared_.incoming.size() == fills_.size());
}

} // namespace troupe
