// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/key_options.hpp"

#include "actors/assembly/sender_roles.hpp"
#include "runtime/bus/endpoint.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <chrono>
#include <utility>

namespace troupe {

namespace {

error invalid(std::string text, std::string field) {
  return {.code = errc::invalid_value, .text = std::move(text), .field = std::move(field)};
}

result<void> check_against(const app_config& config, node_roles roles,
                           const keys::certificate& mine) {
  if (!config.name.empty() && config.name != mine.name) {
    return invalid("--name " + config.name + " is not the name '" + mine.name
                       + "' of the certificate in " + config.keys,
                   "node.name");
  }
  if (config.cluster != mine.cluster) {
    return invalid("the keys in " + config.keys + " are of cluster '" + mine.cluster
                       + "'; start the node with --cluster " + mine.cluster,
                   "node.cluster");
  }
  if ((roles & ~mine.roles) != 0) {
    return invalid("the certificate in " + config.keys + " does not allow "
                       + format_node_roles(roles & ~mine.roles)
                       + "; issue it again with `troupe keys issue " + mine.name + " --role ...`",
                   "node.role");
  }
  for (const auto& seed : config.join) {
    if (split_endpoint(seed).key.empty()) {
      return invalid("with keys --join needs the key of '" + seed
                         + "': HOST:PORT#KEY, which `troupe keys show` prints there",
                     "node.join");
    }
  }
  if (is_everywhere(config.bus_listen) && config.advertise.empty()) {
    return invalid("a node that listens on every address needs --advertise HOST", "node.advertise");
  }
  return {};
}

std::function<void(const refusal&)> audit_into(const observe::logger& log) {
  return [log](const refusal& what) {
    log.warn("bus_refused", {{"what", what.what},
                             {"node", what.node},
                             {"key", what.key},
                             {"why", what.why.text},
                             {"unsaid", what.unsaid}});
  };
}

} // namespace

bool is_loopback(const std::string& where) {
  return where.starts_with("127.") || where.starts_with("localhost:")
         || where.starts_with("[::1]:");
}

bool is_everywhere(const std::string& where) {
  return where.starts_with("0.0.0.0:") || where.starts_with("*:") || where.starts_with("[::]:");
}

keys::unix_seconds wall_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(process::wall_now().time_since_epoch())
      .count();
}

std::string keys_directory_of(const command_context& cx) {
  return cx.config.keys.empty()
             ? process::state_directory(cx.environment) + "/keys/" + cx.config.cluster
             : cx.config.keys;
}

result<link_options> make_link_options(const app_config& config, node_roles roles,
                                       const observe::logger& log) {
  link_options out{.over = {.listen = {"tcp://" + config.bus_listen},
                            .advertise_host = config.advertise,
                            .seed = process::random_u64()}};
  if (config.keys.empty()) {
    if (!is_loopback(config.bus_listen)) {
      return invalid("'" + config.bus_listen
                         + "' is not on loopback; links between hosts need keys: make them with "
                           "`troupe keys init` and `troupe keys issue`, and give --keys",
                     "node.listen");
    }
    return out;
  }
  auto read = keys::load_node_keys(config.keys, wall_seconds());
  if (!read) {
    return std::move(read).err();
  }
  if (auto fine = check_against(config, roles, read->me.of); !fine) {
    return std::move(fine).err();
  }
  const auto secret = read->link_secret;
  auto live = std::make_shared<keys::live_keys>(*std::move(read), config.keys);
  auto gate = std::make_shared<admission>(live);
  out.over.curve = zmq_curve{
      .secret = secret,
      .gate = gate,
      .listen_bulk = config.bus_listen_bulk.empty() ? "" : "tcp://" + config.bus_listen_bulk};
  out.security = std::make_shared<bus_security>(
      bus_security{.keys = std::move(live),
                   .senders = sender_roles(),
                   .calendar = wall_seconds,
                   .proved = [gate](const keys::public_key& key) { gate->proved(key); },
                   .audit = audit_into(log)});
  return out;
}

result<std::string> name_by_keys(const app_config& config) {
  if (!config.name.empty() || config.keys.empty()) {
    return config.name;
  }
  const auto read = keys::load_node_keys(config.keys, wall_seconds());
  if (!read) {
    return read.err();
  }
  return read->me.of.name;
}

} // namespace troupe
