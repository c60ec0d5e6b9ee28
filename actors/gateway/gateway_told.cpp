// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/gateway_core.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <utility>

/// What a gateway tells operators of its requests.
namespace troupe {

namespace {

constexpr std::size_t recent_max = 256;

} // namespace

void gateway_core::remember(client& whose, request_phase how, const error& why, context& cx) {
  whose.told.ended(how, why.text, cx.now);
  if (recent_.size() == recent_max) {
    recent_.pop_front();
  }
  recent_.push_back(std::move(whose.told));
}

void gateway_core::on(const requests_query& what, context& cx) {
  requests_report report;
  const auto add = [&](const request_record& one) {
    if (what.request == request_id{} || what.request == one.request()) {
      report.requests.push_back(one.told(cx.now));
    }
  };
  for (const auto& [id, whose] : clients_) {
    add(whose.told);
  }
  for (auto at = recent_.rbegin(); at != recent_.rend(); ++at) {
    add(*at);
  }
  std::ranges::stable_sort(report.requests, {}, &request_info::age_ms);
  if (report.requests.size() > limits::told_requests_max) {
    report.requests.resize(limits::told_requests_max);
  }
  cx.out.respond(*cx.from, std::move(report));
}

void gateway_core::on(const prompt_query& what, context& cx) {
  const auto all = texts_.current();
  const bool is_only = what.model.empty() && all->size() == 1;
  const auto text = is_only ? all->begin()->second : texts_.find(what.model);
  if (text == nullptr) {
    cx.out.respond(*cx.from, error{.code = errors::model_not_found,
                                   .text = what.model.empty()
                                               ? "name one of the models with --model"
                                               : "no model '" + what.model + "' is served here",
                                   .field = "model"});
    return;
  }
  chat_request asked;
  asked.model = text->name();
  asked.messages.push_back(json::object_of({{"role", "user"}, {"content", what.text}}));
  const auto ready = prepare(asked, text);
  if (!ready) {
    cx.out.respond(*cx.from, ready.err());
    return;
  }
  const block_namer namer(text->content(), {}, {}, config_.cluster_secret);
  cx.out.respond(*cx.from, prompt_report{.what = {.model = text->name(),
                                                  .who = {.model = text->digest()},
                                                  .prompt_tokens = static_cast<std::uint32_t>(
                                                      ready->prompts.front().size()),
                                                  .names = namer.all(ready->prompts.front()),
                                                  .max_tokens = ready->max_tokens}});
}

} // namespace troupe
