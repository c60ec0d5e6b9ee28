// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"

#include <array>

namespace troupe::shell {

namespace {

constexpr std::array ps_flags{
    command_flag{"-r", "ROLE", ""},
    command_flag{"-s", "KEY", "actor|mailbox|handled|sent|busy"},
};
constexpr std::array reqs_flags{command_flag{"--slow", "", ""}};
constexpr std::array events_flags{command_flag{"-f", "", ""}, command_flag{"--for", "TIME", ""}};
constexpr std::array ask_flags{command_flag{"--timeout", "TIME", ""}};
constexpr std::array ping_flags{command_flag{"-n", "COUNT", ""}};
constexpr std::array drain_flags{command_flag{"--timeout", "TIME", ""}};
constexpr std::array spawn_flags{command_flag{"--as", "SLOT", ""}};
constexpr std::array trace_flags{command_flag{"--msgs", "", ""}, command_flag{"--rate", "N/s", ""},
                                 command_flag{"--for", "TIME", ""}};
constexpr std::array watch_flags{command_flag{"-n", "SECONDS", ""},
                                 command_flag{"--times", "COUNT", ""}};
constexpr std::array prompt_flags{command_flag{"--prompt", "TEXT", ""},
                                  command_flag{"--model", "MODEL", ""}};
constexpr std::array disturb_flags{command_flag{"--for", "TIME", ""}};
constexpr std::array model_flags{command_flag{"--model", "MODEL", ""}};
constexpr std::array log_flags{command_flag{"-f", "", ""}, command_flag{"-n", "LINES", ""},
                               command_flag{"--for", "TIME", ""}};
constexpr std::array level_flags{command_flag{"--for", "TIME", ""}};
constexpr std::array net_flags{command_flag{"--for", "TIME", ""}};
constexpr std::array care_flags{command_flag{"--model", "MODEL", ""},
                                command_flag{"--on", "NODE", ""}};
constexpr std::array set_flags{command_flag{"--on", "NODE", ""}};

constexpr std::array commands{
    shell_command{
        "help", "help [COMMAND]", "The commands, or one of them.", "command*", {}, run_help},
    shell_command{"ps", "ps [-r ROLE] [-s actor|mailbox|handled|sent|busy] [TEXT]",
                  "Every actor: mailbox, messages, time spent. TEXT: only names that hold it.",
                  "text?", ps_flags, run_ps},
    shell_command{"top", "top [-n SECONDS] [--times COUNT]",
                  "Every actor, the busiest first, again and again until Ctrl-C.", "", watch_flags,
                  run_top},
    shell_command{
        "tree", "tree", "Nodes, who keeps them running, and their actors.", "", {}, run_tree},
    shell_command{"info", "info ACTOR|NODE", "All that is known of one.", "actor", {}, run_info},
    shell_command{"mail",
                  "mail ACTOR",
                  "What waits in its mailbox, by kinds; nothing is taken out.",
                  "actor",
                  {},
                  run_mail},
    shell_command{"profile",
                  "profile ACTOR [TIME]",
                  "What an actor spends its time on, by kinds; after 5 s if no TIME is given.",
                  "actor text?",
                  {},
                  run_profile},
    shell_command{"nodes", "nodes", "The members of the cluster.", "", {}, run_nodes},
    shell_command{"links", "links [NODE]", "Sessions between nodes.", "node?", {}, run_links},
    shell_command{"models", "models", "What is served, and by whom.", "", {}, run_models},
    shell_command{"reqs", "reqs [--slow]", "Requests of the gateways, newest first.", "",
                  reqs_flags, run_reqs},
    shell_command{"mem", "mem", "Memory of nodes and pools.", "", {}, run_mem},
    shell_command{"events", "events [-f] [--for TIME]", "What happened; -f: go on until Ctrl-C.",
                  "", events_flags, run_events},
    shell_command{"log", "log [ACTOR|NODE] [-n LINES] [-f] [--for TIME]",
                  "The newest lines of logs; -f: go on until Ctrl-C.", "actor?", log_flags,
                  run_log},
    shell_command{"log level", "log level ACTOR|NODE trace|debug|info|warn|default [--for 5m]",
                  "How much is logged for a while; it ends by itself.", "actor text", level_flags,
                  run_log_level, true},
    shell_command{"net", "net [NODE] [--for 1s]", "What goes over the links, per second.", "node?",
                  net_flags, run_net},
    shell_command{"crashes",
                  "crashes [SLOT]",
                  "How processes died, with which requests; of a slot, the last death in full.",
                  "slot?",
                  {},
                  run_crashes},
    shell_command{"describe",
                  "describe [MESSAGE]",
                  "The messages, or the fields of one.",
                  "message?",
                  {},
                  run_describe},
    shell_command{"ask", "ask ACTOR MESSAGE{FIELD=VALUE ...} [--timeout TIME]",
                  "Ask an actor and show the answer; other messages than queries need --write.",
                  "actor message", ask_flags, run_ask},
    shell_command{"send",
                  "send ACTOR MESSAGE{FIELD=VALUE ...}",
                  "Tell an actor something.",
                  "actor message",
                  {},
                  run_send,
                  true},
    shell_command{"ping", "ping ACTOR|NODE [-n COUNT]", "How long an actor takes to answer.",
                  "actor", ping_flags, run_ping},
    shell_command{"spawn", "spawn ROLE on NODE [--as SLOT] [FLAG=VALUE ...]",
                  "A new process of this role, kept running by the agent there.",
                  "role =on agent text*", spawn_flags, run_spawn, true},
    shell_command{"kill",
                  "kill ACTOR|SLOT",
                  "Kill its process; its agent starts it again.",
                  "actor",
                  {},
                  run_kill,
                  true},
    shell_command{"restart",
                  "restart ACTOR|SLOT",
                  "End its process in good order and start it again.",
                  "actor",
                  {},
                  run_restart,
                  true},
    shell_command{"stop",
                  "stop ACTOR|SLOT",
                  "End its process and do not start it again.",
                  "actor",
                  {},
                  run_stop,
                  true},
    shell_command{"drain", "drain NODE [--timeout TIME]",
                  "A worker takes no new work; done when nothing is left.", "node", drain_flags,
                  run_drain, true},
    shell_command{"cordon",
                  "cordon NODE",
                  "A worker takes no new work; what it has goes on.",
                  "node",
                  {},
                  run_cordon,
                  true},
    shell_command{"uncordon",
                  "uncordon NODE",
                  "A worker takes new work again, also after a drain.",
                  "node",
                  {},
                  run_uncordon,
                  true},
    shell_command{"migrate", "migrate REQUEST to NODE [--timeout TIME]",
                  "Have a running request decoded on another node, from where it is.",
                  "request =to node", drain_flags, run_migrate, true},
    shell_command{"scale",
                  "scale ROLE COUNT",
                  "Start or stop slots of a role.",
                  "role text",
                  {},
                  run_scale_roles,
                  true},
    shell_command{"trace", "trace REQUEST | trace ACTOR --msgs [--rate 50/s] [--for 10s]",
                  "The life of a request; the messages of an actor, within a rate and a time.",
                  "actor|request", trace_flags, run_trace},
    shell_command{"watch", "watch [-n SECONDS] [--times COUNT] COMMAND...",
                  "Run a command again and again until Ctrl-C.", "command line*", watch_flags,
                  run_watch},
    shell_command{"cache stats",
                  "cache stats [NODE]",
                  "Pools and shards: blocks, hits.",
                  "node?",
                  {},
                  run_cache_stats},
    shell_command{"cache find", "cache find TEXT [--model MODEL]",
                  "Where blocks of this question are held.", "text", model_flags, run_cache_find},
    shell_command{"cache heat",
                  "cache heat [NODE]",
                  "How often is asked for what shards keep.",
                  "node?",
                  {},
                  run_cache_heat},
    shell_command{"cache evict", "cache evict TEXT [--model MODEL] [--on NODE]",
                  "Drop the blocks of this question from shards.", "text", care_flags,
                  run_cache_evict, true},
    shell_command{"cache pin", "cache pin TEXT [--model MODEL] [--on NODE]",
                  "Keep them there whatever comes, up to half of a shard.", "text", care_flags,
                  run_cache_pin, true},
    shell_command{"cache unpin", "cache unpin TEXT [--model MODEL] [--on NODE]",
                  "Leave them to eviction again.", "text", care_flags, run_cache_unpin, true},
    shell_command{"router explain", "router explain REQUEST | --prompt TEXT [--model MODEL]",
                  "Why a request runs where it runs, or where this question would.", "request?",
                  prompt_flags, run_router_explain},
    shell_command{"router set", "router set NAME=VALUE [--on NODE]",
                  "How routers decide from now on; `info router` shows the settings.", "text",
                  set_flags, run_router_set, true},
    shell_command{"plan show", "plan show", "What the agents keep running.", "", {}, run_plan_show},
    shell_command{
        "plan history", "plan history", "Who had which slot edited.", "", {}, run_plan_history},
    shell_command{"delay", "delay NODE to NODE TIME [--for 10s]",
                  "What the first says to the second comes later (--chaos).", "node =to node text",
                  disturb_flags, run_delay, true},
    shell_command{"drop", "drop NODE to NODE SHARE% [--for 10s]",
                  "So much of what the first says to the second is lost (--chaos).",
                  "node =to node text", disturb_flags, run_drop, true},
    shell_command{"crash",
                  "crash ACTOR|SLOT",
                  "Its process ends as by a broken invariant (--chaos).",
                  "actor",
                  {},
                  run_crash,
                  true},
};

} // namespace

std::span<const shell_command> all_commands() {
  return commands;
}

} // namespace troupe::shell
