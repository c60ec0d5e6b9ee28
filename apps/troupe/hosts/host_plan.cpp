// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_plan.hpp"

#include "apps/troupe/key_options.hpp"
#include "runtime/json/write.hpp"

#include <set>

namespace troupe {

namespace {

// A JSON string is a YAML text that means the same.
std::string quoted(const std::string& text) {
  return json::write(json::value(text));
}

std::string_view name_of(restart_strategy how) {
  return how == restart_strategy::rest_for_one ? "rest_for_one" : "one_for_one";
}

std::string slot_line(const cluster_slot& slot) {
  auto line = "  - {name: " + quoted(slot.name) + ", role: " + quoted(slot.what.roles);
  if (!slot.what.model.empty()) {
    line += ", model: " + quoted(slot.what.model);
  }
  if (slot.what.http_port != 0) {
    line += ", http_port: " + std::to_string(slot.what.http_port);
  }
  if (!slot.what.group.empty()) {
    line += ", group: " + quoted(slot.what.group);
  }
  if (!slot.what.extra.empty()) {
    std::string flags;
    for (const auto& one : slot.what.extra) {
      flags += (flags.empty() ? "" : ", ") + quoted(one);
    }
    line += ", flags: [" + flags + "]";
  }
  return line + "}\n";
}

error invalid(const std::string& text) {
  return {.code = errc::invalid_value, .text = text, .field = "listen"};
}

} // namespace

std::string slice_of(const cluster_file& file, const cluster_host& host) {
  auto out = "name: " + quoted(file.name) + "\nlisten: " + quoted(host.listen)
             + "\nadmin_port: 0\nnodes:\n";
  std::set<std::string> groups;
  for (const auto& slot : host.slots) {
    out += slot_line(slot);
    if (!slot.what.group.empty()) {
      groups.insert(slot.what.group);
    }
  }
  out += groups.empty() ? "" : "groups:\n";
  for (const auto& name : groups) {
    const auto& how = file.groups.at(name);
    out += "  - {name: " + quoted(name) + ", strategy: " + std::string(name_of(how.strategy))
           + ", intensity: " + std::to_string(how.intensity)
           + ", period_s: " + std::to_string(how.period / 1s) + "}\n";
  }
  return out;
}

std::string write_hosts(const cluster_file& file) {
  auto out = "name: " + quoted(file.name) + "\nhosts:\n";
  for (const auto& host : file.hosts) {
    out += "  - {name: " + quoted(host.name) + ", ssh: " + quoted(host.ssh)
           + ", port: " + std::to_string(host.port) + ", listen: " + quoted(host.listen);
    out += host.troupe.empty() ? "" : ", troupe: " + quoted(host.troupe);
    out += host.directory.empty() ? "" : ", directory: " + quoted(host.directory);
    out += ", nodes: [{name: " + quoted(host.name) + ", role: agent}]}\n";
  }
  return out;
}

host_plan::host_plan(const cluster_file& file, const cluster_host& host, const std::string& program)
    : file_(file), host_(host), program_(host.troupe.empty() ? program : host.troupe) {
}

std::vector<std::string> host_plan::node_names() const {
  std::vector<std::string> out{agent_name(file_.name, host_.name)};
  for (const auto& slot : host_.slots) {
    out.push_back(slot.name);
  }
  return out;
}

std::vector<std::string> host_plan::ask_version() const {
  return {program_, "--version"};
}

std::vector<std::string> host_plan::host_command(const std::string& what) const {
  std::vector<std::string> out{program_,
                               "host",
                               what,
                               "--cluster",
                               file_.name,
                               "--name",
                               agent_name(file_.name, host_.name)};
  if (!host_.directory.empty()) {
    out.insert(out.end(), {"--run-dir", host_.directory});
  }
  return out;
}

std::vector<std::string> host_plan::start(const std::string& join) const {
  auto out = host_command("start");
  out.insert(out.end(), {"--join", join, "--listen", host_.listen});
  return out;
}

std::vector<std::string> host_plan::stop() const {
  return host_command("stop");
}

result<void> check_links(const cluster_file& file, bool with_keys) {
  for (const auto& host : file.hosts) {
    if (is_loopback(host.listen)) {
      continue;
    }
    if (!with_keys) {
      return invalid("host '" + host.name + "' listens on " + host.listen
                     + ", and links between hosts need keys: make them with `troupe keys init` and "
                       "`troupe keys issue`, and give --keys");
    }
    if (is_loopback(file.listen) || is_everywhere(file.listen)) {
      return invalid("host '" + host.name + "' does not reach the agent here at " + file.listen
                     + "; say in 'listen' of the cluster file the address that others reach it by");
    }
  }
  return {};
}

} // namespace troupe
