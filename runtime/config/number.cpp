// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/number.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace troupe::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array integer_units{
    unit{"", 1},          unit{"k", 1'000},     unit{"m", 1'000'000}, unit{"g", 1'000'000'000},
    unit{"Ki", 1 << 10U}, unit{"Mi", 1 << 20U}, unit{"Gi", 1 << 30U},
};

constexpr std::array time_units{
    unit{"h", 3'600'000'000'000}, unit{"m", 60'000'000'000}, unit{"s", 1'000'000'000},
    unit{"ms", 1'000'000},        unit{"us", 1'000},         unit{"ns", 1},
};

constexpr double time_max_ns = 10.0 * 365 * 24 * 3600 * 1e9;

error bad(std::string text) {
  return {errc::invalid_value, std::move(text), {}};
}

} // namespace

result<std::int64_t> parse_integer(std::string_view text) {
  auto digits = std::string{};
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '_' && at > 0) {
      continue;
    }
    if ((c < '0' || c > '9') && !(c == '-' && at == 0)) {
      break;
    }
    digits += c;
  }
  std::int64_t number = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, number);
  if (read.ec == std::errc::result_out_of_range) {
    return bad("is out of range");
  }
  if (read.ec != std::errc{} || read.ptr != end) {
    return bad("is not an integer");
  }
  for (const auto& u : integer_units) {
    if (u.name == text.substr(at)) {
      std::int64_t scaled = 0;
      if (__builtin_mul_overflow(number, u.factor, &scaled)) {
        return bad("is out of range");
      }
      return scaled;
    }
  }
  return bad("is not an integer");
}

result<double> parse_real(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || !std::isfinite(number)) {
    return bad("is not a number");
  }
  return number;
}

result<duration> parse_time(std::string_view text) {
  if (text == "0") {
    return duration{0};
  }
  const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_real(text.substr(0, digits));
  if (!number) {
    return bad("is not a time");
  }
  for (const auto& u : time_units) {
    if (u.name == text.substr(digits)) {
      const double ns = std::round(*number * static_cast<double>(u.factor));
      if (ns > time_max_ns) {
        return bad("is out of range");
      }
      return duration{static_cast<std::int64_t>(ns)};
    }
  }
  return bad("is a time without a known unit");
}

std::string format_real(double value) {
  auto buffer = std::array<char, 32>{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

std::string format_time(duration value) {
  for (const auto& u : time_units) {
    if (value.count() != 0 && value.count() % u.factor == 0) {
      return std::to_string(value.count() / u.factor) + std::string{u.name};
    }
  }
  return "0";
}

} // namespace troupe::config
