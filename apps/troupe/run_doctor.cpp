// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/commands.hpp"
#include "apps/troupe/config_file.hpp"
#include "apps/troupe/cuda_library.hpp"
#include "apps/troupe/load_model.hpp"
#include "apps/troupe/table.hpp"
#include "engine/core/cpu/cpu_ops.hpp"
#include "runtime/config/reference.hpp"
#include "runtime/http/server.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <cstdio>
#include <string>
#include <thread>

namespace troupe {

namespace {

struct finding {
  std::string what;
  bool fine = true;
  std::string said;
};

finding check_cpu() {
  const auto path = std::string{engine::cpu::select_ops().name};
  return {"cpu", true,
          std::to_string(std::thread::hardware_concurrency()) + " cores, "
              + (path == "portable" ? "portable path (no AVX2): several times slower"
                                    : path + " path")};
}

/// Without a device everything still runs, unless one was asked for.
finding check_gpu(const app_config& config) {
  const bool is_asked = config.device == "cuda";
  const auto library =
      cuda_library::open(cuda_library_places(config.cuda_library, process::executable_path()));
  if (!library) {
    return {"gpu", !is_asked, "not used: " + library.err().text};
  }
  const auto report = library->probe();
  if (const auto why = obstacle_of(report)) {
    return {"gpu", !is_asked, "not used: " + why->text};
  }
  return {"gpu", true, (is_asked ? "" : "not used without --device cuda: ") + describe(report)};
}

finding check_port(const std::string& what, const std::string& address, std::uint16_t port) {
  const auto tried = http::server::start({.address = address, .port = port},
                                         [](http::request, http::response_stream) {});
  return {what, tried.has_value(),
          tried ? address + ":" + std::to_string(port) + " is free" : tried.err().text};
}

finding check_model(const command_context& cx) {
  const auto& name = cx.config.model;
  const auto model = load_model(name, cx.config, cx.environment);
  if (!model) {
    const auto& why = model.err();
    return {"model", false, why.text + (why.field.empty() ? "" : " [" + why.field + "]")};
  }
  return {"model", true,
          name + ": context " + std::to_string(model->card->context_tokens_max) + ", vocabulary "
              + std::to_string(model->card->vocab_size) + ", "
              + std::to_string(model->engine->pool_blocks()) + " KV blocks"};
}

} // namespace

int run_doctor(command_context& cx) {
  std::vector<finding> all{
      check_cpu(), check_port("http", cx.config.http_address, cx.config.http_port),
      check_port("admin", "127.0.0.1", cx.config.admin_port), check_gpu(cx.config)};
  if (!cx.config.model.empty()) {
    all.push_back(check_model(cx));
  }
  bool fine = true;
  std::vector<std::vector<std::string>> rows{{"CHECK", "STATE", "DETAIL"}};
  json::value list{json::value::array{}};
  for (const auto& one : all) {
    fine = fine && one.fine;
    rows.push_back({one.what, one.fine ? "ok" : "problem", one.said});
    list.push_back(json::object_of({{"check", one.what}, {"ok", one.fine}, {"detail", one.said}}));
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(json::object_of({{"ok", fine}, {"checks", list}})).c_str());
  } else {
    std::fputs(format_table(rows).c_str(), stdout);
  }
  return fine ? 0 : 1;
}

int run_config_show(command_context& cx) {
  std::fputs(config::show(*cx.options, *cx.settings, true).c_str(), stdout);
  return 0;
}

int run_config_check(command_context& cx) {
  const auto& path = cx.positionals.front();
  const auto file = read_config_file(path);
  if (!file) {
    return report(file.err());
  }
  app_config read;
  config::option_table table;
  declare_options(table, read);
  if (const auto got = config::load(table, {.file = path, .yaml = file->yaml}); !got) {
    return report(got.err());
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(json::object_of({{"file", path}, {"ok", true}})).c_str());
  } else {
    std::printf("%s: ok\n", path.c_str());
  }
  return 0;
}

int run_config_reference(command_context& cx) {
  std::fputs(config::reference_yaml(*cx.options).c_str(), stdout);
  return 0;
}

} // namespace troupe
