// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/threaded_host.hpp"

#include "engine/core/engine_loop.hpp"
#include "engine/core/host_commands.hpp"
#include "engine/core/page_copies.hpp"
#include "runtime/base/bounded_queue.hpp"
#include "runtime/base/check.hpp"

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace troupe::engine {

namespace {

class threaded_host final : public engine_host {
public:
  threaded_host(std::unique_ptr<executor> exec, const host_options& options, const clock& time)
      : exec_(std::move(exec)),
        options_(with_pool(options, exec_->traits())),
        time_(time),
        inputs_(options_.commands_max, commands_bytes_max),
        loop_(options_, *exec_) {
    loop_.arena().on_release([this] { inputs_.wake(); });
  }

  ~threaded_host() override {
    inputs_.close();
    if (thread_.joinable()) {
      thread_.join();
    }
    loop_.arena().on_release({});
  }

  [[nodiscard]] const executor_traits& traits() const override { return exec_->traits(); }
  [[nodiscard]] std::uint32_t pool_blocks() const override { return options_.pool_blocks; }

  void listen(event_sink sink) override {
    TROUPE_CHECK(!thread_.joinable());
    sink_ = std::move(sink);
    thread_ = std::thread{[this] {
      run();
    }};
  }

  [[nodiscard]] result<void> try_submit(command what) override {
    const auto size = bytes_of(what);
    if (!inputs_.try_push(std::move(what), size)) {
      return queue_full();
    }
    return {};
  }

  void take_snapshot(std::function<void(snapshot)> done) override {
    const std::lock_guard lock{snapshots_mutex_};
    snapshots_.push_back(std::move(done));
    inputs_.wake();
  }

private:
  void run() {
    while (!inputs_.is_closed()) {
      accept(idle_ ? inputs_.wait_and_take() : inputs_.take_all());
      idle_ = true;
      if (!is_beside_) {
        transfer();
      }
      if (const auto* plan = loop_.next_step()) {
        const auto begin = time_.now();
        exec_->begin(*plan);
        if (is_beside_) {
          work_beside();
        }
        compute(*plan, begin);
        if (inputs_.is_closed()) {
          return; // A simulated step was cut short: what it would have computed is not told.
        }
        if (!is_beside_) {
          loop_.seal_exports();
          tell();
        }
      } else {
        work_idly();
        tell();
      }
    }
  }

  void accept(std::vector<command> all) {
    for (auto& what : all) {
      loop_.accept(std::move(what));
    }
  }

  /// While the device computes a step: of the last one nothing was told yet.
  void work_beside() {
    tell();
    loop_.seal_exports();
    tell();
    accept(inputs_.take_all());
    transfer();
  }

  void work_idly() {
    if (is_beside_) {
      loop_.seal_exports();
      transfer();
    }
    if (const auto work = loop_.next_save()) {
      read_pages(*exec_, work->slots, work->bytes);
      loop_.finish_save(*work);
      idle_ = false;
    } else if (loop_.has_import()) {
      idle_ = false;
    }
  }

  void transfer() {
    while (auto work = loop_.next_import()) {
      write_pages(*exec_, work->slots, work->data.view());
      work->data = {};
      loop_.finish_import(work->work);
      idle_ = false;
    }
    while (auto work = loop_.next_export()) {
      read_pages(*exec_, work->slots, work->bytes);
      loop_.finish_export(work->work);
      idle_ = false;
    }
  }

  void compute(const step_plan& plan, time_point begin) {
    step_output out;
    exec_->execute(plan, out);
    if (out.cost > duration{0}) {
      inputs_.wait_closed(out.cost);
    }
    loop_.finish_step(out, out.cost > duration{0} ? out.cost : time_.now() - begin);
    idle_ = false;
  }

  void tell() {
    std::vector<snapshot_request> requests;
    {
      const std::lock_guard lock{snapshots_mutex_};
      requests.swap(snapshots_);
    }
    std::vector<snapshot> answers;
    for (std::size_t at = 0; at < requests.size(); ++at) {
      answers.push_back(loop_.snapshot());
    }
    if (auto told = loop_.take_events()) {
      sink_(std::move(*told));
    }
    for (std::size_t at = 0; at < requests.size(); ++at) {
      requests[at](std::move(answers[at]));
    }
  }

  std::unique_ptr<executor> exec_;
  host_options options_;
  const clock& time_;
  bounded_queue<command> inputs_;
  engine_loop loop_;
  bool is_beside_ = exec_->traits().computes_beside;
  event_sink sink_;
  std::mutex snapshots_mutex_;
  std::vector<snapshot_request> snapshots_;
  bool idle_ = true;
  std::thread thread_;
};

} // namespace

std::unique_ptr<engine_host> make_threaded_host(std::unique_ptr<executor> exec,
                                                const host_options& options, const clock& time) {
  return std::make_unique<threaded_host>(std::move(exec), options, time);
}

} // namespace troupe::engine
