// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_file.hpp"

#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/cluster_host.hpp"
#include "apps/troupe/map_reader.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace troupe {

namespace {

using config::yaml_node;

result<void> read_group(const yaml_node& node, const std::string& path,
                        std::map<std::string, supervision>& into) {
  map_reader in(node, path);
  supervision how;
  std::string name;
  std::string strategy = "one_for_one";
  std::int64_t intensity = how.intensity;
  std::int64_t period_s = how.period / 1s;
  if (auto fine = first_error({in.text("name", name), in.text("strategy", strategy),
                               in.count("intensity", 1, 1000, intensity),
                               in.count("period_s", 1, 86'400, period_s), in.nothing_else()});
      !fine) {
    return fine;
  }
  if (name.empty() || name.find('/') != std::string::npos) {
    return in.wrong(node.line, errc::invalid_value, "a group needs a 'name', without '/'");
  }
  const auto known = parse_restart_strategy(strategy);
  if (!known) {
    return in.wrong(node.find("strategy")->line, errc::invalid_value,
                    "'strategy' must be one_for_one or rest_for_one, not '" + strategy + "'");
  }
  how.strategy = *known;
  how.intensity = static_cast<std::uint32_t>(intensity);
  how.period = std::chrono::seconds(period_s);
  if (!into.emplace(name, how).second) {
    return in.wrong(node.line, errc::invalid_value, "two groups are named '" + name + "'");
  }
  return {};
}

result<void> read_groups(const yaml_node* node, const map_reader& in, const std::string& path,
                         std::map<std::string, supervision>& into) {
  if (node != nullptr && node->what != yaml_node::shape::list) {
    return in.wrong(node->line, errc::invalid_value, "'groups' must be a list of groups");
  }
  for (const auto& one : node != nullptr ? node->items : std::vector<yaml_node>{}) {
    if (auto fine = read_group(one, path, into); !fine) {
      return fine;
    }
  }
  return {};
}

result<cluster_slot> read_slot(const yaml_node& node, const std::string& path,
                               const std::string& model,
                               const std::map<std::string, supervision>& groups) {
  map_reader in(node, path);
  cluster_slot slot{.what = {.model = model}};
  if (auto fine =
          first_error({in.text("name", slot.name), in.text("role", slot.what.roles),
                       in.text("model", slot.what.model), in.port("http_port", slot.what.http_port),
                       in.texts("flags", slot.what.extra), in.text("group", slot.what.group),
                       in.nothing_else()});
      !fine) {
    return fine.err();
  }
  if (slot.name.empty()) {
    return in.wrong(node.line, errc::invalid_value, "a node needs a name");
  }
  if (!slot.what.group.empty() && !groups.contains(slot.what.group)) {
    return in.wrong(node.find("group")->line, errc::invalid_value,
                    "'group' names no group of this file: '" + slot.what.group
                        + "'; add it under 'groups'");
  }
  const auto roles = parse_node_roles(slot.what.roles);
  if (!roles) {
    return in.wrong(node.line, errc::invalid_value, roles.err().text);
  }
  if ((*roles & node_role::worker) == 0) {
    slot.what.model.clear();
  }
  return slot;
}

/// All that is known of the file when its nodes are read.
struct reading {
  const std::string& path;
  const std::string& model;
  const std::map<std::string, supervision>& groups;
  std::set<std::string> names;           ///< Of nodes, over all hosts.
  std::map<std::string, std::string> of; ///< By group: the host whose nodes are in it.
};

result<void> read_nodes(const yaml_node& nodes, const std::string& host, reading& so_far,
                        std::vector<cluster_slot>& into) {
  const map_reader in(nodes, so_far.path);
  if (nodes.items.size() > cluster_nodes_max) {
    return in.wrong(nodes.line, errc::too_large,
                    "more than " + std::to_string(cluster_nodes_max) + " nodes on one host");
  }
  for (const auto& node : nodes.items) {
    auto slot = read_slot(node, so_far.path, so_far.model, so_far.groups);
    if (!slot) {
      return slot.err();
    }
    if (!so_far.names.insert(slot->name).second) {
      return in.wrong(node.line, errc::invalid_value, "two nodes are named '" + slot->name + "'");
    }
    if (const auto& group = slot->what.group; !group.empty()) {
      const auto [at, fresh] = so_far.of.emplace(group, host);
      if (!fresh && at->second != host) {
        return in.wrong(node.find("group")->line, errc::invalid_value,
                        "group '" + group + "' has nodes on two hosts; a group is of one host");
      }
    }
    into.push_back(std::move(*slot));
  }
  return {};
}

result<void> read_hosts(const yaml_node* hosts, const map_reader& in, reading& so_far,
                        cluster_file& file) {
  if (hosts == nullptr) {
    return {};
  }
  if (hosts->what != yaml_node::shape::list || hosts->items.empty()) {
    return in.wrong(hosts->line, errc::invalid_value, "'hosts' must be a list of hosts");
  }
  if (hosts->items.size() > cluster_hosts_max) {
    return in.wrong(hosts->line, errc::too_large,
                    "more than " + std::to_string(cluster_hosts_max) + " hosts");
  }
  if (!is_plain_name(file.name)) {
    return in.wrong(in.line_of("name"), errc::invalid_value,
                    "'name' of a cluster with hosts must be " + plain_name_words());
  }
  for (const auto& one : hosts->items) {
    auto host = read_cluster_host(one, so_far.path);
    if (!host) {
      return host.err();
    }
    if (std::ranges::find(file.hosts, host->name, &cluster_host::name) != file.hosts.end()) {
      return in.wrong(one.line, errc::invalid_value, "two hosts are named '" + host->name + "'");
    }
    const auto* nodes = one.find("nodes");
    if (nodes == nullptr || nodes->items.empty()) {
      return in.wrong(one.line, errc::invalid_value,
                      "host '" + host->name + "' must list at least one node in 'nodes'");
    }
    if (auto fine = read_nodes(*nodes, host->name, so_far, host->slots); !fine) {
      return fine;
    }
    for (std::size_t i = 0; i < host->slots.size(); ++i) {
      if (!is_plain_name(host->slots[i].name)) {
        return in.wrong(nodes->items[i].line, errc::invalid_value,
                        "the 'name' of a node of a host must be " + plain_name_words());
      }
    }
    file.hosts.push_back(std::move(*host));
  }
  return {};
}

} // namespace

result<cluster_file> parse_cluster_file(std::string_view text, const std::string& path) {
  const auto root = config::read_yaml(text, path);
  if (!root) {
    return root.err();
  }
  map_reader in(*root, path);
  cluster_file file;
  std::string model;
  const auto* nodes = in.child("nodes");
  const auto* groups = in.child("groups");
  const auto* hosts = in.child("hosts");
  if (auto fine = first_error({in.text("name", file.name), in.text("model", model),
                               in.text("listen", file.listen),
                               in.port("admin_port", file.admin_port), in.nothing_else()});
      !fine) {
    return fine.err();
  }
  if (auto fine = read_groups(groups, in, path, file.groups); !fine) {
    return fine.err();
  }
  const bool is_list = nodes != nullptr && nodes->what == yaml_node::shape::list;
  if ((nodes != nullptr && !is_list)
      || (hosts == nullptr && (nodes == nullptr || nodes->items.empty()))) {
    return in.wrong(root->line, errc::invalid_value, "'nodes' must list at least one node");
  }
  reading so_far{.path = path, .model = model, .groups = file.groups};
  if (nodes != nullptr) {
    if (auto fine = read_nodes(*nodes, {}, so_far, file.slots); !fine) {
      return fine.err();
    }
  }
  if (auto fine = read_hosts(hosts, in, so_far, file); !fine) {
    return fine.err();
  }
  for (const auto& host : file.hosts) {
    if (so_far.names.contains(agent_name(file.name, host.name))) {
      return in.wrong(hosts->line, errc::invalid_value,
                      "'" + agent_name(file.name, host.name) + "' is the agent of host '"
                          + host.name + "'; give that node another name");
    }
  }
  return file;
}

result<cluster_file> read_cluster_file(const std::string& path) {
  const auto text = process::read_file(path, std::size_t{1} << 20U);
  if (!text) {
    return text.err();
  }
  return parse_cluster_file(*text, path);
}

void make_models_absolute(cluster_file& file) {
  for (auto& host : file.hosts) {
    for (auto& slot : host.slots) {
      std::error_code unknown;
      if (!slot.what.model.empty() && std::filesystem::is_directory(slot.what.model, unknown)) {
        slot.what.model = std::filesystem::absolute(slot.what.model).lexically_normal().string();
      }
    }
  }
}

} // namespace troupe
