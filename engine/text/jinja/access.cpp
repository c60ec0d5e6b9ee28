// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace troupe::text::jinja {

namespace {

value text_value(context& run, std::string_view text) {
  return run.make_text(std::string(text));
}

value undefined_attribute(context& run, const undefined& missing, std::string_view name) {
  return run.fail("takes '" + std::string(name) + "' of '" + std::string(missing.name)
                  + "', which is undefined; test it with 'is defined' first");
}

value loop_attribute(context& run, const loop_state& loop, std::string_view name) {
  const auto count = static_cast<std::int64_t>(loop.items->items.size());
  const auto index0 = static_cast<std::int64_t>(loop.index0);
  if (name == "index0") {
    return index0;
  }
  if (name == "index") {
    return index0 + 1;
  }
  if (name == "revindex") {
    return count - index0;
  }
  if (name == "revindex0") {
    return count - index0 - 1;
  }
  if (name == "first") {
    return index0 == 0;
  }
  if (name == "last") {
    return index0 + 1 == count;
  }
  if (name == "length") {
    return count;
  }
  if (name == "depth0" || name == "depth") {
    return std::int64_t{name == "depth" ? 1 : 0};
  }
  if (name == "previtem") {
    return index0 == 0 ? value(undefined{"loop.previtem"}) : loop.items->items[loop.index0 - 1];
  }
  if (name == "nextitem") {
    return index0 + 1 == count ? value(undefined{"loop.nextitem"})
                               : loop.items->items[loop.index0 + 1];
  }
  return run.fail("uses loop." + std::string(name) + ", which is not supported; replace it");
}

/// The item at `index`, from the end where negative; null outside.
template <class Items>
auto* at_index(Items& items, std::int64_t index) {
  const auto count = static_cast<std::int64_t>(items.size());
  index += index < 0 ? count : 0;
  return index < 0 || index >= count ? nullptr : &items[static_cast<std::size_t>(index)];
}

struct slice_bounds {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;
};

/// Python's slice.indices.
slice_bounds bounds_of(std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                       std::int64_t step, std::int64_t count) {
  const auto low = step < 0 ? std::int64_t{-1} : std::int64_t{0};
  const auto high = step < 0 ? count - 1 : count;
  const auto bound = [&](std::optional<std::int64_t> at, std::int64_t absent) {
    if (!at) {
      return absent;
    }
    return std::clamp(*at < 0 ? *at + count : *at, low, high);
  };
  return {bound(start, step < 0 ? high : low), bound(stop, step < 0 ? low : high), step};
}

std::vector<std::size_t> picked(const slice_bounds& bounds) {
  std::vector<std::size_t> out;
  auto at = bounds.start;
  while (bounds.step < 0 ? at > bounds.stop : at < bounds.stop) {
    out.push_back(static_cast<std::size_t>(at));
    if (__builtin_add_overflow(at, bounds.step, &at)) {
      break;
    }
  }
  return out;
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto bytes = utf8::first(text).bytes;
    out.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out;
}

bool is_all_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

value text_slice(context& run, const std::string& text, const slice_bounds& bounds) {
  if (bounds.step == 1 && is_all_ascii(text)) {
    const auto length =
        static_cast<std::size_t>(std::max<std::int64_t>(bounds.stop - bounds.start, 0));
    return run.make_text(text.substr(static_cast<std::size_t>(bounds.start), length));
  }
  run.spend(text.size());
  const auto parts = characters_of(text);
  std::string out;
  for (const auto at : picked(bounds)) {
    out += parts[at];
  }
  return run.make_text(std::move(out));
}

} // namespace

std::vector<value> items_of(context& run, const value& v) {
  std::vector<value> out;
  if (const auto* items = list_of(v)) {
    run.spend(items->items.size());
    return items->items;
  }
  if (const auto* members = dict_of(v)) {
    for (const auto& one : members->items) {
      out.push_back(one.first);
    }
  } else if (const auto* text = text_of(v)) {
    for (auto rest = std::string_view(*text); !rest.empty() && run.ok();) {
      const auto bytes = utf8::first(rest).bytes;
      out.push_back(text_value(run, rest.substr(0, bytes)));
      rest.remove_prefix(bytes);
    }
  } else if (!is<undefined>(v)) {
    run.fail("goes through a " + std::string(type_name(v))
             + ", which has no items; give it a list");
  }
  return out;
}

value length_of(context& run, const value& v) {
  if (const auto* text = text_of(v)) {
    run.spend_bytes(text->size());
    return static_cast<std::int64_t>(utf8::count(*text));
  }
  if (const auto* items = list_of(v)) {
    return static_cast<std::int64_t>(items->items.size());
  }
  if (const auto* members = dict_of(v)) {
    return static_cast<std::int64_t>(members->items.size());
  }
  if (is<undefined>(v)) {
    return std::int64_t{0};
  }
  return run.fail("asks for the length of a " + std::string(type_name(v)) + "; give it a list");
}

value item_of(context& run, const value& object, const value& key) {
  if (const auto* missing = std::get_if<undefined>(&object)) {
    return undefined_attribute(run, *missing, to_text(run, key));
  }
  std::int64_t storage = 0;
  const auto* index = integer_of(key, storage);
  if (const auto* members = dict_of(object)) {
    const auto* found = find_member(run, *members, key);
    return found == nullptr ? value(undefined{"item"}) : *found;
  }
  if (const auto* items = list_of(object); items != nullptr && index != nullptr) {
    const auto* found = at_index(items->items, *index);
    return found == nullptr ? value(undefined{"item"}) : *found;
  }
  if (const auto* text = text_of(object); text != nullptr && index != nullptr) {
    run.spend(1 + text->size() / 8);
    const auto count = static_cast<std::int64_t>(utf8::count(*text));
    const auto at = *index < 0 ? *index + count : *index;
    return at < 0 || at >= count ? value(undefined{"item"})
                                 : text_value(run, characters(*text, static_cast<std::size_t>(at),
                                                              static_cast<std::size_t>(at) + 1));
  }
  if (const auto* name = text_of(key)) {
    return attribute_of(run, object, *name);
  }
  return undefined{"item"};
}

value slice_of(context& run, const value& object, const value& start, const value& stop,
               const value& step) {
  const auto bound = [&](const value& from) -> std::optional<std::int64_t> {
    std::int64_t storage = 0;
    const auto* integer = integer_of(from, storage);
    if (integer == nullptr && !is<none>(from)) {
      run.fail("slices by a " + std::string(type_name(from)) + "; use integers");
    }
    // Far ends are the same end for every text or list there can be.
    constexpr std::int64_t far = std::int64_t{1} << 60U;
    return integer == nullptr ? std::nullopt : std::optional(std::clamp(*integer, -far, far));
  };
  const auto stride = bound(step).value_or(1);
  if (stride == 0) {
    return run.fail("slices with a step of 0; use another");
  }
  if (const auto* missing = std::get_if<undefined>(&object)) {
    return undefined_attribute(run, *missing, "a slice");
  }
  const auto first = bound(start);
  const auto last = bound(stop);
  if (const auto* text = text_of(object)) {
    run.spend_bytes(text->size());
    const auto count = static_cast<std::int64_t>(utf8::count(*text));
    return text_slice(run, *text, bounds_of(first, last, stride, count));
  }
  if (const auto* items = list_of(object)) {
    std::vector<value> out;
    const auto count = static_cast<std::int64_t>(items->items.size());
    for (const auto at : picked(bounds_of(first, last, stride, count))) {
      out.push_back(items->items[at]);
    }
    return run.make_list(std::move(out), items->is_tuple);
  }
  return run.fail("slices a " + std::string(type_name(object)) + "; slice texts and lists");
}

value attribute_of(context& run, const value& object, std::string_view name) {
  if (const auto* missing = std::get_if<undefined>(&object)) {
    return undefined_attribute(run, *missing, name);
  }
  if (const auto* loop = std::get_if<loop_state*>(&object)) {
    return loop_attribute(run, **loop, name);
  }
  if (has_method(object, name)) {
    return run.make_callable(
        {.what = callable::kind::method, .name = method_name(name), .self = object});
  }
  if (const auto* members = std::get_if<dict*>(&object)) {
    run.spend(1 + (*members)->items.size() / 8);
    if (const auto* found = (*members)->find(name)) {
      return *found;
    }
  }
  return undefined{"attribute"};
}

value path_of(context& run, const value& object, std::string_view path) {
  auto out = object;
  while (!path.empty() && run.spend(1)) {
    const auto dot = std::min(path.find('.'), path.size());
    const auto name = path.substr(0, dot);
    std::int64_t index = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
    out = read.ec == std::errc() && read.ptr == name.data() + name.size()
              ? item_of(run, out, index)
              : attribute_of(run, out, name);
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return out;
}

} // namespace troupe::text::jinja
