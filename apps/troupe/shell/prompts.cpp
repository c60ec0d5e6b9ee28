// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/prompts.hpp"

#include "messages/inspect.hpp"
#include "messages/vocab/error_codes.hpp"

#include <utility>

namespace troupe::shell {

std::vector<named_actor> with_role(const console_view& view, service_role role) {
  auto all = actors_of(view);
  std::erase_if(all, [&](const named_actor& one) {
    return one.offers == nullptr || one.offers->role != role;
  });
  return all;
}

std::string flag_of(const command_call& call, std::string_view name) {
  const auto found = call.given.flags.find(name);
  return found == call.given.flags.end() ? std::string{} : found->second;
}

result<place> place_of_prompt(command_call& call, const std::string& prompt) {
  const auto gateways = with_role(*call.cluster.view(), service_role::gateway);
  if (gateways.empty()) {
    return error{.code = errors::no_worker, .text = "this needs a gateway"};
  }
  if (prompt.size() > limits::operator_text_bytes_max) {
    return error{.code = errc::too_large, .text = "a question has at most 64 KiB here"};
  }
  auto asked =
      ask_one<prompt_report>(call.cluster, gateways.front().actor,
                             prompt_query{.model = flag_of(call, "--model"), .text = prompt});
  if (!asked) {
    return asked.err();
  }
  return std::move(asked->what);
}

} // namespace troupe::shell
