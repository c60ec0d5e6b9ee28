// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/basp_parts.hpp"
#include "apps/troupe/bench/contender.hpp"
#include "runtime/base/clock.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdint>

namespace troupe::bench {

namespace {

constexpr std::size_t unacknowledged_max_bytes = std::size_t{32} << 20U;
constexpr std::size_t unacknowledged_max = 4096;

/// Answers what asks: a number that is not 0 is sent back. (Actors are classes here because CAF
/// 0.17.6 dereferences a null pointer when it starts one made from a function.)
class answering final : public caf::event_based_actor {
public:
  explicit answering(caf::actor_config& config) : caf::event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {
        [](std::uint64_t number) { return number; },
        [this](std::uint64_t wanted, const std::string&) { acknowledge(wanted); },
        [this](std::uint64_t wanted, const std::vector<char>&) { acknowledge(wanted); },
    };
  }

private:
  void acknowledge(std::uint64_t wanted) {
    if (wanted != 0) {
      send(caf::actor_cast<caf::actor>(current_sender()), wanted);
    }
  }
};

/// Asks one thing after the other and notes how long each took.
class asking final : public caf::event_based_actor {
public:
  asking(caf::actor_config& config, caf::actor peer, std::size_t count, std::vector<double>& out)
      : caf::event_based_actor(config), peer_(std::move(peer)), left_(count), out_(out) {}
  caf::behavior make_behavior() override {
    return {[this](const std::string&) {
      ask();
    }};
  }

private:
  void ask() {
    if (left_-- == 0) {
      quit();
      return;
    }
    const auto start = machine_clock().now();
    request(peer_, std::chrono::seconds(10), std::uint64_t{1}).then([this, start](std::uint64_t) {
      out_.push_back(to_seconds(machine_clock().now() - start) * 1e6);
      ask();
    });
  }

  caf::actor peer_;
  std::size_t left_;
  std::vector<double>& out_;
};

class basp final : public contender {
public:
  explicit basp(const std::string& endpoint) : system_(config_), self_(system_) {
    const auto colon = endpoint.rfind(':');
    auto found = system_.middleman().remote_actor(
        endpoint.substr(0, colon),
        static_cast<std::uint16_t>(std::stoul(endpoint.substr(colon + 1))));
    if (found) {
      peer_ = *found;
    }
  }

  std::vector<double> round_trips(std::size_t count) override {
    std::vector<double> out;
    auto client = system_.spawn<asking>(peer_, count, out);
    caf::anon_send(client, std::string("begin"));
    self_->wait_for(client);
    return out;
  }

  double one_way(std::size_t size, std::size_t count) override {
    const auto start = machine_clock().now();
    if (size >= 65'536) {
      flood(std::vector<char>(size, 'x'), count);
    } else {
      flood(std::string(size, 'x'), count);
    }
    return to_seconds(machine_clock().now() - start);
  }

private:
  template <class Data>
  void flood(const Data& data, std::size_t count) {
    const auto many = std::max<std::size_t>(
        2, std::min(unacknowledged_max, unacknowledged_max_bytes / data.size()));
    const auto message = caf::make_message(std::uint64_t{0}, data);
    std::size_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool asks = i + 1 == count || i % (many / 2) == 0;
      if (asks) {
        self_->send(peer_, std::uint64_t{1}, data);
        ++open;
        for (; open > (i + 1 == count ? 0U : 2U); --open) {
          self_->receive([](std::uint64_t) {});
        }
      } else {
        caf::anon_send(peer_, std::uint64_t{0}, data);
      }
    }
  }

  basp_config config_;
  caf::actor_system system_;
  caf::scoped_actor self_;
  caf::actor peer_;
};

} // namespace

void serve_basp(const peer_process::child_side& up) {
  basp_config config;
  config.add_actor_type<answering>(spawned_type);
  caf::actor_system system(config);
  auto actor = system.spawn<answering>();
  const auto port = system.middleman().publish(actor, 0, "127.0.0.1");
  if (!port) {
    return;
  }
  up.ready("127.0.0.1:" + std::to_string(*port));
  up.until_closed();
  ::_exit(0);
}

std::unique_ptr<contender> make_basp(const std::string& endpoint) {
  return std::make_unique<basp>(endpoint);
}

} // namespace troupe::bench
