// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_model.hpp"
#include "apps/troupe/bench/median.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/load_model.hpp"
#include "apps/troupe/table.hpp"
#include "engine/model/native_executor.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace troupe {
namespace {

using namespace bench;

/// A directory of its own for packed copies, removed at the end.
class scratch {
public:
  explicit scratch(const std::string& beside)
      : path_(beside + "/packed-" + std::to_string(::getpid())) {}
  ~scratch() { clear(); }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;

  void clear() const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

private:
  std::string path_;
};

struct load_time {
  double seconds = 0;
  double writing_s = 0; ///< Of the packed copy, after the load.
  std::uint64_t resident_bytes = 0;
  std::uint64_t model_bytes = 0;
  bool is_from_copy = false;
};

/// Per round.
struct load_times {
  std::vector<double> packed_s;  ///< Without packed copies.
  std::vector<double> first_s;   ///< That writes one afterwards,
  std::vector<double> writing_s; ///< and that.
  std::vector<double> mapped_s;  ///< From the packed copy.
  load_time packed;
  load_time mapped;
};

result<load_time> load_once(const std::string& file, const app_config& config,
                            engine::weight_type weights, const std::string& cache) {
  const auto resident = process::rss_bytes();
  const auto began = machine_clock().now();
  const auto model = engine::load_native(
      file, {.threads = config.threads,
             .weights = weights,
             .packed = {.places = engine::packed_places(file, cache, ""), .model_bytes_min = 0}});
  if (!model) {
    return model.err();
  }
  const auto loaded = machine_clock().now();
  load_time out{.seconds = to_seconds(loaded - began),
                .resident_bytes = process::rss_bytes() - resident,
                .model_bytes = model->report.model_bytes,
                .is_from_copy = !model->report.packed_copy.empty()};
  if (model->writing != nullptr) {
    model->writing->wait();
    out.writing_s = to_seconds(machine_clock().now() - loaded);
  }
  return out;
}

result<load_times> measure(const std::string& file, const app_config& config,
                           engine::weight_type weights) {
  const scratch cache{config.bench_dir};
  // Once before, so that the system has the file in its pages.
  auto warm = load_once(file, config, weights, "off");
  if (!warm) {
    return warm.err();
  }
  load_times out;
  for (std::uint32_t round = 0; round < config.bench_rounds; ++round) {
    std::fprintf(stderr, "bench load: round %u of %u\n", round + 1, config.bench_rounds);
    cache.clear();
    const auto packed = load_once(file, config, weights, "off");
    const auto first = packed ? load_once(file, config, weights, cache.path()) : packed;
    const auto mapped = first ? load_once(file, config, weights, cache.path()) : first;
    if (!mapped) {
      return mapped.err();
    }
    if (!mapped->is_from_copy) {
      return error{.code = errc::io_failed,
                   .text = cache.path() + ": no packed copy could be written; choose another "
                           + "--bench-dir",
                   .field = "bench.dir"};
    }
    out.packed_s.push_back(packed->seconds);
    out.first_s.push_back(first->seconds);
    out.writing_s.push_back(first->writing_s);
    out.mapped_s.push_back(mapped->seconds);
    out.packed = *packed;
    out.mapped = *mapped;
  }
  return out;
}

json::value to_json(const command_context& cx, const load_times& of) {
  return json::object_of({{"shape", cx.config.bench_shape},
                          {"dtype", cx.config.bench_dtype},
                          {"quantize", cx.config.quantize},
                          {"threads", cx.config.threads},
                          {"rounds", cx.config.bench_rounds},
                          {"model_bytes", of.packed.model_bytes},
                          {"packed_s", median(of.packed_s)},
                          {"first_s", median(of.first_s)},
                          {"writing_s", median(of.writing_s)},
                          {"mapped_s", median(of.mapped_s)},
                          {"packed_resident_bytes", of.packed.resident_bytes},
                          {"mapped_resident_bytes", of.mapped.resident_bytes}});
}

void print(const load_times& of) {
  std::vector<std::vector<std::string>> rows{{"LOAD", "SECONDS", "LEAST", "MOST", "GB/S"}};
  const auto row = [&](const char* name, const std::vector<double>& seconds) {
    std::array<std::array<char, 32>, 4> text{};
    std::snprintf(text[0].data(), text[0].size(), "%.2f", median(seconds));
    std::snprintf(text[1].data(), text[1].size(), "%.2f", *std::ranges::min_element(seconds));
    std::snprintf(text[2].data(), text[2].size(), "%.2f", *std::ranges::max_element(seconds));
    std::snprintf(text[3].data(), text[3].size(), "%.2f",
                  static_cast<double>(of.packed.model_bytes) / 1e9 / median(seconds));
    rows.push_back({name, text[0].data(), text[1].data(), text[2].data(), text[3].data()});
  };
  row("packed, no copy wanted", of.packed_s);
  row("packed, copy written after", of.first_s);
  row("  writing that copy", of.writing_s);
  row("from the packed copy", of.mapped_s);
  std::printf("%.2f GB of weights, resident %.2f GB packed, %.2f GB mapped\n",
              static_cast<double>(of.packed.model_bytes) / 1e9,
              static_cast<double>(of.packed.resident_bytes) / 1e9,
              static_cast<double>(of.mapped.resident_bytes) / 1e9);
  std::fputs(format_table(rows).c_str(), stdout);
}

} // namespace

int run_bench_load(command_context& cx) {
  const auto weights = weight_type_of(cx.config);
  if (!weights) {
    return report(weights.err());
  }
  const auto file = bench::find_model_file(cx.config);
  if (!file) {
    return report(file.err());
  }
  const auto all = measure(*file, cx.config, *weights);
  if (!all) {
    return report(all.err());
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(to_json(cx, *all)).c_str());
  } else {
    print(*all);
  }
  return 0;
}

} // namespace troupe
