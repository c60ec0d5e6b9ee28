// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/following.hpp"

namespace troupe::shell {

namespace {

duration seconds_of(double seconds) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

/// One trace at one admin, from its start on.
class trace_follower {
public:
  trace_follower(command_call& call, const actor_ref& admin, std::uint64_t trace,
                 const followers& into)
      : call_(call), admin_(admin), trace_(trace), into_(into) {}

  result<followed> until(time_point end) {
    auto fine = into_.begun();
    while (fine && goes_on(end)) {
      for (const auto& [admin, seen] : call_.cluster.next_traced(200ms)) {
        if (admin == admin_ && seen.trace == trace_ && fine && !is_full_) {
          fine = take(seen);
        }
      }
    }
    if (!is_over_) {
      call_.cluster.tell({admin_, message::of(trace_stop{.trace = trace_})});
    }
    if (!fine) {
      return fine.err();
    }
    out_.ended = is_full_                      ? "full"
                 : is_over_                    ? "time"
                 : call_.cluster.interrupted() ? "interrupted"
                                               : "lost";
    return out_;
  }

private:
  bool goes_on(time_point end) const {
    return !is_over_ && !is_full_ && !call_.cluster.interrupted() && call_.cluster.now() < end;
  }

  result<void> take(const trace_events& seen) {
    const auto view = call_.cluster.view();
    for (const auto& line : seen.lines) {
      const auto wanted = into_.line({.at_ms = static_cast<double>(line.at_us) / 1000,
                                      .way = line.way,
                                      .peer = name_of(*view, line.peer),
                                      .kind = line.what,
                                      .text = line.text});
      if (!wanted) {
        return wanted.err();
      }
      if (!*wanted) {
        is_full_ = true;
        break;
      }
      ++out_.lines;
    }
    out_.skipped = seen.skipped;
    is_over_ = seen.last;
    return {};
  }

  command_call& call_;
  actor_ref admin_;
  std::uint64_t trace_;
  const followers& into_;
  followed out_;
  bool is_over_ = false;
  bool is_full_ = false;
};

} // namespace

result<trace_bounds> bounds_of(const arguments& given) {
  const auto rate = number_of(given, "--rate", 50, 1, limits::trace_rate_max);
  const auto length = number_of(given, "--for", 10, 0.001, limits::trace_ms_max / 1000.0);
  if (!rate || !length) {
    return rate ? length.err() : rate.err();
  }
  return trace_bounds{*rate, *length};
}

result<followed> follow_messages(command_call& call, const named_actor& whom,
                                 const trace_bounds& bounds, const followers& into) {
  const auto view = call.cluster.view();
  const auto& node = view->nodes.at(whom.node);
  if (!node.admin) {
    return error{.code = errc::peer_gone, .text = "no link to the admin of " + whom.node_name};
  }
  const auto started = ask_one<trace_started>(
      call.cluster, *node.admin,
      trace_start{.actor = whom.actor.actor,
                  .rate_per_s = static_cast<std::uint32_t>(bounds.rate_per_s),
                  .for_ms = static_cast<std::uint32_t>(bounds.seconds * 1000)});
  if (!started) {
    return started.err();
  }
  // The admin ends the trace by itself; if it is gone nobody does.
  return trace_follower(call, *node.admin, started->trace, into)
      .until(call.cluster.now() + seconds_of(bounds.seconds) + 2s);
}

} // namespace troupe::shell
