// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/key_options.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/json/write.hpp"
#include "runtime/keys/authority.hpp"
#include "runtime/keys/key_files.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>

namespace troupe {

namespace {

constexpr keys::unix_seconds day = 86'400;

std::string date_text(keys::unix_seconds at) {
  const auto when = static_cast<std::time_t>(at);
  std::tm parts{};
  char text[32] = "";
  if (::gmtime_r(&when, &parts) != nullptr) {
    (void)std::strftime(text, sizeof text, "%Y-%m-%d %H:%MZ", &parts);
  }
  return text;
}

json::value texts_of(const std::vector<keys::public_key>& all) {
  json::value list{json::value::array{}};
  for (const auto& key : all) {
    list.push_back(keys::to_text(key));
  }
  return list;
}

int say(const command_context& cx, const json::value& object, const std::string& for_people) {
  std::fputs((cx.wants_json() ? json::write(object) + "\n" : for_people).c_str(), stdout);
  return 0;
}

std::string state_of(const keys::authority& of, const keys::issued_row& row) {
  return of.is_revoked(row.serial)        ? "revoked"
         : row.not_after < wall_seconds() ? "expired"
                                          : "valid";
}

int show_cluster(const command_context& cx, const std::string& directory) {
  const auto opened = keys::authority::open(directory);
  if (!opened) {
    return report(opened.err());
  }
  std::vector<std::vector<std::string>> rows{{"NODE", "SERIAL", "STATE", "UNTIL", "ROLES", "KEY"}};
  json::value issued{json::value::array{}};
  for (const auto& row : opened->issued()) {
    const auto state = state_of(*opened, row);
    const auto roles = format_node_roles(row.roles);
    const auto key = keys::to_text(row.link_key);
    rows.push_back(
        {row.name, keys::serial_text(row.serial), state, date_text(row.not_after), roles, key});
    issued.push_back(json::object_of({{"name", row.name},
                                      {"serial", keys::serial_text(row.serial)},
                                      {"state", state},
                                      {"roles", roles},
                                      {"not_after_s", row.not_after},
                                      {"key", key}}));
  }
  const auto version = opened->revocations().version;
  return say(cx,
             json::object_of({{"cluster", opened->cluster()},
                              {"directory", directory},
                              {"trusted", texts_of(opened->trusted())},
                              {"revocations_version", static_cast<std::int64_t>(version)},
                              {"issued", issued}}),
             "cluster " + opened->cluster() + ", " + std::to_string(opened->trusted().size())
                 + " trusted key(s), revocations version " + std::to_string(version) + "\n"
                 + format_table(rows));
}

int show_node(const command_context& cx, const std::string& directory) {
  const auto read = keys::load_node_keys(directory, wall_seconds());
  if (!read) {
    return report(read.err());
  }
  const auto& me = read->me.of;
  const auto key = keys::to_text(read->me.link_key);
  const auto join = cx.config.bus_listen + "#" + key;
  const auto roles = format_node_roles(me.roles);
  return say(cx,
             json::object_of({{"cluster", me.cluster},
                              {"name", me.name},
                              {"roles", roles},
                              {"serial", keys::serial_text(me.serial)},
                              {"not_before_s", me.not_before},
                              {"not_after_s", me.not_after},
                              {"key", key},
                              {"join", join},
                              {"trusted", texts_of(read->believes.signers())}}),
             "node " + me.name + " of cluster " + me.cluster + ": " + roles + ", until "
                 + date_text(me.not_after) + "\nothers join it with --join '" + join + "'\n");
}

} // namespace

int run_keys_init(command_context& cx) {
  const auto directory = keys_directory_of(cx);
  const auto made = keys::authority::create(directory, cx.config.cluster);
  if (!made) {
    return report(made.err());
  }
  const auto key = keys::to_text(made->trusted().front());
  return say(cx,
             json::object_of(
                 {{"directory", directory}, {"cluster", made->cluster()}, {"cluster_key", key}}),
             "keys of cluster " + made->cluster() + " are in " + directory
                 + "\nnext: troupe keys issue NAME --role ROLES --keys " + directory + "\n");
}

int run_keys_issue(command_context& cx) {
  const auto directory = keys_directory_of(cx);
  const auto& name = cx.positionals.front();
  const auto roles = parse_certificate_roles(cx.config.role);
  if (!roles) {
    return report(roles.err());
  }
  auto opened = keys::authority::open(directory);
  if (!opened) {
    return report(opened.err());
  }
  const auto made = opened->issue({.name = name,
                                   .node = hash64(as_bytes_view(name)),
                                   .roles = *roles,
                                   .now = wall_seconds(),
                                   .valid_for = std::int64_t{cx.config.key_days} * day});
  if (!made) {
    return report(made.err());
  }
  const auto where = opened->directory_of(name);
  return say(cx,
             json::object_of({{"directory", where},
                              {"name", name},
                              {"roles", format_node_roles(*roles)},
                              {"serial", keys::serial_text(made->serial)},
                              {"not_before_s", made->not_before},
                              {"not_after_s", made->not_after},
                              {"key", keys::encode_text(made->link_key)}}),
             "node " + name + ": " + format_node_roles(*roles) + ", until "
                 + date_text(made->not_after) + "\ncopy " + where
                 + " to its host and start it there with --keys\n");
}

int run_keys_revoke(command_context& cx) {
  auto opened = keys::authority::open(keys_directory_of(cx));
  if (!opened) {
    return report(opened.err());
  }
  const auto count = opened->revoke(cx.positionals.front());
  if (!count) {
    return report(count.err());
  }
  const auto version = opened->revocations().version;
  return say(cx,
             json::object_of({{"revoked", static_cast<std::int64_t>(*count)},
                              {"revocations_version", static_cast<std::int64_t>(version)}}),
             std::to_string(*count) + " certificate(s) revoked; copy the file "
                 + std::string(keys::file::revoked) + " to every node's directory\n");
}

int run_keys_rotate(command_context& cx) {
  auto opened = keys::authority::open(keys_directory_of(cx));
  if (!opened) {
    return report(opened.err());
  }
  const auto fresh = opened->rotate();
  if (!fresh) {
    return report(fresh.err());
  }
  return say(cx,
             json::object_of({{"cluster_key", keys::to_text(*fresh)},
                              {"trusted", texts_of(opened->trusted())}}),
             "a new cluster key signs; the one before stays trusted until the next rotation.\n"
             "copy the files trusted and revoked to every node, then issue every node again\n");
}

int run_keys_show(command_context& cx) {
  const auto directory = keys_directory_of(cx);
  const bool is_cluster = std::filesystem::exists(directory + "/" + keys::file::cluster_key);
  return is_cluster ? show_cluster(cx, directory) : show_node(cx, directory);
}

} // namespace troupe
