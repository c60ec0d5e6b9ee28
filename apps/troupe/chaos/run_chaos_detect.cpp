// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/machine_load.hpp"
#include "apps/troupe/chaos/watcher.hpp"
#include "apps/troupe/commands.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troupe {

namespace {

using namespace chaos;

constexpr auto meeting_max = 10s;
constexpr auto detection_max = 10s;
constexpr std::uint64_t watcher_ids = 1'000'000'000; ///< Above every process id.

/// A process that is one node and waits for what is done to it.
class victim {
public:
  victim(const std::string& program, const std::string& join) {
    std::vector<std::string> words{program, "chaos", "victim", "--join", join};
    std::vector<char*> arguments;
    for (auto& each : words) {
      arguments.push_back(each.data());
    }
    arguments.push_back(nullptr);
    if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      pid_ = 0;
    }
  }
  victim(const victim&) = delete;
  victim& operator=(const victim&) = delete;
  ~victim() {
    signal(SIGKILL);
    if (pid_ > 0) {
      int status = 0;
      ::waitpid(pid_, &status, 0);
    }
  }

  void signal(int which) const {
    if (pid_ > 0) {
      ::kill(pid_, which);
    }
  }
  [[nodiscard]] std::uint64_t id() const { return static_cast<std::uint64_t>(pid_); }

private:
  pid_t pid_ = 0;
};

/// Two nodes that watch, linked to each other, and where victims find them.
struct two_watchers {
  two_watchers() : first(watcher_ids + 1), second(watcher_ids + 2) {
    if (!first.endpoint().empty() && !second.endpoint().empty()) {
      first.connect(second.endpoint());
      linked = first.wait_for(watcher_ids + 2, meeting_max);
    }
  }
  [[nodiscard]] bool meet(const victim& who) {
    return first.wait_for(who.id(), meeting_max) && second.wait_for(who.id(), meeting_max);
  }

  watcher first;
  watcher second;
  bool linked = false;
};

error failed(std::string what) {
  return {.code = errc::internal, .text = std::move(what)};
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) {
    return 0;
  }
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(share * last))];
}

/// Milliseconds from the act to the loss, of every trial.
result<std::vector<double>> run_trials(const command_context& cx, const std::string& program,
                                       std::string& slowest) {
  two_watchers watch;
  if (!watch.linked) {
    return failed("the watching nodes did not meet");
  }
  rng draws(cx.config.first_seed);
  std::vector<double> out;
  for (std::uint32_t i = 0; i < cx.config.trials; ++i) {
    const victim who(program, watch.first.endpoint() + "," + watch.second.endpoint());
    if (!watch.meet(who)) {
      return failed("a victim did not join");
    }
    std::this_thread::sleep_for(100ms + 1ms * draws.below(100));
    const auto start = machine_clock().now();
    if (cx.config.chaos_mode == "kill") {
      who.signal(SIGKILL);
    } else if (cx.config.chaos_mode == "stop") {
      who.signal(SIGSTOP);
    } else {
      watch.first.hang(who.id());
    }
    const auto lost = watch.first.wait_for_loss(who.id(), detection_max);
    if (!lost) {
      return failed("a victim was not given up within 10 s");
    }
    const auto took = to_seconds(*lost - start) * 1000;
    if (out.empty() || took > std::ranges::max(out)) {
      slowest = watch.first.why_lost(who.id());
    }
    out.push_back(took);
    if ((i + 1) % 50 == 0) {
      std::fprintf(stderr, "chaos detect: %u of %u trials\n", i + 1, cx.config.trials);
    }
  }
  std::ranges::sort(out);
  return out;
}

struct short_pause {
  std::uint64_t who = 0;
  time_point begin;
  time_point end;
};

struct pauses_done {
  time_point begin;
  std::vector<short_pause> pauses;
  std::vector<std::pair<int, watcher::loss>> losses; ///< Of the first or second watcher.
};

/// Who was given up by which watcher, when, after which of its pauses, and why.
json::value loss_object(const pauses_done& of, int watcher_no, const watcher::loss& what) {
  std::vector<std::pair<std::string_view, json::value>> out{
      {"at_s", to_seconds(what.at - of.begin)},
      {"watcher", static_cast<std::int64_t>(watcher_no)},
      {"lost", static_cast<std::int64_t>(what.id)},
      {"why", what.why}};
  const auto last =
      std::ranges::find_if(of.pauses.rbegin(), of.pauses.rend(), [&](const auto& each) {
        return each.who == what.id && each.begin <= what.at;
      });
  if (last != of.pauses.rend()) {
    out.emplace_back("pause_ms", to_seconds(last->end - last->begin) * 1000);
    out.emplace_back("since_pause_began_ms", to_seconds(what.at - last->begin) * 1000);
  }
  return json::object_of(std::move(out));
}

/// Busy processors and short pauses of victims, during which nobody may be given up.
result<pauses_done> run_pauses(const command_context& cx, const std::string& program) {
  constexpr std::size_t victims = 3;
  two_watchers watch;
  if (!watch.linked) {
    return failed("the watching nodes did not meet");
  }
  std::vector<std::unique_ptr<victim>> all;
  for (std::size_t i = 0; i < victims; ++i) {
    all.push_back(
        std::make_unique<victim>(program, watch.first.endpoint() + "," + watch.second.endpoint()));
    if (!watch.meet(*all.back())) {
      return failed("a victim did not join");
    }
  }
  std::atomic<bool> over{false};
  std::vector<std::thread> burners;
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    burners.emplace_back([&over] {
      while (!over.load(std::memory_order_relaxed)) {
      }
    });
  }
  rng draws(cx.config.first_seed);
  pauses_done out{.begin = machine_clock().now(), .pauses = {}, .losses = {}};
  const auto end = out.begin + 1s * cx.config.chaos_seconds;
  while (machine_clock().now() < end) {
    const auto& who = *all[draws.below(victims)];
    const auto began = machine_clock().now();
    who.signal(SIGSTOP);
    std::this_thread::sleep_for(20ms + 1ms * draws.below(60));
    who.signal(SIGCONT);
    out.pauses.push_back({who.id(), began, machine_clock().now()});
    std::this_thread::sleep_for(100ms + 1ms * draws.below(300));
  }
  over.store(true);
  for (auto& each : burners) {
    each.join();
  }
  for (auto&& each : watch.first.losses()) {
    out.losses.emplace_back(1, std::move(each));
  }
  for (auto&& each : watch.second.losses()) {
    out.losses.emplace_back(2, std::move(each));
  }
  return out;
}

} // namespace

int run_chaos_victim(command_context& cx) {
  watcher self(static_cast<std::uint64_t>(::getpid()));
  for (const auto& endpoint : cx.config.join) {
    self.connect(endpoint);
  }
  ::pause();
  return 0;
}

int run_chaos_detect(command_context& cx) {
  const std::string program = "/proc/self/exe";
  const auto before = machine_load::now();
  std::vector<std::pair<std::string_view, json::value>> out{{"mode", cx.config.chaos_mode}};
  bool fine = true;
  if (cx.config.chaos_mode == "pauses") {
    const auto done = run_pauses(cx, program);
    if (!done) {
      return report(done.err());
    }
    fine = done->losses.empty();
    json::value::array losses;
    for (const auto& [watcher_no, what] : done->losses) {
      losses.push_back(loss_object(*done, watcher_no, what));
    }
    out.emplace_back("seconds", static_cast<std::int64_t>(cx.config.chaos_seconds));
    out.emplace_back("pauses", static_cast<std::int64_t>(done->pauses.size()));
    out.emplace_back("false_deaths", static_cast<std::int64_t>(done->losses.size()));
    out.emplace_back("losses", std::move(losses));
  } else {
    std::string slowest;
    const auto done = run_trials(cx, program, slowest);
    if (!done) {
      return report(done.err());
    }
    out.emplace_back("trials", static_cast<std::int64_t>(done->size()));
    out.emplace_back("p50_ms", percentile(*done, 0.5));
    out.emplace_back("p99_ms", percentile(*done, 0.99));
    out.emplace_back("max_ms", done->back());
    out.emplace_back("max_reason", slowest);
  }
  const auto load = between(before, machine_load::now());
  out.emplace_back("cpu_busy_pct", load.busy_pct);
  out.emplace_back("cpu_steal_pct", load.steal_pct);
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(json::object_of(std::move(out))).c_str());
  } else {
    for (const auto& [name, value] : out) {
      std::printf("%-14s %s\n", std::string(name).c_str(), json::write(value).c_str());
    }
  }
  return fine ? 0 : 1;
}

} // namespace troupe
