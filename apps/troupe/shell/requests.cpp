// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/requests.hpp"

#include "apps/troupe/shell/names.hpp"

#include <algorithm>
#include <array>

namespace troupe::shell {

std::vector<told_request> all_requests(cluster_client& over, request_id only,
                                       std::vector<std::string>* silent) {
  const auto view = over.view();
  std::vector<console_question> questions;
  std::vector<std::string> names;
  for (const auto& one : actors_of(*view)) {
    if (one.offers != nullptr && one.offers->role == service_role::gateway) {
      questions.push_back({one.actor, message::of(requests_query{.request = only})});
      names.push_back(one.node_name);
    }
  }
  std::vector<told_request> all;
  const auto answers = over.ask(std::move(questions), answer_time);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (const auto* report = answers[i].body.as<requests_report>()) {
      for (const auto& one : report->requests) {
        all.push_back({names[i], one});
      }
    } else if (silent != nullptr) {
      silent->push_back(names[i]);
    }
  }
  std::ranges::stable_sort(all, {}, [](const told_request& one) { return one.what.age_ms; });
  return all;
}

result<told_request> find_request(cluster_client& over, request_id id) {
  auto found = all_requests(over, id);
  if (found.empty()) {
    return error{.code = errc::not_found,
                 .text = "no gateway remembers " + request_text(id)
                         + "; `reqs` lists the last of each"};
  }
  return std::move(found.front());
}

std::string_view phase_name(request_phase what) {
  constexpr std::array<std::string_view, 4> names{"open", "completed", "failed", "abandoned"};
  return names.at(static_cast<std::size_t>(what));
}

std::string quoted_word(const std::string& word) {
  if (word.find_first_of(" \t'\"|>#") == std::string::npos && !word.empty()) {
    return word;
  }
  // Braces keep their inside as it is.
  if (word.find('{') != std::string::npos) {
    return word;
  }
  std::string out = "\"";
  for (const char c : word) {
    out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
  }
  return out + "\"";
}

} // namespace troupe::shell
