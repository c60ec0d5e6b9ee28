// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/names.hpp"

#include "messages/worker.hpp"
#include "runtime/config/nearest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace troupe::shell {

namespace {

constexpr std::string_view request_prefix = "chatcmpl-";

std::string hex16(std::uint64_t word) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) {
    text += digits[(word >> static_cast<unsigned>(shift)) & 0x0FU];
  }
  return text;
}

} // namespace

std::string role_of(const service& what) {
  constexpr std::array<std::string_view, 7> names{"gateway", "router",    "worker", "cache",
                                                  "planner", "directory", "agent"};
  if (what.role != service_role::worker) {
    return std::string(names.at(static_cast<std::size_t>(what.role)));
  }
  const bool prefills = (what.roles & role_prefill) != 0;
  const bool decodes = (what.roles & role_decode) != 0;
  return prefills == decodes ? "worker" : prefills ? "prefill" : "decode";
}

std::vector<named_actor> actors_of(const console_view& view) {
  std::vector<named_actor> all;
  for (const auto& [ref, node] : view.nodes) {
    const auto& name = node.who.name;
    const auto add = [&, &at = ref](const std::string& role, const actor_ref& actor,
                                    const service* offers) {
      all.push_back({role + "@" + name, role, name, at, actor, offers});
    };
    for (const auto& one : node.who.services) {
      add(role_of(one), one.actor, &one);
    }
    for (const auto& one : node.report.actors) {
      const bool is_known = std::ranges::any_of(
          node.who.services, [&](const service& known) { return known.actor.actor == one.actor; });
      if (!is_known && !one.name.empty()) {
        add(one.name, {.node = ref, .actor = one.actor}, nullptr);
      }
    }
    const bool has_admin = std::ranges::any_of(
        node.report.actors, [](const actor_info& one) { return one.name == "admin"; });
    if (node.admin && !has_admin) {
      add("admin", *node.admin, nullptr);
    }
  }
  std::ranges::sort(all, {},
                    [](const named_actor& one) { return std::tie(one.node_name, one.name); });
  return all;
}

result<named_actor> find_actor(const console_view& view, std::string_view name) {
  const auto all = actors_of(view);
  std::vector<std::string> known;
  std::vector<const named_actor*> fitting;
  for (const auto& one : all) {
    if (one.name == name) {
      return one;
    }
    known.push_back(one.name);
    if (one.offers != nullptr && (one.node_name == name || one.role == name)) {
      fitting.push_back(&one);
    }
  }
  if (fitting.size() == 1) {
    return *fitting.front();
  }
  const std::string said(name.substr(0, 80));
  if (fitting.empty()) {
    return error{.code = errc::not_found,
                 .text = "no actor '" + said + "'" + config::did_you_mean(said, known)
                         + " `ps` lists them"};
  }
  std::string among;
  for (const auto* one : fitting) {
    among += (among.empty() ? "" : ", ") + one->name;
  }
  return error{.code = errc::invalid_value, .text = "'" + said + "' is one of " + among};
}

result<console_view::node> find_node(const console_view& view, std::string_view name) {
  std::vector<std::string> known;
  for (const auto& [ref, node] : view.nodes) {
    if (node.who.name == name) {
      return node;
    }
    known.push_back(node.who.name);
  }
  const std::string said(name.substr(0, 80));
  return error{.code = errc::not_found,
               .text = "no node '" + said + "'" + config::did_you_mean(said, known)
                       + " `nodes` lists them"};
}

std::string name_of(const console_view& view, const node_ref& node) {
  for (const auto& [ref, known] : view.nodes) {
    if (ref.node == node.node) {
      return known.who.name;
    }
  }
  return "node " + hex16(node.node.value);
}

std::string name_of(const console_view& view, const actor_ref& actor) {
  const auto all = actors_of(view);
  const auto found = std::ranges::find(all, actor, &named_actor::actor);
  return found != all.end() ? found->name
                            : std::to_string(actor.actor) + "@" + name_of(view, actor.node);
}

std::string request_text(request_id id) {
  return std::string(request_prefix) + hex16(id.value.high) + hex16(id.value.low);
}

result<request_id> parse_request(std::string_view text) {
  const auto said = std::string(text.substr(0, 80));
  if (text.starts_with(request_prefix)) {
    text.remove_prefix(request_prefix.size());
  }
  request_id id;
  const auto read = [](std::string_view from, std::uint64_t& into) {
    const auto* end = from.data() + from.size();
    const auto got = std::from_chars(from.data(), end, into, 16);
    return from.size() == 16 && got.ec == std::errc{} && got.ptr == end;
  };
  if (text.size() != 32 || !read(text.substr(0, 16), id.value.high)
      || !read(text.substr(16), id.value.low) || id == request_id{}) {
    return error{.code = errc::invalid_value,
                 .text = "'" + said + "' is no request; `reqs` lists them"};
  }
  return id;
}

} // namespace troupe::shell
