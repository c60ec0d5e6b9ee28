// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/bus/disturbed_links.hpp"
#include "runtime/bus/link.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace troupe {

/// A transport whose links an operator can disturb: frames that arrived are kept from the bus.
/// While nobody does, a frame costs one load more.
/// Role: around a process's transport, given to bus::start. Thread: `disturb` any; else as
/// `transport`. Requires of what it is around: `wake_at` may be called by its own thread without
/// the bus's lock. Checked: test/integration/bus/faulty_transport_test.cpp
class faulty_transport final : public transport, private link_events {
public:
  faulty_transport(std::unique_ptr<transport> over, std::uint64_t seed);

  /// Errors: overloaded for one peer too many.
  result<void> disturb(const node_ref& peer, const disturbance& what);

  void start(link_events& to) override;
  void stop() override { over_->stop(); }
  [[nodiscard]] std::vector<std::string> endpoints() const override { return over_->endpoints(); }
  link_no open(const origin& self, const std::vector<std::string>& endpoints) override {
    return over_->open(self, endpoints);
  }
  void met(link_no link, const std::vector<std::string>& endpoints) override {
    over_->met(link, endpoints);
  }
  bool send(link_no link, lane way, const frame& data) override {
    return over_->send(link, way, data);
  }
  void close(link_no link, bool flush) override { over_->close(link, flush); }
  void wake() override { over_->wake(); }
  void wake_at(time_point when) override { over_->wake_at(when); }
  void flush_soon() override { over_->flush_soon(); }
  [[nodiscard]] time_point now() const override { return over_->now(); }
  std::uint64_t random() override { return over_->random(); }
  [[nodiscard]] bool lends_thread() const override { return over_->lends_thread(); }

private:
  void on_frame(const origin& from, lane way, frame data) override;
  void on_lost(link_no link, const error& why) override { to_->on_lost(link, why); }
  void on_wake() override;
  void on_flush() override { to_->on_flush(); }
  [[nodiscard]] bool has_runs() const override { return to_->has_runs(); }
  void begin_runs() override { to_->begin_runs(); }
  void run_here() override { to_->run_here(); }
  void run_elsewhere() override { to_->run_elsewhere(); }
  void release();

  std::unique_ptr<transport> over_;
  link_events* to_ = nullptr;
  std::atomic<bool> is_idle_{true};
  std::mutex mutex_; ///< Guards links_; never held while events run.
  disturbed_links links_;
};

} // namespace troupe
