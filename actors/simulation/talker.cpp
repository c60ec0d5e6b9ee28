// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/talker.hpp"

#include "runtime/base/hash.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

namespace troupe {

namespace {

constexpr std::size_t met_max = 8;
constexpr std::size_t watches_max = 6;
constexpr duration answer_max = 1s;
constexpr duration deadline_max = 2s;
constexpr duration lateness_max = 35ms; ///< Of the fault point `timer`, and rounding.

blob attachment_of(std::size_t size, std::uint64_t seed) {
  bytes data(size);
  for (std::size_t at = 0; at < size; ++at) {
    data[at] = static_cast<std::byte>(seed + at * 131);
  }
  return blob(std::move(data));
}

} // namespace

talker::talker(light_node& home, const actor_ref& self, talk_checks& checks,
               const talk_habits& habits, std::uint64_t seed)
    : home_(home),
      self_(self),
      checks_(checks),
      habits_(habits),
      draws_(seed),
      newer_draws_(mix64(seed, 1)) {
  plan_act();
}

void talker::plan_act() {
  next_act_ = now() + draw_time(2 * habits_.gap) + 1us;
  home_.wake_at(self_, next_act_);
}

void talker::wake() {
  while (!kept_.empty() && kept_.begin()->first <= now()) {
    kept_.erase(kept_.begin());
  }
  while (!questions_.empty() && questions_.begin()->first <= now()) {
    const auto question = std::move(questions_.extract(questions_.begin()).mapped());
    answer(question, question.body.as<talk_ask>()->mark);
  }
  if (next_act_ <= now()) {
    if (habits_.talks) {
      act();
    }
    plan_act();
  }
}

actor_ref talker::somebody() {
  if (!met_.empty() && draws_.below(5) == 0) {
    return met_[draws_.below(met_.size())];
  }
  const auto& known = home_.membership().known();
  if (known.empty()) {
    return {};
  }
  const auto& who =
      std::next(known.begin(), static_cast<std::ptrdiff_t>(draws_.below(known.size())))->second;
  std::vector<actor_ref> talkers;
  for (const auto& each : who.services) {
    if (each.role == service_role::gateway) {
      talkers.push_back({each.actor.node, each.actor.actor, 0});
    }
  }
  return talkers.empty() ? actor_ref{} : talkers[draws_.below(talkers.size())];
}

void talker::act() {
  const auto to = somebody();
  if (!to) {
    return;
  }
  if (newer_draws_.below(8) == 0) {
    ask_newer(to);
  }
  const auto choice = draws_.below(100);
  if (choice < 30) {
    tell(to);
  } else if (choice < 40) {
    burst(to);
  } else if (choice < 50) {
    tell_state(to);
  } else if (choice < 55) {
    tell_free(to);
  } else if (choice < 65) {
    tell_bulk(to);
  } else if (choice < 80) {
    ask(to, true);
  } else if (choice < 87) {
    ask(to, false);
  } else {
    watch_or_not(to);
  }
}

std::string talker::padding() {
  return std::string(draws_.below(habits_.padding_max + 1), 'x');
}

template <class M>
void talker::say(const actor_ref& to, M what, talk_checks::kind kind) {
  const auto mark = what.mark;
  if (!home_.send(self_, {.to = to, .body = message::of(std::move(what))})) {
    checks_.refused(mark, kind);
  } else if (to.session != 0 && to.session != home_.session_to(to.node)) {
    checks_.fail("a message to " + text_of(to) + " went by a ref of an ended session (T9)");
  }
}

void talker::tell(const actor_ref& to) {
  talk what{.mark = checks_.next(self_, to, talk_checks::kind::ordered), .padding = padding()};
  if (draws_.below(3) == 0) {
    what.refs = {self_, somebody()};
  }
  say(to, std::move(what), talk_checks::kind::ordered);
}

void talker::burst(const actor_ref& to) {
  for (auto left = 2 + draws_.below(habits_.burst_max); left > 0; --left) {
    switch (draws_.below(8)) {
      case 0:
        tell_state(to);
        break;
      case 1:
        ask(to, true);
        break;
      default:
        tell(to);
    }
  }
}

void talker::tell_state(const actor_ref& to) {
  say(to, talk_state{.mark = checks_.next(self_, to, talk_checks::kind::state)},
      talk_checks::kind::state);
}

void talker::tell_free(const actor_ref& to) {
  say(to, talk_free{.mark = checks_.next(self_, to, talk_checks::kind::free)},
      talk_checks::kind::free);
}

void talker::tell_bulk(const actor_ref& to) {
  const auto mark = checks_.next(self_, to, talk_checks::kind::bulk);
  auto data = attachment_of(1 + draws_.below(habits_.attachment_max), mark.number);
  const auto checksum = hash64(data.view());
  say(to, talk_bulk{.mark = mark, .checksum = checksum, .attachment = std::move(data)},
      talk_checks::kind::bulk);
}

void talker::ask(const actor_ref& to, bool with_deadline) {
  const auto mark = checks_.next(self_, to, talk_checks::kind::ordered);
  const auto id = ++last_request_;
  const auto deadline = with_deadline ? now() + 1ms + draw_time(deadline_max) : time_point::max();
  open_[id] = {.whom = to, .mark = mark, .deadline = deadline, .bound_to = to.session};
  const auto after = draws_.below(3) == 0 ? draw_time(answer_max) : 0us;
  talk_ask what{.mark = mark,
                .answer_after_us = static_cast<std::uint64_t>(after / 1us),
                .padding = padding()};
  if (!home_.send(self_, {.to = to,
                          .what = delivery::kind::request,
                          .request_id = id,
                          .body = message::of(std::move(what)),
                          .deadline = deadline})) {
    checks_.refused(mark, talk_checks::kind::ordered);
  }
}

void talker::ask_newer(const actor_ref& to) {
  const auto mark = checks_.next(self_, to, talk_checks::kind::newer);
  const auto id = ++last_request_;
  open_[id] = {.whom = to, .mark = mark, .deadline = time_point::max(), .bound_to = to.session};
  (void)home_.send(self_, {.to = to,
                           .what = delivery::kind::request,
                           .request_id = id,
                           .body = message::of(talk_newer{.mark = mark})});
}

void talker::watch_or_not(const actor_ref& who) {
  if (const auto watched = watches_.find(who); watched != watches_.end()) {
    if (!home_.has_down(self_, who)) {
      watches_.erase(watched);
    }
    home_.demonitor(self_, who);
    return;
  }
  if (watches_.size() < watches_max) {
    watches_[who] = 0;
    home_.monitor(self_, who);
    watches_[who] = home_.session_to(who.node);
  }
}

void talker::keep(const delivery& what, duration how_long) {
  kept_.emplace(now() + how_long, what);
  home_.wake_at(self_, now() + how_long);
}

void talker::on(const delivery& what) {
  if (what.hold != nullptr && !home_.stands(what.hold->session())) {
    checks_.fail(text_of(self_) + " handled a message of " + text_of(what.from)
                 + " of a session that has ended (T2)");
  }
  if (what.what == delivery::kind::response) {
    answered(what);
    return;
  }
  if (const auto* said = what.body.as<talk>()) {
    checks_.handled(self_, what, said->mark, talk_checks::kind::ordered);
    for (const auto& each : said->refs) {
      if (each) {
        met_.push_back(each);
      }
      if (what.hold != nullptr && each.node == what.from.node
          && each.session != what.hold->session()) {
        checks_.fail("a ref of " + text_of(each) + " is not bound to the session it came by (T9)");
      }
    }
    while (met_.size() > met_max) {
      met_.pop_front();
    }
  } else if (const auto* state = what.body.as<talk_state>()) {
    checks_.handled(self_, what, state->mark, talk_checks::kind::state);
  } else if (const auto* free = what.body.as<talk_free>()) {
    checks_.handled(self_, what, free->mark, talk_checks::kind::free);
  } else if (const auto* bulk = what.body.as<talk_bulk>()) {
    checks_.handled(self_, what, bulk->mark, talk_checks::kind::bulk);
    if (hash64(bulk->attachment.view()) != bulk->checksum) {
      checks_.fail("the attachment of " + text_of(bulk->mark.from) + " to " + text_of(self_)
                   + " is not what was sent (T5)");
    }
  } else if (const auto* question = what.body.as<talk_ask>()) {
    checks_.handled(self_, what, question->mark, talk_checks::kind::ordered);
    if (question->answer_after_us > 0) {
      const auto when = now() + std::chrono::microseconds(question->answer_after_us);
      questions_.emplace(when, what);
      home_.wake_at(self_, when);
    } else {
      answer(what, question->mark);
    }
  } else if (const auto* newer = what.body.as<talk_newer>()) {
    checks_.handled(self_, what, newer->mark, talk_checks::kind::newer);
    answer(what, newer->mark);
  }
  if (draws_.below(6) == 0) {
    keep(what, draw_time(habits_.hold_max) + 1us);
  }
}

void talker::answer(const delivery& question, const talk_mark& mark) {
  talk_answer what{.mark = checks_.next(self_, mark.from, talk_checks::kind::answer),
                   .asked = mark.number};
  const auto own = what.mark;
  if (!home_.send(self_, {.to = question.from,
                          .what = delivery::kind::response,
                          .request_id = question.request_id,
                          .body = message::of(std::move(what))})) {
    checks_.refused(own, talk_checks::kind::answer);
  }
}

void talker::answered(const delivery& what) {
  const auto found = open_.find(what.request_id);
  if (found == open_.end()) {
    checks_.fail(text_of(self_) + " got a second answer of " + text_of(what.from) + " (T3)");
    return;
  }
  const auto& question = found->second;
  if (const auto* said = what.body.as<talk_answer>()) {
    checks_.handled(self_, what, said->mark, talk_checks::kind::answer);
    if (said->asked != question.mark.number || said->mark.from != question.whom) {
      checks_.fail(text_of(self_) + " got the answer to another question (T3)");
    }
  } else if (what.why.code == errc::timeout && now() < question.deadline) {
    checks_.fail(text_of(self_) + " was told of a time-out before the deadline (T3)");
  }
  if (question.deadline != time_point::max()
      && now() > std::max(question.deadline, excused_until_) + lateness_max) {
    checks_.fail(text_of(self_) + " was answered "
                 + std::to_string((now() - question.deadline) / 1ms)
                 + " ms after the deadline of its request to " + text_of(question.whom) + " (T3)");
  }
  open_.erase(found);
}

void talker::on(const down& what) {
  if (watches_.erase(what.who) == 0) {
    checks_.fail(text_of(self_) + " was told of the end of " + text_of(what.who)
                 + ", which it does not watch (T4)");
  }
}

void talker::session_ended(const peer_down& what) const {
  for (const auto& [who, session] : watches_) {
    if (who.node == what.node && session == what.session) {
      checks_.fail(text_of(self_) + " was not told that the session to " + text_of(who)
                   + " ended, which it watches (T4)");
    }
  }
}

void talker::check_quiet(const std::function<bool(const actor_ref&)>& runs) const {
  if (!open_.empty()) {
    checks_.fail(text_of(self_) + " was never answered by " + text_of(open_.begin()->second.whom)
                 + " (T3)");
  }
  for (const auto& [who, session] : watches_) {
    if (!runs(who)) {
      checks_.fail(text_of(self_) + " was not told of the end of " + text_of(who) + " (T4)");
    }
  }
}

} // namespace troupe
