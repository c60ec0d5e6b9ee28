// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/prompts.hpp"
#include "messages/cache_care.hpp"

#include <utility>

/// Blocks of the cache shards: how hot they are, and what an operator does with those of a text.
namespace troupe::shell {

namespace {

constexpr double mib = 1 << 20;

/// Of the shards, or the one of that node. Errors: not_found.
result<std::vector<named_actor>> shards(const console_view& view, const std::string& node) {
  auto all = with_role(view, service_role::cache_shard);
  std::erase_if(all,
                [&](const named_actor& one) { return !node.empty() && one.node_name != node; });
  if (all.empty()) {
    return error{.code = errc::not_found,
                 .text = node.empty() ? "the cluster has no cache shard; `spawn cache on AGENT`"
                                      : "'" + node.substr(0, 80) + "' has no cache shard"};
  }
  return all;
}

struct care_words {
  std::string_view plan; ///< "drop the 7 blocks of this text that shards keep".
  std::string_view done;
};

result<sheet> care(command_call& call, cache_act act, care_words words) {
  const auto view = call.cluster.view();
  const auto whom = shards(*view, flag_of(call, "--on"));
  if (!whom) {
    return whom.err();
  }
  const auto asked = place_of_prompt(call, call.given.at(0));
  if (!asked) {
    return asked.err();
  }
  if (asked->names.empty()) {
    return error{.code = errc::invalid_value,
                 .text = "this text has " + std::to_string(asked->prompt_tokens)
                         + " tokens: less than one block of " + std::to_string(block_tokens)
                         + ", so nothing is cached of it"};
  }
  const auto plan = std::string(words.plan) + " of the " + std::to_string(asked->names.size())
                    + " blocks of this text what " + std::to_string(whom->size())
                    + (whom->size() == 1 ? " shard keeps" : " shards keep")
                    + "; workers' own pools are left alone";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  sheet out{.name = "shards", .columns = {"node", "blocks", "refused"}};
  std::uint64_t blocks = 0;
  for (const auto& one : *whom) {
    const auto got = ask_one<cache_cared>(
        call.cluster, one.actor, cache_care{.act = act, .names = asked->names, .who = call.who});
    if (!got) {
      out.after.push_back(one.name + ": " + got.err().text);
      continue;
    }
    blocks += got->blocks;
    out.rows.push_back({one.node_name, got->blocks, got->refused});
    if (got->refused > 0) {
      out.after.push_back(one.name + ": half of its room is pinned, no more may be");
    }
  }
  out.facts = {{"blocks", blocks}, {"of", asked->names.size()}};
  out.before = {std::string(words.done) + " " + std::to_string(blocks) + " blocks"};
  return out;
}

} // namespace

result<sheet> run_cache_heat(command_call& call) {
  const auto view = call.cluster.view();
  const auto whom = shards(*view, call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  sheet out{.name = "bands",
            .columns = {"node", "asked_for", "blocks", "mib", "hits", "pinned", "hits_min"},
            .hidden = {"hits_min"}};
  for (const auto& one : *whom) {
    const auto told = ask_one<heat_report>(call.cluster, one.actor, heat_query{});
    if (!told) {
      out.after.push_back(one.name + ": " + told.err().text);
      continue;
    }
    for (auto band = told->bands.rbegin(); band != told->bands.rend(); ++band) {
      const auto most = band->hits_min * 2;
      const auto times = band->hits_min < 2
                             ? std::to_string(band->hits_min)
                             : std::to_string(band->hits_min) + "-" + std::to_string(most - 1);
      if (band->blocks > 0) {
        out.rows.push_back({one.node_name, times, band->blocks,
                            static_cast<double>(band->bytes) / mib, band->hits, band->pinned_blocks,
                            band->hits_min});
      }
    }
  }
  out.after.emplace_back("ASKED_FOR: how often a block was got since it came to the shard");
  return out;
}

result<sheet> run_cache_evict(command_call& call) {
  return care(call, cache_act::evict, {"drop", "dropped"});
}

result<sheet> run_cache_pin(command_call& call) {
  return care(call, cache_act::pin, {"keep against eviction", "pinned"});
}

result<sheet> run_cache_unpin(command_call& call) {
  return care(call, cache_act::unpin, {"leave to eviction again", "unpinned"});
}

} // namespace troupe::shell
