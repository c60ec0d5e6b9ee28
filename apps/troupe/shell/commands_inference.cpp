// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/prompts.hpp"
#include "apps/troupe/shell/requests.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

/// Commands about caches and placements.
namespace troupe::shell {

namespace {

/// What a gateway would ask a router for this question, and the router's answer.
result<decision> imagine(command_call& call, const std::string& prompt) {
  const auto routers = with_role(*call.cluster.view(), service_role::router);
  if (routers.empty()) {
    return error{.code = errors::no_worker, .text = "this needs a router"};
  }
  auto asked = place_of_prompt(call, prompt);
  if (!asked) {
    return asked.err();
  }
  auto told = ask_one<explain_report>(call.cluster, routers.front().actor,
                                      explain_query{.imagined = *std::move(asked)});
  if (!told) {
    return told.err();
  }
  if (told->decisions.empty()) {
    return error{.code = errc::malformed, .text = "the router told no decision"};
  }
  return std::move(told->decisions.front());
}

std::string why_of(const weighed_pair& one, const decision& all, float best) {
  std::string why;
  const auto add = [&](const std::string& text) {
    why += (why.empty() ? "" : "; ") + text;
  };
  const auto cost = one.ttft_ms + one.harm_ms;
  if (one.chosen) {
    add(cost > best ? "chosen by lot among the best within " + cell_text(all.near_equal_ms) + " ms"
                    : "chosen: lowest cost");
  } else if (cost <= best + all.near_equal_ms) {
    add("as good: within " + cell_text(all.near_equal_ms) + " ms");
  }
  if (!one.has_room) {
    add("no room: would wait for blocks");
  }
  const auto cached = std::max(one.decode_cached_blocks, one.prefill_cached_blocks);
  const auto whole = all.prompt_tokens + all.accepted;
  if (one.computed_tokens < whole && cached > 0) {
    add("saves " + std::to_string(whole - one.computed_tokens) + " prompt tokens");
  }
  if (one.waiting_tokens > 0) {
    add(std::to_string(one.waiting_tokens) + " prompt tokens wait before it");
  }
  if (one.harm_ms > 0.05F) {
    add("slows " + std::to_string(one.running) + " running by " + cell_text(one.harm_ms) + " ms");
  }
  return why;
}

void add_decision(sheet& out, const decision& told, const std::string& router) {
  float best = 0;
  for (const auto& one : told.pairs) {
    const auto cost = one.ttft_ms + one.harm_ms;
    best = &one == &told.pairs.front() ? cost : std::min(best, cost);
  }
  for (const auto& one : told.pairs) {
    const auto cached = std::max(one.decode_cached_blocks, one.prefill_cached_blocks);
    out.rows.push_back(
        {told.attempt.value, router, one.decode, one.prefill.empty() ? "local" : one.prefill,
         std::to_string(cached) + "/" + std::to_string(told.blocks), one.computed_tokens,
         one.waiting_tokens, one.running, one.free_blocks, static_cast<double>(one.ttft_ms),
         static_cast<double>(one.harm_ms), static_cast<double>(one.ttft_ms + one.harm_ms),
         one.chosen, why_of(one, told, best)});
  }
}

sheet explain_sheet() {
  return {.name = "pairs",
          .columns = {"attempt", "router", "decode", "prefill", "overlap", "new_tokens",
                      "waiting_tokens", "running", "free_blocks", "ttft_ms", "harm_ms", "cost_ms",
                      "chosen", "why"},
          .hidden = {"attempt", "router", "harm_ms", "chosen"}};
}

result<sheet> explain_prompt(command_call& call, const std::string& prompt) {
  const auto told = imagine(call, prompt);
  if (!told) {
    return told.err();
  }
  auto out = explain_sheet();
  add_decision(out, *told, "");
  out.facts = {{"imagined", true},
               {"prompt_tokens", told->prompt_tokens},
               {"blocks", told->blocks},
               {"refused", told->why.text}};
  out.before = {"imagined: " + std::to_string(told->prompt_tokens) + " prompt tokens, "
                + std::to_string(told->blocks) + " blocks; nothing was placed"};
  if (!told->why.text.empty()) {
    out.after = {"would be refused: " + told->why.text};
  }
  return out;
}

result<sheet> explain_request(command_call& call, request_id id) {
  const auto view = call.cluster.view();
  auto out = explain_sheet();
  std::size_t decisions = 0;
  for (const auto& router : with_role(*view, service_role::router)) {
    const auto told =
        ask_one<explain_report>(call.cluster, router.actor, explain_query{.request = id});
    if (!told) {
      continue;
    }
    for (const auto& one : told->decisions) {
      ++decisions;
      out.before.push_back(request_text(id) + "  attempt " + std::to_string(one.attempt.value)
                           + ": " + std::to_string(one.prompt_tokens) + " prompt tokens, "
                           + std::to_string(one.accepted) + " accepted, "
                           + std::to_string(one.blocks) + " blocks; by " + router.name + ", "
                           + cell_text(static_cast<double>(one.age_ms) / 1000) + " s ago");
      if (!one.why.text.empty()) {
        out.before.push_back("refused: " + one.why.text);
      }
      add_decision(out, one, router.name);
    }
  }
  if (decisions == 0) {
    return error{.code = errc::not_found,
                 .text = "no router remembers a placement of " + request_text(id)};
  }
  out.facts = {{"request", request_text(id)}, {"decisions", decisions}};
  if (decisions > 1) {
    std::erase(out.hidden, "attempt");
  }
  return out;
}

} // namespace

result<sheet> run_router_explain(command_call& call) {
  if (call.given.has("--prompt")) {
    return explain_prompt(call, flag_of(call, "--prompt"));
  }
  if (call.given.operands.empty()) {
    return error{.code = errc::invalid_value,
                 .text = "usage: router explain REQUEST | --prompt TEXT [--model MODEL]"};
  }
  const auto id = parse_request(call.given.at(0));
  if (!id) {
    return id.err();
  }
  return explain_request(call, *id);
}

result<sheet> run_router_set(command_call& call) {
  const auto word = call.given.at(0);
  const auto sign = word.find('=');
  if (sign == std::string::npos) {
    return error{.code = errc::invalid_value,
                 .text = "usage: router set NAME=VALUE; `info router` shows the settings"};
  }
  const auto value = number_in(word.substr(sign + 1), "VALUE", 0, 1e9);
  if (!value) {
    return value.err();
  }
  const auto view = call.cluster.view();
  auto routers = with_role(*view, service_role::router);
  const auto only = flag_of(call, "--on");
  std::erase_if(routers,
                [&](const named_actor& one) { return !only.empty() && one.node_name != only; });
  if (routers.empty()) {
    return error{.code = errc::not_found, .text = "there is no such router"};
  }
  const auto plan = "decide with " + word + " on " + std::to_string(routers.size())
                    + (routers.size() == 1 ? " router" : " routers") + " until it restarts";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  sheet out{.name = "settings", .columns = {"router", "setting", "value"}};
  for (const auto& one : routers) {
    const auto now = ask_one<router_settings>(
        call.cluster, one.actor,
        router_set{.setting = word.substr(0, sign), .value = *value, .who = call.who});
    if (!now) {
      return now.err();
    }
    for (const auto& fact : now->settings) {
      out.rows.push_back({one.name, fact.key, fact.value});
    }
  }
  out.before = {"done: " + plan};
  return out;
}

result<sheet> run_cache_find(command_call& call) {
  const auto told = imagine(call, call.given.at(0));
  if (!told) {
    return told.err();
  }
  sheet out{.name = "pools", .columns = {"node", "kind", "blocks", "of", "tokens"}};
  for (const auto& one : told->holdings) {
    out.rows.push_back({one.node, one.computes ? "worker" : "cache", one.blocks, told->blocks,
                        one.blocks * block_tokens});
  }
  std::ranges::stable_sort(out.rows, std::greater{},
                           [](const auto& row) { return *row[2].as_integer(); });
  out.facts = {{"prompt_tokens", told->prompt_tokens}, {"blocks", told->blocks}};
  out.after = {std::to_string(told->prompt_tokens) + " prompt tokens are "
               + std::to_string(told->blocks) + " whole blocks; the first of them stand in "
               + std::to_string(out.rows.size()) + " pools"};
  return out;
}

result<sheet> run_cache_stats(command_call& call) {
  const auto view = call.cluster.view();
  sheet out{.name = "pools",
            .columns = {"node", "kind", "blocks", "free", "total", "used_mib", "capacity_mib",
                        "hits", "misses", "hit_ratio"}};
  for (const auto& one : actors_of(*view)) {
    const bool is_pool = one.offers != nullptr
                         && (one.offers->role == service_role::worker
                             || one.offers->role == service_role::cache_shard);
    if (!is_pool || (!call.given.operands.empty() && one.node_name != call.given.at(0))) {
      continue;
    }
    const auto said = ask_one<status_report>(call.cluster, one.actor, status_query{});
    if (!said) {
      out.after.push_back(one.name + ": " + said.err().text);
      continue;
    }
    std::map<std::string, double> facts;
    for (const auto& fact : said->facts) {
      facts[fact.key] = std::strtod(fact.value.c_str(), nullptr);
    }
    const auto number = [&](const char* key, double scale = 1) {
      const auto found = facts.find(key);
      return found == facts.end() ? json::value{} : json::value{found->second / scale};
    };
    const bool is_shard = one.offers->role == service_role::cache_shard;
    const auto asked = facts["hits"] + facts["misses"];
    out.rows.push_back(
        {one.node_name, one.role, number(is_shard ? "blocks" : "cached_blocks"),
         number("free_blocks"), number("total_blocks"), number("used_bytes", 1U << 20U),
         number("capacity_bytes", 1U << 20U), is_shard ? number("hits") : json::value{},
         is_shard ? number("misses") : json::value{},
         is_shard && asked > 0 ? json::value{facts["hits"] / asked} : json::value{}});
  }
  if (!call.given.operands.empty() && out.rows.empty()) {
    return error{.code = errc::not_found,
                 .text = "'" + call.given.at(0).substr(0, 80) + "' has no pool"};
  }
  return out;
}

} // namespace troupe::shell
