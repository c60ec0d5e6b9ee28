// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace troupe::observe {

/// Label names and values of one series, ordered by name.
using labels = std::map<std::string, std::string>;

/// A count that only grows. Thread: any, lock-free.
class counter {
public:
  /// Requires: n >= 0. Whole numbers are exact up to 2^53.
  void add(double n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<double> value_{0};
};

/// A measure that goes up and down. Thread: any, lock-free.
class gauge {
public:
  void set(double v) noexcept { value_.store(v, std::memory_order_relaxed); }
  void add(double v) noexcept { value_.fetch_add(v, std::memory_order_relaxed); }
  [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<double> value_{0};
};

/// Counts of observations up to each bound, and their sum. Thread: any, lock-free; a reader may see
/// an observation in its bucket before it sees it in the sum.
class histogram {
public:
  explicit histogram(std::vector<double> bounds);

  void observe(double v) noexcept;
  /// Adds observations counted elsewhere. Requires: one count per bucket (checked).
  void add(std::span<const std::uint64_t> counts, double sum);
  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
  /// Of bucket i alone, not cumulative; i == bounds().size() is what lies above all bounds.
  [[nodiscard]] std::uint64_t count(std::size_t i) const;
  [[nodiscard]] double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

private:
  std::vector<double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// `first`, first * factor, ... of `count` bounds.
[[nodiscard]] std::vector<double> exponential_bounds(double first, double factor,
                                                     std::size_t count);

/// All metrics of a process. Names are troupe_<component>_<thing>_<unit>[_total].
/// Asking twice for the same name and labels gives the same object, which lives as long as this.
/// Requires: a valid name, one kind (and for histograms one set of bounds) per name (checked).
/// Limits: 1,000 series per name; those beyond share one whose label values are "other".
/// Thread: any; keep the reference instead of asking on a hot path.
/// Checked: test/unit/observe/metrics_test.cpp
class metrics {
public:
  metrics();
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  counter& counter_of(const std::string& name, const std::string& help, labels of = {});
  gauge& gauge_of(const std::string& name, const std::string& help, labels of = {});
  histogram& histogram_of(const std::string& name, const std::string& help,
                          std::vector<double> bounds, labels of = {});

  /// Called before each exposition, to set gauges that are cheaper to read than to keep.
  void before_text(std::function<void()> refresh);

  /// Everything in Prometheus' text format, by name, then labels.
  [[nodiscard]] std::string text();

private:
  struct family;

  template <class Metric, class... Args>
  Metric& series(const std::string& name, const std::string& help, labels of, Args&&... args);

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<family>> families_;
  std::vector<std::function<void()>> refreshers_;
};

} // namespace troupe::observe
