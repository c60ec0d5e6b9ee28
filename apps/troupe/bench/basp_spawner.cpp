// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/basp_parts.hpp"
#include "apps/troupe/bench/spawner.hpp"
#include "runtime/base/clock.hpp"

#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdint>
#include <cstdio>

namespace troupe::bench {

namespace {

constexpr auto patience = std::chrono::seconds(20);

class basp_spawner final : public spawner {
public:
  explicit basp_spawner(const std::string& endpoint) : system_(config_), self_(system_) {
    const auto colon = endpoint.rfind(':');
    auto found = system_.middleman().connect(
        endpoint.substr(0, colon),
        static_cast<std::uint16_t>(std::stoul(endpoint.substr(colon + 1))));
    if (found) {
      peer_ = *found;
    }
  }

  std::vector<double> spawns(std::size_t count) override {
    std::vector<double> out;
    while (out.size() < count) {
      const auto start = machine_clock().now();
      auto made = system_.middleman().remote_spawn<caf::actor>(peer_, spawned_type, caf::message{},
                                                               patience);
      if (!made) {
        std::fprintf(stderr, "bench bus: CAF spawned nothing: %s\n",
                     system_.render(made.error()).c_str());
        break;
      }
      self_->monitor(*made);
      out.push_back(to_seconds(machine_clock().now() - start) * 1e6);
      if (!end(*made)) {
        std::fputs("bench bus: CAF did not tell the end of what it spawned\n", stderr);
        out.pop_back();
        break;
      }
    }
    return out;
  }

private:
  bool end(const caf::actor& what) {
    bool told = false;
    caf::anon_send_exit(what, caf::exit_reason::user_shutdown);
    self_->receive([&](const caf::down_msg&) { told = true; }, caf::after(patience) >> [] {});
    return told;
  }

  basp_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  caf::node_id peer_;
};

} // namespace

std::unique_ptr<spawner> make_basp_spawner(const std::string& endpoint) {
  return std::make_unique<basp_spawner>(endpoint);
}

} // namespace troupe::bench
