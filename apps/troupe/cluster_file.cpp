// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_file.hpp"

#include "actors/assembly/node_roles.hpp"
#include "runtime/config/yaml.hpp"
#include "runtime/process/files.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <set>
#include <span>
#include <utility>

namespace troupe {

namespace {

using config::yaml_node;

/// Reads the members of one map of the file and refuses those nobody asked for.
class map_reader {
public:
  map_reader(const yaml_node& from, const std::string& path) : from_(from), path_(path) {}

  [[nodiscard]] error wrong(std::uint32_t line, errc code, const std::string& text) const {
    return {.code = code, .text = path_ + ":" + std::to_string(line) + ": " + text};
  }

  result<void> text(const std::string& key, std::string& into) {
    known_.insert(key);
    if (const auto* node = from_.find(key)) {
      if (node->what != yaml_node::shape::scalar) {
        return wrong(node->line, errc::invalid_value, "'" + key + "' must be a text");
      }
      into = node->text;
    }
    return {};
  }

  result<void> port(const std::string& key, std::uint16_t& into) {
    std::string digits;
    if (auto fine = text(key, digits); !fine || digits.empty()) {
      return fine;
    }
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, into);
    if (read.ec != std::errc{} || read.ptr != end) {
      return wrong(from_.find(key)->line, errc::invalid_value,
                   "'" + key + "' must be a port, 0 to 65535, not '" + digits + "'");
    }
    return {};
  }

  result<void> texts(const std::string& key, std::vector<std::string>& into) {
    known_.insert(key);
    if (const auto* node = from_.find(key)) {
      for (const auto& item : node->items) {
        into.push_back(item.text);
      }
      if (node->what != yaml_node::shape::list || into.size() > 64) {
        return wrong(node->line, errc::invalid_value, "'" + key + "' must be a list of texts");
      }
    }
    return {};
  }

  result<void> count(const std::string& key, std::int64_t least, std::int64_t most,
                     std::int64_t& into) {
    std::string digits;
    const auto* node = from_.find(key);
    if (auto fine = text(key, digits); !fine || node == nullptr) {
      return fine;
    }
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, into);
    if (read.ec != std::errc{} || read.ptr != end || into < least || into > most) {
      return wrong(node->line, errc::invalid_value,
                   "'" + key + "' must be a whole number from " + std::to_string(least) + " to "
                       + std::to_string(most) + ", not '" + digits + "'");
    }
    return {};
  }

  const yaml_node* child(const std::string& key) {
    known_.insert(key);
    return from_.find(key);
  }

  [[nodiscard]] result<void> nothing_else() const {
    for (const auto& [key, value] : from_.members) {
      if (!known_.contains(key)) {
        std::string all;
        for (const auto& one : known_) {
          all += (all.empty() ? "" : ", ") + one;
        }
        return wrong(value.line, errc::unknown_option,
                     "unknown key '" + key + "'; there are " + all);
      }
    }
    return {};
  }

private:
  const yaml_node& from_;
  const std::string& path_;
  std::set<std::string> known_;
};

// A braced list: its items are evaluated in order, so that every key is known before the last asks.
result<void> first_error(std::initializer_list<result<void>> all) {
  for (const auto& one : all) {
    if (!one) {
      return one;
    }
  }
  return {};
}

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
  if (auto fine = first_error({in.text("name", file.name), in.text("model", model),
                               in.text("listen", file.listen),
                               in.port("admin_port", file.admin_port), in.nothing_else()});
      !fine) {
    return fine.err();
  }
  if (auto fine = read_groups(groups, in, path, file.groups); !fine) {
    return fine.err();
  }
  if (nodes == nullptr || nodes->items.empty()) {
    return in.wrong(root->line, errc::invalid_value, "'nodes' must list at least one node");
  }
  std::set<std::string> names;
  for (const auto& node : nodes->items) {
    auto slot = read_slot(node, path, model, file.groups);
    if (!slot) {
      return slot.err();
    }
    if (!names.insert(slot->name).second) {
      return in.wrong(node.line, errc::invalid_value, "two nodes are named '" + slot->name + "'");
    }
    file.slots.push_back(std::move(*slot));
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

} // namespace troupe
