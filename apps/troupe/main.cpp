// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/commands.hpp"
#include "apps/troupe/config_file.hpp"
#include "apps/troupe/options.hpp"
#include "apps/troupe/version.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/config/command_line.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

using run_call = int (*)(command_context&);

constexpr std::array<std::pair<std::string_view, run_call>, 29> commands{{
    {"serve", run_serve},
    {"node", run_node},
    {"up", run_up},
    {"down", run_down},
    {"status", run_status},
    {"scale", run_scale},
    {"host start", run_host_start},
    {"host stop", run_host_stop},
    {"chat", run_chat},
    {"shell", run_shell},
    {"sim", run_sim},
    {"bench bus", run_bench_bus},
    {"bench engine", run_bench_engine},
    {"bench kv", run_bench_kv},
    {"bench load", run_bench_load},
    {"chaos detect", run_chaos_detect},
    {"chaos run", run_chaos_run},
    {"chaos proxy", run_chaos_proxy},
    {"chaos joins", run_chaos_joins},
    {"chaos victim", run_chaos_victim},
    {"doctor", run_doctor},
    {"keys init", run_keys_init},
    {"keys issue", run_keys_issue},
    {"keys revoke", run_keys_revoke},
    {"keys rotate", run_keys_rotate},
    {"keys show", run_keys_show},
    {"config show", run_config_show},
    {"config check", run_config_check},
    {"config reference", run_config_reference},
}};

int run(const std::vector<std::string>& arguments) {
  command_context cx;
  config::option_table table;
  declare_options(table, cx.config);
  config::command_line line("troupe", "an LLM inference cluster of actors", table);
  declare_commands(line);
  const auto asked = line.parse(arguments);
  if (!asked) {
    return report(asked.err());
  }
  if (asked->version) {
    std::printf("%s\n", version_line().c_str());
    return 0;
  }
  if (asked->what == nullptr || asked->help) {
    std::fputs((asked->what == nullptr ? line.help() : line.help(*asked->what)).c_str(), stdout);
    return 0;
  }
  cx.environment = process::environment();
  config::sources from{.flags = asked->flags, .environment = cx.environment};
  const auto named = std::ranges::find(
      asked->flags, "--config", [](const auto& flag) -> const std::string& { return flag.first; });
  auto file = find_config_file(named == asked->flags.end() ? "" : named->second, cx.environment);
  if (!file) {
    return report(file.err());
  }
  from.file = file->path;
  from.yaml = std::move(file->yaml);
  const auto settings = config::load(table, from);
  if (!settings) {
    return report(settings.err());
  }
  for (const auto& warning : settings->warnings()) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  cx.settings = &*settings;
  cx.options = &table;
  cx.positionals = asked->positionals;
  for (const auto& [name, call] : commands) {
    if (name == asked->what->path) {
      return call(cx);
    }
  }
  return 2;
}

} // namespace

int report(const error& why) {
  std::fprintf(stderr, "error: %s%s%s%s\n", why.text.c_str(), why.field.empty() ? "" : " [",
               why.field.c_str(), why.field.empty() ? "" : "]");
  return row_of(why.code).exit_code;
}

} // namespace troupe

int main(int argc, char** argv) {
  return troupe::run(std::vector<std::string>(argv + 1, argv + argc));
}
