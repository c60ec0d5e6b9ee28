// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/operators.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace troupe::text::jinja {

namespace {

value wrong_types(context& run, std::string_view op, const value& a, const value& b) {
  for (const auto* v : {&a, &b}) {
    if (const auto* missing = std::get_if<undefined>(v)) {
      return run.fail("uses '" + std::string(missing->name) + "', which is undefined, with "
                      + std::string(op) + "; test it with 'is defined' or give it a default");
    }
  }
  return run.fail("cannot apply " + std::string(op) + " to " + std::string(type_name(a)) + " and "
                  + std::string(type_name(b)) + "; convert one of them");
}

value overflow(context& run) {
  return run.fail("computes an integer beyond 64 bits; use smaller numbers");
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  const auto quotient = a / b;
  return (a % b != 0 && ((a < 0) != (b < 0))) ? quotient - 1 : quotient;
}

value integer_power(context& run, std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    return std::pow(static_cast<double>(base), static_cast<double>(exponent));
  }
  std::int64_t out = 1;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 != 0 && __builtin_mul_overflow(out, base, &out)) {
      return overflow(run);
    }
    if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) {
      return overflow(run);
    }
  }
  return out;
}

value integer_binary(context& run, char op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  switch (op) {
    case '+':
      return __builtin_add_overflow(a, b, &out) ? overflow(run) : value(out);
    case '-':
      return __builtin_sub_overflow(a, b, &out) ? overflow(run) : value(out);
    case '*':
      return __builtin_mul_overflow(a, b, &out) ? overflow(run) : value(out);
    case '^':
      return integer_power(run, a, b);
    default:
      break;
  }
  if (b == 0) {
    return run.fail("divides by zero; test the divisor");
  }
  if (op == '/') {
    return static_cast<double>(a) / static_cast<double>(b);
  }
  if (b == -1) {
    return op == 'f' ? integer_binary(run, '-', 0, a) : value(std::int64_t{0});
  }
  return op == 'f' ? floor_divide(a, b) : a - floor_divide(a, b) * b;
}

value number_binary(context& run, char op, double a, double b) {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '^':
      return std::pow(a, b);
    default:
      break;
  }
  if (b == 0) {
    return run.fail("divides by zero; test the divisor");
  }
  if (op == '/') {
    return a / b;
  }
  return op == 'f' ? std::floor(a / b) : a - std::floor(a / b) * b;
}

value repeated(context& run, const value& what, std::int64_t times) {
  const auto* text = text_of(what);
  const auto size = text != nullptr ? text->size() : list_of(what)->items.size();
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (size > 0 && count > run.limits.output_bytes / size) {
    return run.fail("repeats a text or list too often; repeat it less");
  }
  if (!run.spend(1 + count * size / 64 + (text != nullptr ? 0 : count * size))) {
    return undefined{};
  }
  if (text != nullptr) {
    std::string out;
    out.reserve(size * count);
    for (std::size_t at = 0; at < count; ++at) {
      out += *text;
    }
    return run.make_text(std::move(out));
  }
  std::vector<value> out;
  for (std::size_t at = 0; at < count; ++at) {
    out.insert(out.end(), list_of(what)->items.begin(), list_of(what)->items.end());
  }
  return run.make_list(std::move(out), list_of(what)->is_tuple);
}

value joined(context& run, const value& a, const value& b) {
  const auto* left = text_of(a);
  const auto* right = text_of(b);
  if (left != nullptr && right != nullptr) {
    if (left->size() + right->size() > run.limits.output_bytes) {
      return run.make_text(std::string(run.limits.output_bytes + 1, ' '));
    }
    return run.make_text(*left + *right);
  }
  const auto* first = list_of(a);
  const auto* second = list_of(b);
  if (first == nullptr || second == nullptr || first->is_tuple != second->is_tuple) {
    return wrong_types(run, "+", a, b);
  }
  auto items = first->items;
  items.insert(items.end(), second->items.begin(), second->items.end());
  return run.make_list(std::move(items), first->is_tuple);
}

bool is_sequence(const value& v) {
  return text_of(v) != nullptr || list_of(v) != nullptr;
}

int sign_of(std::strong_ordering order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

} // namespace

std::optional<double> number_of(const value& v) {
  std::int64_t storage = 0;
  if (const auto* integer = integer_of(v, storage)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&v);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

value binary(context& run, std::string_view op, const value& a, const value& b) {
  if (op == "~") {
    auto out = to_text(run, a);
    append_text(run, out, b);
    return run.make_text(std::move(out));
  }
  const char code = op == "//" ? 'f' : op == "**" ? '^' : op[0];
  std::int64_t left_storage = 0;
  std::int64_t right_storage = 0;
  const auto* left = integer_of(a, left_storage);
  const auto* right = integer_of(b, right_storage);
  if (left != nullptr && right != nullptr) {
    return integer_binary(run, code, *left, *right);
  }
  if (const auto x = number_of(a), y = number_of(b); x && y) {
    return number_binary(run, code, *x, *y);
  }
  if (code == '*' && is_sequence(a) && right != nullptr) {
    return repeated(run, a, *right);
  }
  if (code == '*' && is_sequence(b) && left != nullptr) {
    return repeated(run, b, *left);
  }
  return code == '+' ? joined(run, a, b) : wrong_types(run, op, a, b);
}

value signed_value(context& run, std::string_view sign, const value& v) {
  std::int64_t storage = 0;
  if (const auto* integer = integer_of(v, storage)) {
    return sign == "-" ? integer_binary(run, '-', 0, *integer) : value(*integer);
  }
  if (const auto* number = std::get_if<double>(&v)) {
    return sign == "-" ? -*number : *number;
  }
  return wrong_types(run, sign, v, none{});
}

value* find_member(context& run, dict& members, const value& key) {
  constexpr std::size_t keys_per_step = 8;
  const auto* text = text_of(key);
  const auto looked_at = 1 + members.items.size() / keys_per_step;
  const bool paid =
      run.spend(looked_at) && (text == nullptr || run.spend_bytes(looked_at * text->size()));
  return paid ? members.find(key) : nullptr;
}

const value* find_member(context& run, const dict& members, const value& key) {
  return find_member(run, const_cast<dict&>(members), key);
}

void set_member(context& run, dict& members, const value& key, value item) {
  if (auto* existing = find_member(run, members, key)) {
    *existing = std::move(item);
  } else {
    members.items.emplace_back(key, std::move(item));
  }
}

std::size_t find_text(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) {
    return std::string_view::npos;
  }
  const auto* found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool equal(context& run, const value& a, const value& b) {
  const nesting level(run);
  if (!run.spend(1)) {
    return false;
  }
  const auto* one = text_of(a);
  const auto* other = text_of(b);
  if (one != nullptr && other != nullptr) {
    return one->size() == other->size() && run.spend_bytes(one->size()) && *one == *other;
  }
  const auto* left = list_of(a);
  const auto* right = list_of(b);
  if (left != nullptr && right != nullptr) {
    return left->is_tuple == right->is_tuple && left->items.size() == right->items.size()
           && std::ranges::equal(left->items, right->items,
                                 [&](const value& x, const value& y) { return equal(run, x, y); });
  }
  const auto* first = dict_of(a);
  const auto* second = dict_of(b);
  if (first == nullptr || second == nullptr) {
    return equal_scalars(a, b);
  }
  return first->items.size() == second->items.size()
         && std::ranges::all_of(first->items, [&](const auto& member) {
              const auto* found = find_member(run, *second, member.first);
              return found != nullptr && equal(run, member.second, *found);
            });
}

int compare(context& run, const value& a, const value& b) {
  const nesting level(run);
  if (!run.spend(1)) {
    return 0;
  }
  std::int64_t left_storage = 0;
  std::int64_t right_storage = 0;
  const auto* left = integer_of(a, left_storage);
  const auto* right = integer_of(b, right_storage);
  if (left != nullptr && right != nullptr) {
    return sign_of(*left <=> *right);
  }
  if (const auto x = number_of(a), y = number_of(b); x && y) {
    return *x < *y ? -1 : *x > *y ? 1 : 0;
  }
  if (text_of(a) != nullptr && text_of(b) != nullptr) {
    run.spend_bytes(std::min(text_of(a)->size(), text_of(b)->size()));
    return sign_of(*text_of(a) <=> *text_of(b));
  }
  const auto* first = list_of(a);
  const auto* second = list_of(b);
  if (first == nullptr || second == nullptr || first->is_tuple != second->is_tuple) {
    wrong_types(run, "<", a, b);
    return 0;
  }
  const auto shared = std::min(first->items.size(), second->items.size());
  for (std::size_t at = 0; at < shared && run.ok(); ++at) {
    if (!equal(run, first->items[at], second->items[at])) {
      return compare(run, first->items[at], second->items[at]);
    }
  }
  return sign_of(first->items.size() <=> second->items.size());
}

bool contains(context& run, const value& container, const value& item) {
  if (const auto* text = text_of(container)) {
    const auto* part = text_of(item);
    if (part == nullptr) {
      wrong_types(run, "in", item, container);
      return false;
    }
    run.spend_bytes(text->size());
    return find_text(*text, *part) != std::string::npos;
  }
  if (const auto* items = list_of(container)) {
    return std::ranges::any_of(items->items,
                               [&](const value& one) { return equal(run, one, item); });
  }
  if (const auto* members = dict_of(container)) {
    return find_member(run, *members, item) != nullptr;
  }
  if (!is<undefined>(container)) {
    wrong_types(run, "in", item, container);
  }
  return false;
}

} // namespace troupe::text::jinja
