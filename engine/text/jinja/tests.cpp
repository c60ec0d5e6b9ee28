// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"

#include <algorithm>
#include <array>

namespace troupe::text::jinja {

namespace {

using test = bool (*)(context&, const value&, const call_arguments&);

template <class... Types>
bool is_any(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  return (is<Types>(in) || ...);
}

bool defined(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  return !is<undefined>(in);
}

bool mapping(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  return dict_of(in) != nullptr;
}

bool sequence(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  return is<undefined>(in) || text_of(in) != nullptr || list_of(in) != nullptr
         || dict_of(in) != nullptr;
}

template <bool wanted>
bool boolean_is(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  const auto* flag = std::get_if<bool>(&in);
  return flag != nullptr && *flag == wanted;
}

value argument_of(context& run, const call_arguments& with) {
  return with.positional.empty() ? run.fail("tests without its argument; give it")
                                 : with.positional[0];
}

bool equals(context& run, const value& in, const call_arguments& with) {
  return equal(run, in, argument_of(run, with));
}

bool differs(context& run, const value& in, const call_arguments& with) {
  return !equal(run, in, argument_of(run, with));
}

template <int low, int high>
bool order_is(context& run, const value& in, const call_arguments& with) {
  const auto order = std::clamp(compare(run, in, argument_of(run, with)), -1, 1);
  return order >= low && order <= high;
}

bool is_in(context& run, const value& in, const call_arguments& with) {
  return contains(run, argument_of(run, with), in);
}

bool divisible(context& run, const value& in, std::int64_t by, std::int64_t rest) {
  const auto remainder = binary(run, "%", in, by);
  std::int64_t storage = 0;
  const auto* integer = integer_of(remainder, storage);
  return integer != nullptr && *integer == rest;
}

bool odd(context& run, const value& in, const call_arguments& /*with*/) {
  return divisible(run, in, 2, 1);
}

bool even(context& run, const value& in, const call_arguments& /*with*/) {
  return divisible(run, in, 2, 0);
}

bool divisible_by(context& run, const value& in, const call_arguments& with) {
  return divisible(run, in, with.integer(run, 0, "num", 0), 0);
}

template <bool lower_case>
bool case_is(context& run, const value& in, const call_arguments& /*with*/) {
  const auto text = to_text(run, in);
  run.spend(text.size() / 16);
  return text == (lower_case ? to_lower(text) : to_upper(text)) && to_lower(text) != to_upper(text);
}

struct entry {
  std::string_view name;
  test run;
};

bool undefined_test(context& run, const value& in, const call_arguments& with) {
  return !defined(run, in, with);
}

constexpr std::array<entry, 35> tests{{{"defined", defined},
                                       {"undefined", undefined_test},
                                       {"none", is_any<none>},
                                       {"string", is_any<shared_text>},
                                       {"number", is_any<std::int64_t, double, bool>},
                                       {"integer", is_any<std::int64_t>},
                                       {"float", is_any<double>},
                                       {"boolean", is_any<bool>},
                                       {"true", boolean_is<true>},
                                       {"false", boolean_is<false>},
                                       {"mapping", mapping},
                                       {"sequence", sequence},
                                       {"iterable", sequence},
                                       {"callable", is_any<callable*>},
                                       {"eq", equals},
                                       {"==", equals},
                                       {"equalto", equals},
                                       {"sameas", equals},
                                       {"ne", differs},
                                       {"!=", differs},
                                       {"lt", order_is<-1, -1>},
                                       {"lessthan", order_is<-1, -1>},
                                       {"<", order_is<-1, -1>},
                                       {"le", order_is<-1, 0>},
                                       {"<=", order_is<-1, 0>},
                                       {"gt", order_is<1, 1>},
                                       {"greaterthan", order_is<1, 1>},
                                       {">", order_is<1, 1>},
                                       {"ge", order_is<0, 1>},
                                       {">=", order_is<0, 1>},
                                       {"in", is_in},
                                       {"odd", odd},
                                       {"even", even},
                                       {"divisibleby", divisible_by},
                                       {"lower", case_is<true>}}};

} // namespace

bool is_test(std::string_view name) {
  return name == "upper" || std::ranges::find(tests, name, &entry::name) != tests.end();
}

bool call_test(context& run, std::string_view name, const value& in, const call_arguments& with) {
  if (!run.spend(1)) {
    return false;
  }
  const auto* found = std::ranges::find(tests, name, &entry::name);
  return found == tests.end() ? case_is<false>(run, in, with) : found->run(run, in, with);
}

} // namespace troupe::text::jinja
