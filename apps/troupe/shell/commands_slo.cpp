// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/objectives.hpp"
#include "apps/troupe/shell/requests.hpp"
#include "runtime/config/nearest.hpp"

#include <algorithm>

/// What clients waited for, from what gateways remember.
namespace troupe::shell {

namespace {

json::value unless_none(const std::optional<double>& number) {
  return number ? json::value{*number} : json::value{};
}

result<objectives> aims_of(const arguments& given) {
  const objectives usual;
  const auto ttft = number_of(given, "--ttft", usual.ttft_ms / 1000, 0.001, 3600);
  const auto tpot = number_of(given, "--tpot", usual.tpot_ms / 1000, 0.0001, 3600);
  if (!ttft || !tpot) {
    return ttft ? tpot.err() : ttft.err();
  }
  return objectives{.ttft_ms = *ttft * 1000, .tpot_ms = *tpot * 1000};
}

/// Errors: not_found, if nobody serves it and nobody asked for it.
result<void> check_model(const console_view& view, const std::vector<request_info>& all,
                         const std::string& model) {
  std::vector<std::string> known;
  for (const auto& one : all) {
    known.push_back(one.model);
  }
  for (const auto& one : actors_of(view)) {
    if (one.offers != nullptr && !one.offers->model.empty()) {
      known.push_back(one.offers->model);
    }
  }
  if (std::ranges::find(known, model) != known.end()) {
    return {};
  }
  const auto said = model.substr(0, 80);
  return error{.code = errc::not_found,
               .text = "no model '" + said + "'" + config::did_you_mean(said, known)
                       + " `models` lists them"};
}

} // namespace

result<sheet> run_slo(command_call& call) {
  const auto aim = aims_of(call.given);
  if (!aim) {
    return aim.err();
  }
  const auto view = call.cluster.view();
  const auto model = call.given.at(0);
  std::vector<std::string> silent;
  std::vector<request_info> all;
  for (auto& one : all_requests(call.cluster, {}, &silent)) {
    all.push_back(std::move(one.what));
  }
  if (!model.empty()) {
    if (auto fine = check_model(*view, all, model); !fine) {
      return fine.err();
    }
    std::erase_if(all, [&](const request_info& one) { return one.model != model; });
  }
  sheet out{.name = "models",
            .columns = {"model", "requests", "completed", "failed", "abandoned", "ttft_p50_ms",
                        "ttft_p95_ms", "ttft_p99_ms", "tpot_p50_ms", "tpot_p95_ms",
                        "within_percent"}};
  for (const auto& one : service_levels(all, *aim)) {
    out.rows.push_back({one.model.empty() ? "(all)" : one.model, one.requests, one.completed,
                        one.failed, one.abandoned, unless_none(one.ttft_ms[0]),
                        unless_none(one.ttft_ms[1]), unless_none(one.ttft_ms[2]),
                        unless_none(one.tpot_ms[0]), unless_none(one.tpot_ms[1]),
                        one.within ? json::value{*one.within * 100} : json::value{}});
  }
  std::uint32_t oldest = 0;
  for (const auto& one : all) {
    oldest = std::max(oldest, one.age_ms);
  }
  out.facts = {{"ttft_objective_ms", aim->ttft_ms},
               {"tpot_objective_ms", aim->tpot_ms},
               {"oldest_s", static_cast<double>(oldest) / 1000}};
  out.after = {"within: the first token after " + cell_text(aim->ttft_ms)
               + " ms at most and the others every " + cell_text(aim->tpot_ms)
               + " ms, of all that ended; "
               + (all.empty() ? "gateways remember no request"
                              : "the oldest that gateways remember came "
                                    + cell_text(static_cast<double>(oldest) / 1000) + " s ago")};
  for (const auto& one : silent) {
    out.after.push_back(one + " did not answer: its requests are missing");
  }
  return out;
}

} // namespace troupe::shell
