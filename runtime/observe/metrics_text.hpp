// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/observe/metrics.hpp"

#include <map>
#include <memory>
#include <string>
#include <type_traits>

namespace troupe::observe {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

template <class Metric>
constexpr metric_kind kind_of() {
  return std::is_same_v<Metric, counter> ? metric_kind::counter
         : std::is_same_v<Metric, gauge> ? metric_kind::gauge
                                         : metric_kind::histogram;
}

template <class Metric>
using series_of = std::map<labels, std::unique_ptr<Metric>>;

/// Writes families of metrics in Prometheus' text format. Not for use outside metrics.
class metrics_text {
public:
  metrics_text();
  ~metrics_text();

  void begin(const std::string& name, const std::string& help, metric_kind kind);
  void add(const labels& of, const counter& metric);
  void add(const labels& of, const gauge& metric);
  void add(const labels& of, const histogram& metric);
  [[nodiscard]] std::string take();

private:
  struct families;
  std::unique_ptr<families> families_;
};

} // namespace troupe::observe
