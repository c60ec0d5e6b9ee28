// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/read.hpp"

#include "runtime/json/scan.hpp"

#include <simdjson.h>

#include <algorithm>
#include <memory>

namespace troupe::json {

namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kept_parser_bytes_max = 1U << 20U;

/// The tape made into values. The depth was bounded before, so recursion is.
class builder {
public:
  bool build(const dom::element& from, value& to) {
    switch (from.type()) {
      case dom::element_type::ARRAY:
        return build_array(from, to);
      case dom::element_type::OBJECT:
        return build_object(from, to);
      case dom::element_type::INT64:
        to = value(from.get_int64().value_unsafe());
        return true;
      case dom::element_type::UINT64:
        to = value(from.get_uint64().value_unsafe());
        return true;
      case dom::element_type::DOUBLE:
        to = value(from.get_double().value_unsafe());
        return true;
      case dom::element_type::STRING:
        to = value(from.get_string().value_unsafe());
        return true;
      case dom::element_type::BOOL:
        to = value(from.get_bool().value_unsafe());
        return true;
      case dom::element_type::NULL_VALUE:
        to = value();
        return true;
    }
    return true;
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& duplicate() const { return duplicate_; }

private:
  bool build_array(const dom::element& from, value& to) {
    const dom::array items = from.get_array().value_unsafe();
    value::array out;
    out.reserve(items.size());
    for (const auto item : items) {
      if (!build(item, out.emplace_back())) {
        path_.insert(0, "[" + std::to_string(out.size() - 1) + "]");
        return false;
      }
    }
    to = value(std::move(out));
    return true;
  }

  bool build_object(const dom::element& from, value& to) {
    const dom::object members = from.get_object().value_unsafe();
    value::object out;
    out.reserve(members.size());
    for (const auto& one : members) {
      out.push_back({std::string(one.key), value()});
      if (!build(one.value, out.back().item)) {
        path_.insert(0, "." + out.back().name);
        return false;
      }
    }
    if (!names_differ(out)) {
      return false;
    }
    to = value(std::move(out));
    return true;
  }

  bool names_differ(const value::object& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& one : members) {
      names.emplace_back(one.name);
    }
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    if (twice == names.end()) {
      return true;
    }
    duplicate_ = std::string(*twice);
    return false;
  }

  std::string path_;
  std::string duplicate_;
};

error syntax_error(std::string_view text, simdjson::error_code code) {
  if (code == simdjson::MEMALLOC || code == simdjson::CAPACITY) {
    return {errc::too_large, "the JSON text is larger than memory allows; send less at once", ""};
  }
  const auto found = locate_fault(text);
  return {errc::malformed,
          "not JSON: " + found.what + " at " + describe_offset(text, found.offset) + "; correct it",
          ""};
}

/// A parser keeps its buffers; small texts share one per thread, a large one frees its own.
dom::parser& parser_for(std::size_t text_bytes, std::unique_ptr<dom::parser>& own) {
  thread_local dom::parser kept{kept_parser_bytes_max};
  if (text_bytes < kept_parser_bytes_max) {
    return kept;
  }
  own = std::make_unique<dom::parser>();
  return *own;
}

} // namespace

result<value> parse(std::string_view text, const read_limits& limits) {
  constexpr std::size_t depth_max = 512;
  TROUPE_CHECK(limits.depth <= depth_max);
  if (auto within = check_limits(text, limits); !within) {
    return std::move(within).err();
  }
  std::unique_ptr<dom::parser> own;
  auto& parser = parser_for(text.size(), own);
  auto code = text.starts_with("\xEF\xBB\xBF")
                  ? simdjson::TAPE_ERROR
                  : parser.allocate(std::max<std::size_t>(text.size(), 64), depth_max + 8);
  dom::element root;
  if (code == simdjson::SUCCESS) {
    code = parser.parse(text.data(), text.size(), true).get(root);
  }
  if (code != simdjson::SUCCESS) {
    return syntax_error(text, code);
  }
  value out;
  builder maker;
  if (!maker.build(root, out)) {
    auto path = maker.path() + "." + maker.duplicate();
    path.erase(0, path.starts_with('.') ? 1 : 0);
    return error{errc::malformed,
                 "the name \"" + maker.duplicate() + "\" stands twice in one "
                     + "object; leave one of them",
                 path};
  }
  return out;
}

} // namespace troupe::json
