// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/contender.hpp"
#include "apps/troupe/bench/median.hpp"
#include "apps/troupe/bench/spawner.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/table.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

using namespace bench;

constexpr std::size_t warm_up_trips = 100;
constexpr std::size_t trips = 1'000;
constexpr std::size_t trip_slices = 10;
constexpr std::size_t small_messages = 400'000;
constexpr std::size_t medium_messages = 100'000;
constexpr std::size_t large_messages = 64;
constexpr const char* any_port = "tcp://127.0.0.1:0";
constexpr std::size_t warm_up_spawns = 5;
constexpr std::size_t actor_spawns = 1'000;
constexpr std::size_t process_spawns = 50;
constexpr std::size_t mib = std::size_t{1} << 20U;

/// One figure of one contender, a value per round.
using figures = std::map<std::pair<std::string, std::string>, std::vector<double>>;

class round {
public:
  explicit round(figures& into) : into_(into) {}

  void trip(const std::string& who, contender& of, const std::string& what = "rtt_p50_us") {
    (void)of.round_trips(warm_up_trips);
    const auto all = of.round_trips(trips);
    keep(what, who, all.size() == trips, median(all));
  }
  /// The same for several, a slice of each in turn, so that all meet the machine in the same mood.
  void trips_in_turn(const std::vector<std::pair<std::string, contender*>>& all) {
    std::map<std::string, std::vector<double>> found;
    for (const auto& [who, of] : all) {
      (void)of->round_trips(warm_up_trips);
    }
    for (std::size_t slice = 0; slice < trip_slices; ++slice) {
      for (const auto& [who, of] : all) {
        const auto some = of->round_trips(trips / trip_slices);
        found[who].insert(found[who].end(), some.begin(), some.end());
      }
    }
    for (const auto& [who, values] : found) {
      keep("rtt_p50_us", who, values.size() == trips, median(values));
    }
  }
  void messages(const std::string& who, contender& of, std::size_t count) {
    messages("msgs_per_s_64b", who, of, 64, count);
  }
  void messages(const std::string& what, const std::string& who, contender& of, std::size_t size,
                std::size_t count) {
    const auto took_s = of.one_way(size, count);
    keep(what, who, took_s > 0, static_cast<double>(count) / took_s);
  }
  void bytes(const std::string& what, const std::string& who, contender& of, std::size_t size,
             std::size_t count) {
    const auto took_s = of.one_way(size, count);
    keep(what, who, took_s > 0, static_cast<double>(size * count) / took_s);
  }

  void spawns(const std::string& who, spawner& of, std::size_t count) {
    (void)of.spawns(warm_up_spawns);
    const auto all = of.spawns(count);
    keep("spawn_p50_us", who, all.size() == count, median(all));
  }

  /// Empty: every contender did all it was asked.
  [[nodiscard]] const std::string& failure() const { return failure_; }

private:
  void keep(const std::string& what, const std::string& who, bool whole, double value) {
    if (whole) {
      into_[{what, who}].push_back(value);
    } else if (failure_.empty()) {
      failure_ = who + " did not finish " + what;
    }
  }

  std::string failure_;
  figures& into_;
};

/// Raw ZeroMQ and our bus, both with CURVE. Over tcp only.
class sealed_pairs {
public:
  sealed_pairs()
      : raw_peer_([this](const auto& up) { serve_raw(up, any_port, &raw_keys_); }),
        bus_peer_([this](const auto& up) { serve_bus(up, any_port, &keys_.peer); }) {}

  /// Once every peer is forked.
  void connect() { side_.emplace(bus_peer_.endpoint(), any_port, &keys_.side); }

  [[nodiscard]] bool is_ready() const {
    return !raw_peer_.endpoint().empty() && side_ && side_->connected();
  }
  [[nodiscard]] std::unique_ptr<contender> raw() const {
    return make_raw(raw_peer_.endpoint(), &raw_keys_);
  }
  std::unique_ptr<contender> ours() { return side_->scheduled(); }

private:
  raw_keys raw_keys_;
  bench_keys keys_ = make_bench_keys();
  peer_process raw_peer_;
  peer_process bus_peer_;
  std::optional<bus_side> side_;
};

/// Everything under test, peers included.
class arena {
public:
  arena(bool ipc, const std::map<std::string, std::string>& environment)
      : ipc_(ipc),
        directory_(make_directory()),
        raw_peer_([this](const auto& up) { serve_raw(up, listen("raw")); }),
        bus_peer_([this](const auto& up) { serve_bus(up, listen("bus")); }),
        basp_peer_(serve_basp),
        agent_peer_(serve_agent),
        process_agent_peer_(
            [&](const auto& up) { serve_process_agent(up, directory_, environment); }) {
    if (!ipc) {
      sealed_.emplace();
    }
    side_.emplace(bus_peer_.endpoint(), listen("side"));
    if (sealed_) {
      sealed_->connect();
    }
  }

  arena(const arena&) = delete;
  arena& operator=(const arena&) = delete;
  ~arena() {
    if (!directory_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(directory_, ignored);
    }
  }

  [[nodiscard]] bool ready() const {
    return !directory_.empty() && !raw_peer_.endpoint().empty() && !basp_peer_.endpoint().empty()
           && !agent_peer_.endpoint().empty() && !process_agent_peer_.endpoint().empty()
           && side_->connected() && (!sealed_ || sealed_->is_ready());
  }

  result<void> run(std::uint32_t rounds, figures& into) {
    const auto raw = make_raw(raw_peer_.endpoint());
    const auto basp = make_basp(basp_peer_.endpoint());
    const auto scheduled = side_->scheduled();
    const auto inlined = side_->inlined();
    const auto local = side_->local();
    const auto attached = side_->scheduled(payload::attachment);
    const auto checked = side_->scheduled(payload::checked_attachment);
    const auto raw_curve = sealed_ ? sealed_->raw() : nullptr;
    const auto curve = sealed_ ? sealed_->ours() : nullptr;
    round to(into);
    for (std::uint32_t i = 0; i < rounds; ++i) {
      std::fprintf(stderr, "bench bus: round %u of %u\n", i + 1, rounds);
      to.trips_in_turn({{"raw", raw.get()},
                        {"inline", inlined.get()},
                        {"scheduled", scheduled.get()},
                        {"basp", basp.get()}});
      to.trip("local", *local);
      if (curve != nullptr) {
        to.trip("raw_curve", *raw_curve);
        to.trip("curve", *curve);
      }
      to.messages("raw", *raw, small_messages * 4);
      to.messages("ours", *scheduled, small_messages);
      to.messages("inline", *inlined, small_messages);
      to.messages("basp", *basp, small_messages / 4);
      to.messages("local", *local, small_messages);
      to.messages("msgs_per_s_200b", "raw", *raw, 200, small_messages);
      to.messages("msgs_per_s_200b", "ours", *scheduled, 200, small_messages / 2);
      if (curve != nullptr) {
        to.messages("msgs_per_s_200b", "raw_curve", *raw_curve, 200, small_messages / 2);
        to.messages("msgs_per_s_200b", "curve", *curve, 200, small_messages / 2);
      }
      to.bytes("bytes_per_s_1k", "raw", *raw, 1024, medium_messages * 2);
      to.bytes("bytes_per_s_1k", "ours", *scheduled, 1024, medium_messages);
      to.bytes("bytes_per_s_1k", "basp", *basp, 1024, medium_messages / 4);
      to.bytes("bytes_per_s_4m", "raw", *raw, 4 * mib, large_messages);
      to.bytes("bytes_per_s_4m", "ours", *attached, 4 * mib, large_messages);
      to.bytes("bytes_per_s_4m", "ours_checked", *checked, 4 * mib, large_messages);
      to.bytes("bytes_per_s_4m", "basp", *basp, 4 * mib, large_messages / 8);
      to.trip("quiet", *scheduled, "control_rtt_p50_us");
      beside_bulk(*attached, [&] { to.trip("beside_bulk", *scheduled, "control_rtt_p50_us"); });
      // Each is linked only while it is measured.
      to.spawns("basp", *make_basp_spawner(basp_peer_.endpoint()), actor_spawns);
      to.spawns("ours", *make_agent_spawner(agent_peer_.endpoint()), actor_spawns);
      to.spawns("ours_process", *make_agent_spawner(process_agent_peer_.endpoint()),
                process_spawns);
      if (!to.failure().empty()) {
        return error{.code = errc::internal, .text = to.failure()};
      }
    }
    return {};
  }

private:
  /// For sockets of ipc (the peers are ended, not closed) and logs of what is spawned.
  static std::string make_directory() {
    auto name = (std::filesystem::temp_directory_path() / "troupe-bench-XXXXXX").string();
    return ::mkdtemp(name.data()) == nullptr ? std::string{} : name;
  }
  [[nodiscard]] std::string listen(const std::string& name) const {
    return ipc_ ? "ipc://" + directory_ + "/" + name : any_port;
  }

  static void beside_bulk(contender& bulk, const std::function<void()>& measure) {
    std::atomic<bool> over{false};
    std::thread loader([&] {
      while (!over.load()) {
        (void)bulk.one_way(64 * mib, 1);
      }
    });
    measure();
    over.store(true);
    loader.join();
  }

  bool ipc_;
  std::string directory_; ///< Empty: it could not be made.
  peer_process raw_peer_;
  peer_process bus_peer_;
  peer_process basp_peer_;
  peer_process agent_peer_;
  peer_process process_agent_peer_;
  std::optional<sealed_pairs> sealed_; ///< Over tcp: nodes with keys listen nowhere else.
  std::optional<bus_side> side_;       ///< Has threads, so every peer comes before it.
};

json::value to_json(const figures& all) {
  std::map<std::string, std::vector<std::pair<std::string_view, json::value>>> groups;
  for (const auto& [key, values] : all) {
    groups[key.first].emplace_back(key.second, median(values));
  }
  std::vector<std::pair<std::string_view, json::value>> out;
  for (auto& [name, members] : groups) {
    out.emplace_back(name, json::object_of(std::move(members)));
  }
  return json::object_of(std::move(out));
}

std::string format_number(double what) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), what >= 1000 ? "%.0f" : "%.2f", what);
  return out.data();
}

/// Of raw ZeroMQ, or of CAF where that has no such thing.
std::string format_ratio(const figures& all, const std::string& what, double value) {
  for (const auto* than : {"raw", "basp"}) {
    if (const auto base = all.find({what, than}); base != all.end()) {
      return format_number(value / median(base->second)) + " x " + than;
    }
  }
  return {};
}

void print_text(const figures& all) {
  std::vector<std::vector<std::string>> rows{{"FIGURE", "WHO", "MEDIAN", "RATIO"}};
  for (const auto& [key, values] : all) {
    const auto value = median(values);
    rows.push_back(
        {key.first, key.second, format_number(value), format_ratio(all, key.first, value)});
  }
  std::fputs(format_table(rows).c_str(), stdout);
}

} // namespace

int run_bench_bus(command_context& cx) {
  const bool ipc = cx.config.bench_transport == "ipc";
  if (ipc) {
    std::fputs("bench bus: nothing is encrypted over ipc, where nodes with keys do not listen; "
               "--transport tcp compares CURVE too\n",
               stderr);
  }
  arena all(ipc, cx.environment);
  if (!all.ready()) {
    return report({.code = errc::internal, .text = "the peer processes did not come up"});
  }
  figures found;
  if (const auto done = all.run(cx.config.bench_rounds, found); !done) {
    return report(done.err());
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(to_json(found)).c_str());
  } else {
    print_text(found);
  }
  return 0;
}

} // namespace troupe
