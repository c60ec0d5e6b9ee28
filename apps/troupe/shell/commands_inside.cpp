// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/following.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/requests.hpp"

#include <algorithm>

/// Commands that look inside: requests, traces, and again and again.
namespace troupe::shell {

namespace {

duration seconds_of(double seconds) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
}

json::value unless_zero(float number) {
  return number == 0 ? json::value{} : json::value{static_cast<double>(number)};
}

/// One stage of a request, as a bar in a common scale.
struct stage {
  std::string name;
  std::string where;
  float from = 0;
  float to = 0;
};

std::vector<stage> stages_of(const console_view& view, const request_info& what) {
  std::vector<stage> all;
  const auto end_of = [&](const attempt_info& one) {
    return one.end_ms != 0 ? one.end_ms : static_cast<float>(what.age_ms);
  };
  for (const auto& one : what.attempts) {
    const auto end = end_of(one);
    const auto mark = what.attempts.size() > 1 ? " " + std::to_string(one.attempt.value) : "";
    const auto decode = name_of(view, one.decode.node);
    all.push_back(
        {"place" + mark, "router", one.asked_ms, one.placed_ms != 0 ? one.placed_ms : end});
    if (one.placed_ms == 0) {
      continue;
    }
    const auto filled = one.running_ms != 0 ? one.running_ms
                        : one.token_ms != 0 ? one.token_ms
                                            : end;
    const auto filling = one.filling_ms != 0 ? one.filling_ms : filled;
    if (filling > one.placed_ms) {
      all.push_back({"reserve" + mark, decode, one.placed_ms, filling});
    }
    if (one.filling_ms != 0) {
      const bool is_local = one.prefill == one.decode;
      all.push_back({"fill" + mark,
                     is_local ? decode : name_of(view, one.prefill.node) + " > " + decode,
                     one.filling_ms, filled});
    }
    if (one.token_ms != 0) {
      all.push_back({"first token" + mark, decode, filled, one.token_ms});
      all.push_back({"decode" + mark, decode, one.token_ms, end});
    }
  }
  return all;
}

std::string bar_of(const stage& one, float total) {
  constexpr int width = 40;
  const auto at = [&](float ms) {
    return std::clamp(static_cast<int>(ms / total * width), 0, width);
  };
  const auto from = std::min(at(one.from), width - 1);
  const auto to = std::max(at(one.to), from + 1);
  return std::string(static_cast<std::size_t>(from), ' ')
         + std::string(static_cast<std::size_t>(to - from), '=')
         + std::string(static_cast<std::size_t>(width - to), ' ');
}

result<sheet> trace_request(command_call& call, request_id id) {
  const auto view = call.cluster.view();
  const auto found = find_request(call.cluster, id);
  if (!found) {
    return found.err();
  }
  const auto& what = found->what;
  sheet out{.name = "stages",
            .columns = {"stage", "where", "from_ms", "to_ms", "took_ms", "timeline"},
            .hidden = {}};
  const auto total = what.end_ms != 0 ? what.end_ms : static_cast<float>(std::max(what.age_ms, 1U));
  for (const auto& one : stages_of(*view, what)) {
    out.rows.push_back({one.name, one.where, static_cast<double>(one.from),
                        static_cast<double>(one.to), static_cast<double>(one.to - one.from),
                        "|" + bar_of(one, total) + "|"});
  }
  const auto tokens = what.accepted_tokens;
  const auto itl = tokens > 1
                       ? (what.last_token_ms - what.first_token_ms) / static_cast<float>(tokens - 1)
                       : 0.0F;
  out.facts = {{"request", request_text(what.request)},
               {"gateway", found->gateway},
               {"state", std::string(phase_name(what.phase))},
               {"prompt_tokens", what.prompt_tokens},
               {"tokens", tokens},
               {"attempts", what.attempts.size()},
               {"ttft_ms", unless_zero(what.first_token_ms)},
               {"itl_mean_ms", unless_zero(itl)},
               {"total_ms", static_cast<double>(total)}};
  std::string line;
  for (const auto& [key, value] : out.facts) {
    line += (line.empty() ? "" : "  ") + key + " " + cell_text(value);
  }
  out.before = {line};
  for (const auto& one : what.attempts) {
    if (!one.why.empty()) {
      out.after.push_back("attempt " + std::to_string(one.attempt.value) + " ended: " + one.why);
    }
  }
  if (!what.why.empty()) {
    out.after.push_back("failed: " + what.why);
  }
  return out;
}

result<sheet> trace_messages(command_call& call, const named_actor& whom) {
  const auto bounds = bounds_of(call.given);
  if (!bounds) {
    return bounds.err();
  }
  const auto got =
      follow_messages(call, whom, *bounds, {.line = [&](const seen_message& one) -> result<bool> {
                        call.emit(as_json(one), as_line(one));
                        return true;
                      }});
  if (!got) {
    return got.err();
  }
  sheet out{.facts = {{"actor", whom.name}, {"lines", got->lines}, {"skipped", got->skipped}}};
  out.after = {std::to_string(got->lines) + " messages of " + whom.name + " shown, "
               + std::to_string(got->skipped) + " over the rate of " + cell_text(bounds->rate_per_s)
               + "/s"};
  return out;
}

} // namespace

result<sheet> run_trace(command_call& call) {
  const auto& name = call.given.at(0);
  if (const auto id = parse_request(name); id && !call.given.has("--msgs")) {
    return trace_request(call, *id);
  }
  const auto whom = find_actor(*call.cluster.view(), name);
  if (!whom) {
    return whom.err();
  }
  return trace_messages(call, *whom);
}

namespace {

result<sheet> repeat(command_call& call, const std::string& line, double every_s) {
  const auto every = number_of(call.given, "-n", every_s, 0.1, 3600);
  const auto times = number_of(call.given, "--times", 0, 1, 1'000'000);
  if (!every || !times) {
    return every ? times.err() : every.err();
  }
  for (int i = 1; !call.cluster.interrupted(); ++i) {
    if (auto done = call.run(line); !done) {
      return done.err();
    }
    if (i == static_cast<int>(*times) || !call.cluster.pause(seconds_of(*every))) {
      break;
    }
  }
  return sheet{};
}

} // namespace

result<sheet> run_watch(command_call& call) {
  std::string line;
  for (const auto& word : call.given.operands) {
    line += (line.empty() ? "" : " ") + quoted_word(word);
  }
  return repeat(call, line, 2);
}

result<sheet> run_top(command_call& call) {
  return repeat(call, "ps -s busy", 1);
}

result<sheet> run_reqs(command_call& call) {
  auto all = all_requests(call.cluster);
  sheet out{.name = "requests",
            .columns = {"request", "gateway", "state", "model", "prompt_tokens", "tokens",
                        "attempts", "prefill", "decode", "ttft_ms", "total_ms", "age_s"}};
  const auto duration_of = [](const request_info& one) {
    return one.end_ms != 0 ? one.end_ms : static_cast<float>(one.age_ms);
  };
  if (call.given.has("--slow")) {
    std::ranges::stable_sort(all, std::greater{},
                             [&](const told_request& one) { return duration_of(one.what); });
    all.resize(std::min<std::size_t>(all.size(), 20));
  }
  const auto view = call.cluster.view();
  for (const auto& [gateway, one] : all) {
    const auto* last = one.attempts.empty() ? nullptr : &one.attempts.back();
    const bool is_placed = last != nullptr && last->placed_ms != 0;
    const auto decode = is_placed ? name_of(*view, last->decode.node) : "";
    out.rows.push_back({request_text(one.request), gateway, std::string(phase_name(one.phase)),
                        one.model, one.prompt_tokens, one.accepted_tokens, one.attempts.size(),
                        is_placed ? name_of(*view, last->prefill.node) : "", decode,
                        unless_zero(one.first_token_ms), static_cast<double>(duration_of(one)),
                        static_cast<double>(one.age_ms) / 1000});
  }
  return out;
}

} // namespace troupe::shell
