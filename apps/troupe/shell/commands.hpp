// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"

/// The handlers behind the table of commands.
namespace troupe::shell {

result<sheet> run_help(command_call& call);
result<sheet> run_ps(command_call& call);
result<sheet> run_tree(command_call& call);
result<sheet> run_info(command_call& call);
result<sheet> run_nodes(command_call& call);
result<sheet> run_links(command_call& call);
result<sheet> run_models(command_call& call);
result<sheet> run_mem(command_call& call);
result<sheet> run_reqs(command_call& call);
result<sheet> run_events(command_call& call);
result<sheet> run_crashes(command_call& call);

result<sheet> run_describe(command_call& call);
result<sheet> run_ask(command_call& call);
result<sheet> run_send(command_call& call);
result<sheet> run_ping(command_call& call);

result<sheet> run_spawn(command_call& call);
result<sheet> run_kill(command_call& call);
result<sheet> run_restart(command_call& call);
result<sheet> run_stop(command_call& call);
result<sheet> run_drain(command_call& call);
result<sheet> run_cordon(command_call& call);
result<sheet> run_uncordon(command_call& call);
result<sheet> run_migrate(command_call& call);
result<sheet> run_scale_roles(command_call& call);

result<sheet> run_log(command_call& call);
result<sheet> run_log_level(command_call& call);
result<sheet> run_net(command_call& call);

result<sheet> run_mail(command_call& call);
result<sheet> run_profile(command_call& call);

result<sheet> run_delay(command_call& call);
result<sheet> run_drop(command_call& call);
result<sheet> run_crash(command_call& call);

result<sheet> run_trace(command_call& call);
result<sheet> run_watch(command_call& call);
result<sheet> run_top(command_call& call);
result<sheet> run_record(command_call& call);
result<sheet> run_replay(command_call& call);
result<sheet> run_slo(command_call& call);

result<sheet> run_cache_stats(command_call& call);
result<sheet> run_cache_find(command_call& call);
result<sheet> run_cache_heat(command_call& call);
result<sheet> run_cache_evict(command_call& call);
result<sheet> run_cache_pin(command_call& call);
result<sheet> run_cache_unpin(command_call& call);
result<sheet> run_router_explain(command_call& call);
result<sheet> run_router_set(command_call& call);
result<sheet> run_plan_show(command_call& call);
result<sheet> run_plan_history(command_call& call);
result<sheet> run_plan_why(command_call& call);
result<sheet> run_plan_apply(command_call& call);

} // namespace troupe::shell
