// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/bench/bench_keys.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

/// What `troupe bench bus` compares: ways for two processes to exchange messages.
namespace troupe::bench {

/// The measuring side; the other side is a process of its own.
/// Thread: the command's. Construct none before every peer process is forked.
class contender {
public:
  contender() = default;
  contender(const contender&) = delete;
  contender& operator=(const contender&) = delete;
  virtual ~contender() = default;

  /// Microseconds of each of `count` round trips of 8 bytes, one after the other.
  virtual std::vector<double> round_trips(std::size_t count) = 0;

  /// Seconds until the peer says that `count` messages of `size` payload bytes have arrived.
  virtual double one_way(std::size_t size, std::size_t count) = 0;
};

/// A forked process that ends with this one. It listens where `endpoint` says.
class peer_process {
public:
  /// What runs in the child: it listens, calls `ready(endpoint)` once and returns when
  /// `until_closed` does.
  struct child_side {
    void ready(const std::string& endpoint) const;
    void until_closed() const; ///< Blocks until the parent is gone or has let go.
    int out = -1;
    int in = -1;
  };
  explicit peer_process(const std::function<void(const child_side&)>& serve);
  peer_process(const peer_process&) = delete;
  peer_process& operator=(const peer_process&) = delete;
  ~peer_process();

  /// Empty: it did not come up.
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }

private:
  int pid_ = -1;
  int keep_ = -1;
  std::string endpoint_;
};

/// ZeroMQ without anything around it: DEALER to ROUTER.
void serve_raw(const peer_process::child_side& up, const std::string& listen,
               const raw_keys* encrypted = nullptr);
std::unique_ptr<contender> make_raw(const std::string& endpoint,
                                    const raw_keys* encrypted = nullptr);

/// CAF's own remoting.
void serve_basp(const peer_process::child_side& up);
std::unique_ptr<contender> make_basp(const std::string& endpoint);

/// Our bus. The peer has actors that CAF schedules and actors that run on the bus's thread.
void serve_bus(const peer_process::child_side& up, const std::string& listen,
               const keys::node_keys* mine = nullptr);

enum class payload { message, attachment, checked_attachment };

class bus_side {
public:
  /// Also listens itself: answers come back by a link of their own.
  bus_side(const std::string& endpoint, const std::string& listen,
           const keys::node_keys* mine = nullptr);
  bus_side(const bus_side&) = delete;
  bus_side& operator=(const bus_side&) = delete;
  ~bus_side();

  [[nodiscard]] bool connected() const;

  /// Each lives no longer than this.
  std::unique_ptr<contender> scheduled(payload how = payload::message);
  std::unique_ptr<contender> inlined();
  std::unique_ptr<contender> local(); ///< Both actors in this process.

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe::bench
