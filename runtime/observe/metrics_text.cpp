// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/metrics_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

namespace troupe::observe {

namespace {

prometheus::MetricType type_of(metric_kind kind) {
  switch (kind) {
    case metric_kind::counter:
      return prometheus::MetricType::Counter;
    case metric_kind::gauge:
      return prometheus::MetricType::Gauge;
    case metric_kind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

} // namespace

struct metrics_text::families {
  std::vector<prometheus::MetricFamily> all;

  prometheus::ClientMetric& add(const labels& of) {
    auto& series = all.back().metric.emplace_back();
    for (const auto& [name, value] : of) {
      series.label.push_back({name, value});
    }
    return series;
  }
};

metrics_text::metrics_text() : families_(std::make_unique<families>()) {
}
metrics_text::~metrics_text() = default;

void metrics_text::begin(const std::string& name, const std::string& help, metric_kind kind) {
  auto& family = families_->all.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type_of(kind);
}

void metrics_text::add(const labels& of, const counter& metric) {
  families_->add(of).counter.value = metric.value();
}

void metrics_text::add(const labels& of, const gauge& metric) {
  families_->add(of).gauge.value = metric.value();
}

void metrics_text::add(const labels& of, const histogram& metric) {
  auto& out = families_->add(of).histogram;
  for (std::size_t i = 0; i <= metric.bounds().size(); ++i) {
    out.sample_count += metric.count(i);
    auto& bucket = out.bucket.emplace_back();
    bucket.cumulative_count = out.sample_count;
    bucket.upper_bound =
        i < metric.bounds().size() ? metric.bounds()[i] : std::numeric_limits<double>::infinity();
  }
  out.sample_sum = metric.sum();
}

std::string metrics_text::take() {
  return prometheus::TextSerializer{}.Serialize(families_->all);
}

} // namespace troupe::observe
