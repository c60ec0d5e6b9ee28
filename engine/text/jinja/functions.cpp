// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"

#include <array>

namespace troupe::text::jinja {

namespace {

constexpr std::array<std::string_view, 5> functions{"range", "namespace", "dict", "raise_exception",
                                                    "strftime_now"};

value range(context& run, const call_arguments& with) {
  const bool has_start = with.positional.size() > 1;
  const auto start = has_start ? with.integer(run, 0, "start", 0) : 0;
  const auto stop = with.integer(run, has_start ? 1 : 0, "stop", 0);
  const auto step = with.integer(run, 2, "step", 1);
  if (step == 0 || with.positional.empty()) {
    return run.fail("calls range without a stop or with a step of 0; give it others");
  }
  std::vector<value> out;
  for (auto at = start; (step > 0 ? at < stop : at > stop) && run.ok();) {
    if (static_cast<std::int64_t>(out.size()) >= run.limits.range_items) {
      return run.fail("makes a range of more than " + std::to_string(run.limits.range_items)
                      + " items; make it smaller");
    }
    out.emplace_back(at);
    if (__builtin_add_overflow(at, step, &at)) {
      break;
    }
  }
  return run.make_list(std::move(out));
}

value make_members(context& run, const call_arguments& with, bool is_namespace) {
  auto* made = run.make_dict(is_namespace);
  if (const auto* from = with.positional.empty() ? nullptr : dict_of(with.positional[0])) {
    run.spend(from->items.size());
    made->items = from->items;
  }
  for (const auto& [name, item] : with.named) {
    set_member(run, *made, run.make_text(std::string(name)), item);
  }
  return made;
}

value raise_exception(context& run, const call_arguments& with) {
  auto message =
      with.positional.empty() ? std::string("no reason") : to_text(run, with.positional[0]);
  message.resize(std::min<std::size_t>(message.size(), 1'000));
  return run.fail("raised: " + message);
}

struct civil_time {
  std::int64_t year = 1970;
  int month = 1; ///< 1..12
  int day = 1;   ///< 1..31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 0;  ///< 0: Sunday.
  int year_day = 1; ///< 1..366
};

/// Source: the Gregorian calendar in eras of 400 years that begin on 1 March.
civil_time civil_time_of(std::int64_t unix_seconds) {
  constexpr std::int64_t day_seconds = 86'400;
  auto days = unix_seconds / day_seconds - (unix_seconds % day_seconds < 0 ? 1 : 0);
  const auto rest = static_cast<int>(unix_seconds - days * day_seconds);
  civil_time out;
  out.hour = rest / 3600;
  out.minute = rest / 60 % 60;
  out.second = rest % 60;
  out.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  const auto shifted = days + 719'468;
  const auto era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const auto day_of_era = shifted - era * 146'097;
  const auto year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * day_of_year + 2) / 153;
  out.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  out.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  out.year = year_of_era + era * 400 + (out.month <= 2 ? 1 : 0);
  const bool leap = (out.year % 4 == 0 && out.year % 100 != 0) || out.year % 400 == 0;
  const auto from_march = static_cast<int>(day_of_year) + 1;
  out.year_day = out.month <= 2 ? from_march - 306 : from_march + 59 + (leap ? 1 : 0);
  return out;
}

constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

std::string padded(std::int64_t number, std::size_t width, bool zeros) {
  auto out = std::to_string(number);
  return zeros && out.size() < width ? std::string(width - out.size(), '0') + out : out;
}

std::string time_part(const civil_time& at, char letter, bool zeros) {
  switch (letter) {
    case 'Y':
      return std::to_string(at.year);
    case 'y':
      return padded((at.year % 100 + 100) % 100, 2, zeros);
    case 'm':
      return padded(at.month, 2, zeros);
    case 'd':
      return padded(at.day, 2, zeros);
    case 'e':
      return (at.day < 10 && zeros ? " " : "") + std::to_string(at.day);
    case 'H':
      return padded(at.hour, 2, zeros);
    case 'I':
      return padded((at.hour + 11) % 12 + 1, 2, zeros);
    case 'M':
      return padded(at.minute, 2, zeros);
    case 'S':
      return padded(at.second, 2, zeros);
    case 'p':
      return at.hour < 12 ? "AM" : "PM";
    case 'j':
      return padded(at.year_day, 3, zeros);
    case 'A':
      return std::string(weekdays.at(static_cast<std::size_t>(at.weekday)));
    case 'a':
      return std::string(weekdays.at(static_cast<std::size_t>(at.weekday)).substr(0, 3));
    case 'B':
      return std::string(months.at(static_cast<std::size_t>(at.month - 1)));
    case 'b':
    case 'h':
      return std::string(months.at(static_cast<std::size_t>(at.month - 1)).substr(0, 3));
    case '%':
      return "%";
    default:
      return {};
  }
}

} // namespace

std::string format_time(std::int64_t unix_seconds, std::string_view format) {
  const auto at = civil_time_of(unix_seconds);
  std::string out;
  while (!format.empty()) {
    const bool bare = format.starts_with("%-");
    const std::size_t letter = bare ? 2 : 1;
    if (format[0] != '%' || letter >= format.size()) {
      out += format[0];
      format.remove_prefix(1);
      continue;
    }
    const auto one = format[letter];
    if (one == 'F' || one == 'T') {
      out += format_time(unix_seconds, one == 'F' ? "%Y-%m-%d" : "%H:%M:%S");
    } else if (const auto part = time_part(at, one, !bare); !part.empty()) {
      out += part;
    } else {
      out += format.substr(0, letter + 1);
    }
    format.remove_prefix(letter + 1);
  }
  return out;
}

bool is_function(std::string_view name) {
  return std::ranges::find(functions, name) != functions.end();
}

value call_function(context& run, std::string_view name, const call_arguments& with) {
  if (name == "range") {
    return range(run, with);
  }
  if (name == "raise_exception") {
    return raise_exception(run, with);
  }
  if (name == "strftime_now") {
    const auto* format = with.text(run, 0, "format");
    return format == nullptr ? run.fail("calls strftime_now without a format; give it one")
                             : run.make_text(format_time(run.limits.unix_seconds, *format));
  }
  return make_members(run, with, name == "namespace");
}

} // namespace troupe::text::jinja
