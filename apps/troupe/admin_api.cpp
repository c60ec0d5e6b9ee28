// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/admin_api.hpp"

#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/shell/crash_json.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace troupe {

namespace {

constexpr std::array<std::string_view, 7> role_names{"gateway", "router",    "worker", "cache",
                                                     "planner", "directory", "agent"};

void answer(const http::response_stream& out, int status, const json::value& body) {
  (void)out.send(status, {{"Content-Type", "application/json"}}, json::write(body) + "\n");
}

json::value error_json(const error& why) {
  return json::object_of({{"error", json::object_of({{"code", std::string(row_of(why.code).name)},
                                                     {"message", why.text},
                                                     {"param", why.field}})}});
}

std::string role_of(const service& what) {
  if (what.role != service_role::worker) {
    return std::string(role_names.at(static_cast<std::size_t>(what.role)));
  }
  const auto bits =
      static_cast<node_roles>(((what.roles & role_prefill) != 0 ? node_role::prefill : 0U)
                              | ((what.roles & role_decode) != 0 ? node_role::decode : 0U));
  return format_node_roles(bits);
}

json::value status_json(const cluster_status& all) {
  json::value nodes{json::value::array{}};
  for (const auto& who : all.nodes) {
    json::value services{json::value::array{}};
    for (const auto& one : all.services) {
      if (one.node != who.node) {
        continue;
      }
      json::value facts{json::value::object{}};
      for (const auto& fact : one.report.facts) {
        facts.set(fact.key, fact.value);
      }
      services.push_back(json::object_of({{"role", role_of(one.what)},
                                          {"model", one.what.model},
                                          {"answered", one.why.code == errc::none},
                                          {"facts", std::move(facts)}}));
    }
    nodes.push_back(json::object_of(
        {{"name", who.name},
         {"pid", who.pid},
         {"endpoint", who.endpoints.empty() ? std::string{} : who.endpoints.front()},
         {"http_port", who.http_port},
         {"admin_port", who.admin_port},
         {"services", std::move(services)}}));
  }
  return json::object_of({{"nodes", std::move(nodes)}});
}

void handle_scale(const http::request& asked, const http::response_stream& out,
                  const spawned<admin_core>& admin) {
  const auto body = json::parse(asked.body);
  if (!body) {
    answer(out, 400, error_json(body.err()));
    return;
  }
  const auto text = [&](std::string_view key) {
    const auto* found = body->find(key);
    return found != nullptr && found->as_string() != nullptr ? *found->as_string() : std::string{};
  };
  const auto* run = body->find("run");
  if (text("slot").empty() || run == nullptr || run->as_bool() == nullptr) {
    answer(out, 400,
           error_json({.code = errc::invalid_value,
                       .text = R"(give {"slot": NAME, "run": true or false})",
                       .field = "slot"}));
    return;
  }
  scale what{.slot = text("slot"),
             .run = *run->as_bool(),
             .want = {.roles = text("roles"), .model = text("model")},
             .who = "admin port",
             .node = text("node")};
  admin.post([what = std::move(what), out](admin_core& core, context& cx) {
    core.edit(
        what,
        [out](const delivery& back) {
          if (const auto* done = back.body.as<order_done>()) {
            answer(out, 200,
                   json::object_of({{"slot", done->slot}, {"generation", done->generation}}));
          } else if (const auto* no = back.body.as<order_refused>()) {
            answer(out, 409, error_json(no->why));
          } else {
            answer(out, row_of(back.why.code).http_status, error_json(back.why));
          }
        },
        cx);
  });
}

} // namespace

result<std::unique_ptr<http::server>> start_admin_api(
    std::uint16_t port, const spawned<admin_core>& admin,
    const std::optional<spawned<node_core>>& agent, metrics_source metrics) {
  return http::server::start(
      {.address = "127.0.0.1", .port = port},
      [admin, agent, metrics = std::move(metrics)](http::request asked, http::response_stream out) {
        if (asked.path == "/metrics") {
          metrics([out](std::string text) {
            (void)out.send(200, {{"Content-Type", "text/plain; version=0.0.4"}}, std::move(text));
          });
        } else if (asked.path == "/status") {
          admin.post([out](admin_core& core, context& cx) {
            core.collect([out](cluster_status all) { answer(out, 200, status_json(all)); }, cx);
          });
        } else if (asked.path == "/crashes" && agent) {
          agent->post([out](node_core& core, context& cx) {
            json::value all{json::value::array{}};
            for (const auto& one : core.crashes(cx.now).crashes) {
              all.push_back(shell::crash_json(one));
            }
            answer(out, 200, json::object_of({{"crashes", std::move(all)}}));
          });
        } else if (asked.path == "/scale" && asked.method == "POST") {
          handle_scale(asked, out, admin);
        } else {
          answer(out, 404,
                 error_json({.code = errors::route_not_found,
                             .text = "there are GET /metrics, GET /status, POST /scale, and at "
                                     "the agent GET /crashes"}));
        }
      });
}

} // namespace troupe
