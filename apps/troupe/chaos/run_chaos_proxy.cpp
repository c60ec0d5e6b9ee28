// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/wire_proxy.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <csignal>
#include <cstdio>
#include <utility>

namespace troupe {

namespace {

using namespace chaos;

result<proxy_options> read_options(const command_context& cx) {
  const auto& words = cx.positionals;
  if (words.size() % 2 != 0) {
    return error{.code = errc::invalid_value,
                 .text = "places come in pairs: where to listen, and where it leads"};
  }
  proxy_options out{.seed = cx.config.first_seed, .stormy = 1s * cx.config.chaos_seconds};
  for (std::size_t i = 0; i < words.size(); i += 2) {
    auto listen = parse_host_port(words[i], "tcp://", "LISTEN");
    auto to = parse_host_port(words[i + 1], "tcp://", "TO");
    if (!listen || !to) {
      return !listen ? listen.err() : to.err();
    }
    out.routes.push_back({*std::move(listen), *std::move(to)});
  }
  auto kinds = parse_wire_faults(cx.config.wire_faults);
  if (!kinds) {
    return kinds.err();
  }
  out.faults = {.kinds = *std::move(kinds),
                .every_bytes = cx.config.fault_every_bytes,
                .pause_max = std::chrono::milliseconds(cx.config.pause_max_ms)};
  return out;
}

double ms_of(duration what) {
  return to_seconds(what) * 1000;
}

void print_json(const proxy_options& how, const proxy_report& all) {
  json::value acts = json::value::array{};
  for (const auto& act : all.acts) {
    acts.push_back(json::object_of({{"at_ms", ms_of(act.at)},
                                    {"connection", act.connection},
                                    {"direction", act.upward ? "up" : "down"},
                                    {"fault", std::string(name_of(act.what.what))},
                                    {"at_byte", act.what.at}}));
  }
  const auto out = json::object_of({{"seed", how.seed},
                                    {"connections", all.connections},
                                    {"bytes", all.bytes},
                                    {"acts", std::move(acts)},
                                    {"acts_untold", all.acts_untold}});
  std::printf("%s\n", json::write(out).c_str());
}

void print_table(const proxy_options& how, const proxy_report& all) {
  std::vector<std::vector<std::string>> rows{
      {"AT MS", "CONNECTION", "DIRECTION", "FAULT", "AT BYTE"}};
  for (const auto& act : all.acts) {
    rows.push_back({std::to_string(static_cast<std::int64_t>(ms_of(act.at))),
                    std::to_string(act.connection), act.upward ? "up" : "down",
                    std::string(name_of(act.what.what)), std::to_string(act.what.at)});
  }
  std::fputs(format_table(rows).c_str(), stdout);
  std::printf("seed %llu: %zu faults in %llu connections, %llu bytes\n",
              static_cast<unsigned long long>(how.seed), all.acts.size(),
              static_cast<unsigned long long>(all.connections),
              static_cast<unsigned long long>(all.bytes));
}

} // namespace

int run_chaos_proxy(command_context& cx) {
  const auto how = read_options(cx);
  if (!how) {
    return report(how.err());
  }
  const auto ends = process::signal_set::block({SIGINT, SIGTERM});
  if (!ends) {
    return report(ends.err());
  }
  auto proxy = wire_proxy::open(*how);
  if (!proxy) {
    return report(proxy.err());
  }
  std::fprintf(stderr, "chaos proxy: %zu routes, seed %llu\n", how->routes.size(),
               static_cast<unsigned long long>(how->seed));
  const auto all = (*proxy)->run(*ends);
  if (cx.wants_json()) {
    print_json(*how, all);
  } else {
    print_table(*how, all);
  }
  return 0;
}

} // namespace troupe
