// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/card_reader.hpp"
#include "runtime/base/bounded_queue.hpp"
#include "runtime/base/check.hpp"

#include <atomic>
#include <thread>
#include <utility>

namespace troupe {

namespace {

class threaded_card_reader final : public card_reader {
public:
  threaded_card_reader() : jobs_(jobs_max) {}

  ~threaded_card_reader() override {
    jobs_.close();
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  void listen(sink to) override {
    TROUPE_CHECK(!thread_.joinable());
    sink_ = std::move(to);
    thread_ = std::thread{[this] {
      run();
    }};
  }

  [[nodiscard]] result<void> try_submit(card_job what) override {
    if (open_.fetch_add(1) >= jobs_max || !jobs_.try_push(std::move(what))) {
      open_.fetch_sub(1);
      return error{.code = errc::overloaded,
                   .text = "too many model cards wait to be read; try later",
                   .retryable = true};
    }
    return {};
  }

private:
  void run() {
    while (!jobs_.is_closed()) {
      for (auto& job : jobs_.wait_and_take()) {
        if (jobs_.is_closed()) {
          return;
        }
        auto text = model_text::from_card(job.card);
        open_.fetch_sub(1);
        sink_({job.number, std::move(text)});
      }
    }
  }

  bounded_queue<card_job> jobs_;
  std::atomic<std::size_t> open_{0}; ///< Queued and being read.
  sink sink_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<card_reader> make_threaded_card_reader() {
  return std::make_unique<threaded_card_reader>();
}

} // namespace troupe
