// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_status.hpp"

#include "runtime/http/client.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <string_view>

namespace troupe {

result<json::value> ask_status(unsigned admin_port) {
  const auto got =
      http::get("http://127.0.0.1:" + std::to_string(admin_port) + "/status", {.timeout = 5s});
  if (!got) {
    return got.err();
  }
  return json::parse(got->body);
}

namespace {

std::string text_of(const json::value& from, std::string_view key) {
  const auto* found = from.find(key);
  if (found == nullptr) {
    return {};
  }
  if (const auto* number = found->as_integer()) {
    return *number == 0 ? "-" : std::to_string(*number);
  }
  return found->as_string() != nullptr ? *found->as_string() : std::string{};
}

} // namespace

std::vector<std::vector<std::string>> node_rows(const json::value& status) {
  std::vector<std::vector<std::string>> rows{
      {"NODE", "PID", "ROLES", "MODEL", "HTTP", "BUS", "STATE"}};
  const auto* nodes = status.find("nodes");
  for (const auto& node :
       nodes != nullptr && nodes->as_array() ? *nodes->as_array() : json::value::array{}) {
    std::string roles;
    std::string model;
    bool answered = true;
    const auto* services = node.find("services");
    for (const auto& one : services != nullptr && services->as_array() ? *services->as_array()
                                                                       : json::value::array{}) {
      roles += (roles.empty() ? "" : ",") + text_of(one, "role");
      model = model.empty() ? text_of(one, "model") : model;
      const auto* ok = one.find("answered");
      answered = answered && ok != nullptr && ok->as_bool() != nullptr && *ok->as_bool();
    }
    rows.push_back({text_of(node, "name"), text_of(node, "pid"), roles, model.empty() ? "-" : model,
                    text_of(node, "http_port"), text_of(node, "endpoint"),
                    answered ? "up" : "silent"});
  }
  std::sort(rows.begin() + 1, rows.end());
  return rows;
}

std::vector<std::string> missing_nodes(const json::value& status, const cluster_file& file) {
  const auto rows = node_rows(status);
  std::vector<std::string> out;
  const auto look = [&](const std::vector<cluster_slot>& slots, const std::string& where) {
    for (const auto& slot : slots) {
      const bool is_up = std::ranges::any_of(
          rows, [&](const auto& row) { return row.front() == slot.name && row.back() == "up"; });
      if (!is_up) {
        out.push_back(slot.name + where);
      }
    }
  };
  look(file.slots, "");
  for (const auto& host : file.hosts) {
    look(host.slots, " (host " + host.name + ")");
  }
  return out;
}

} // namespace troupe
