// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/names.hpp"
#include "messages/place.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Questions of users, as operators speak of them.
namespace troupe::shell {

[[nodiscard]] std::vector<named_actor> with_role(const console_view& view, service_role role);

/// The value of a flag; empty: not given.
[[nodiscard]] std::string flag_of(const command_call& call, std::string_view name);

/// What a gateway would ask a router for this question, of the model of --model if given. Nothing
/// is placed. Errors: no_worker without a gateway, too_large, the gateway's.
[[nodiscard]] result<place> place_of_prompt(command_call& call, const std::string& prompt);

} // namespace troupe::shell
