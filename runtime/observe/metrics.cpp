// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/metrics.hpp"

#include "runtime/base/check.hpp"
#include "runtime/observe/metrics_text.hpp"

#include <algorithm>

namespace troupe::observe {

namespace {

constexpr std::size_t series_max = 1000;

bool is_name(const std::string& text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9')
         && std::ranges::all_of(text, [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
            });
}

} // namespace

// One name; of its three maps only that of its kind is filled.
struct metrics::family {
  std::string help;
  metric_kind kind = metric_kind::counter;
  series_of<counter> counters;
  series_of<gauge> gauges;
  series_of<histogram> histograms;

  template <class Metric>
  auto& held() {
    if constexpr (std::is_same_v<Metric, counter>) {
      return counters;
    } else if constexpr (std::is_same_v<Metric, gauge>) {
      return gauges;
    } else {
      return histograms;
    }
  }
};

histogram::histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  TROUPE_CHECK(std::ranges::is_sorted(bounds_, std::less_equal<>{}) || bounds_.size() < 2);
}

void histogram::observe(double v) noexcept {
  const auto at = std::ranges::lower_bound(bounds_, v) - bounds_.begin();
  counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(v, std::memory_order_relaxed);
}

void histogram::add(std::span<const std::uint64_t> counts, double sum) {
  TROUPE_CHECK(counts.size() == counts_.size());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts_[i].fetch_add(counts[i], std::memory_order_relaxed);
  }
  sum_.fetch_add(sum, std::memory_order_relaxed);
}

std::uint64_t histogram::count(std::size_t i) const {
  return counts_.at(i).load(std::memory_order_relaxed);
}

std::vector<double> exponential_bounds(double first, double factor, std::size_t count) {
  auto bounds = std::vector<double>{};
  for (double bound = first; bounds.size() < count; bound *= factor) {
    bounds.push_back(bound);
  }
  return bounds;
}

metrics::metrics() = default;
metrics::~metrics() = default;

template <class Metric, class... Args>
Metric& metrics::series(const std::string& name, const std::string& help, labels of,
                        Args&&... args) {
  TROUPE_CHECK(is_name(name));
  TROUPE_CHECK(std::ranges::all_of(of, [](const auto& label) { return is_name(label.first); }));
  const auto lock = std::lock_guard{mutex_};
  auto& slot = families_[name];
  if (slot == nullptr) {
    slot = std::make_unique<family>();
    slot->help = help;
    slot->kind = kind_of<Metric>();
  }
  TROUPE_CHECK(slot->kind == kind_of<Metric>());
  auto& held = slot->template held<Metric>();
  if (held.size() >= series_max && !held.contains(of)) {
    for (auto& [label, value] : of) {
      value = "other";
    }
  }
  auto& made = held[of];
  if (made == nullptr) {
    made = std::make_unique<Metric>(std::forward<Args>(args)...);
  }
  return *made;
}

counter& metrics::counter_of(const std::string& name, const std::string& help, labels of) {
  return series<counter>(name, help, std::move(of));
}

gauge& metrics::gauge_of(const std::string& name, const std::string& help, labels of) {
  return series<gauge>(name, help, std::move(of));
}

histogram& metrics::histogram_of(const std::string& name, const std::string& help,
                                 std::vector<double> bounds, labels of) {
  auto& made = series<histogram>(name, help, std::move(of), bounds);
  TROUPE_CHECK(made.bounds() == bounds);
  return made;
}

void metrics::before_text(std::function<void()> refresh) {
  const auto lock = std::lock_guard{mutex_};
  refreshers_.push_back(std::move(refresh));
}

std::string metrics::text() {
  auto refreshers = std::vector<std::function<void()>>{};
  {
    const auto lock = std::lock_guard{mutex_};
    refreshers = refreshers_;
  }
  for (const auto& refresh : refreshers) {
    refresh();
  }
  const auto lock = std::lock_guard{mutex_};
  auto out = metrics_text{};
  for (const auto& [name, held] : families_) {
    out.begin(name, held->help, held->kind);
    for (const auto& [of, metric] : held->counters) {
      out.add(of, *metric);
    }
    for (const auto& [of, metric] : held->gauges) {
      out.add(of, *metric);
    }
    for (const auto& [of, metric] : held->histograms) {
      out.add(of, *metric);
    }
  }
  return out.take();
}

} // namespace troupe::observe
