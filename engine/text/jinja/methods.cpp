// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/methods.hpp"

#include "engine/text/jinja/operators.hpp"
#include "engine/text/jinja/text_methods.hpp"

#include <algorithm>
#include <array>

namespace troupe::text::jinja {

namespace {

constexpr std::array<std::string_view, 8> dict_methods{"items", "keys",   "values", "get",
                                                       "pop",   "update", "copy",   "setdefault"};
constexpr std::array<std::string_view, 7> list_methods{"append", "extend", "insert", "pop",
                                                       "index",  "count",  "reverse"};

template <class Names>
std::string_view find_in(const Names& names, std::string_view name) {
  const auto* found = std::ranges::find(names, name);
  return found == names.end() ? std::string_view() : *found;
}

value missing_argument(context& run, std::string_view name) {
  return run.fail("calls " + std::string(name) + " without its argument; give it");
}

value get_member(context& run, dict& members, std::string_view name, const call_arguments& with) {
  if (with.positional.empty()) {
    return missing_argument(run, name);
  }
  const auto* fallback = with.get(1, "default");
  if (const auto* found = find_member(run, members, with.positional[0])) {
    return *found;
  }
  const auto absent = fallback == nullptr ? value(none{}) : *fallback;
  if (name == "setdefault") {
    set_member(run, members, with.positional[0], absent);
  }
  return absent;
}

value pop_member(context& run, dict& members, const call_arguments& with) {
  if (with.positional.empty()) {
    return missing_argument(run, "pop");
  }
  const auto* found = find_member(run, members, with.positional[0]);
  if (found == nullptr) {
    return with.positional.size() > 1 ? with.positional[1]
                                      : run.fail("pops a key that is not there; give a default");
  }
  auto out = *found;
  const auto at =
      std::ranges::find_if(members.items, [&](const auto& one) { return &one.second == found; });
  members.items.erase(at);
  return out;
}

value update_members(dict& members, const call_arguments& with, context& run) {
  if (const auto* other = with.positional.empty() ? nullptr : dict_of(with.positional[0])) {
    run.spend(other->items.size());
    const auto copy = other->items;
    for (const auto& [name, item] : copy) {
      if (!run.ok()) {
        break;
      }
      set_member(run, members, name, item);
    }
  }
  for (const auto& [name, item] : with.named) {
    set_member(run, members, run.make_text(std::string(name)), item);
  }
  return none{};
}

value call_dict_method(context& run, dict& members, std::string_view name,
                       const call_arguments& with) {
  run.spend(1 + members.items.size() / 8);
  if (name == "items") {
    return dict_items(run, members);
  }
  if (name == "pop") {
    return pop_member(run, members, with);
  }
  if (name == "update") {
    return update_members(members, with, run);
  }
  if (name == "copy") {
    auto* made = run.make_dict();
    made->items = members.items;
    run.spend(members.items.size());
    return made;
  }
  if (name == "get" || name == "setdefault") {
    return get_member(run, members, name, with);
  }
  std::vector<value> out;
  for (const auto& one : members.items) {
    out.push_back(name == "keys" ? one.first : one.second);
  }
  return run.make_list(std::move(out));
}

value pop_item(context& run, list& items, const call_arguments& with) {
  const auto count = static_cast<std::int64_t>(items.items.size());
  auto at = with.integer(run, 0, "index", -1);
  at += at < 0 ? count : 0;
  if (at < 0 || at >= count) {
    return run.fail("pops an item that is not there; test the length first");
  }
  auto out = items.items[static_cast<std::size_t>(at)];
  items.items.erase(items.items.begin() + at);
  return out;
}

value insert_item(context& run, list& items, const call_arguments& with) {
  const auto count = static_cast<std::int64_t>(items.items.size());
  const auto at = with.integer(run, 0, "index", 0);
  const auto where = std::clamp<std::int64_t>(at < 0 ? at + count : at, 0, count);
  items.items.insert(items.items.begin() + where, with.positional[1]);
  return none{};
}

value call_list_method(context& run, list& items, std::string_view name,
                       const call_arguments& with) {
  run.spend(1 + (name == "append" ? 0 : items.items.size()));
  const auto wanted = name == "insert" ? 2U : name == "pop" || name == "reverse" ? 0U : 1U;
  if (with.positional.size() < wanted) {
    return missing_argument(run, name);
  }
  if (name == "append") {
    items.items.push_back(with.positional[0]);
    return none{};
  }
  if (name == "extend") {
    const auto more = items_of(run, with.positional[0]);
    run.spend(more.size());
    items.items.insert(items.items.end(), more.begin(), more.end());
    return none{};
  }
  if (name == "insert") {
    return insert_item(run, items, with);
  }
  if (name == "pop") {
    return pop_item(run, items, with);
  }
  if (name == "reverse") {
    std::ranges::reverse(items.items);
    return none{};
  }
  const auto same = [&](const value& item) {
    return equal(run, item, with.positional[0]);
  };
  if (name == "count") {
    return static_cast<std::int64_t>(std::ranges::count_if(items.items, same));
  }
  const auto at = std::ranges::find_if(items.items, same);
  return at == items.items.end()
             ? run.fail("asks for the index of an item that is not there; test it with 'in'")
             : value(static_cast<std::int64_t>(at - items.items.begin()));
}

} // namespace

bool has_method(const value& object, std::string_view name) {
  if (text_of(object) != nullptr) {
    return !text_method_name(name).empty();
  }
  if (const auto* items = list_of(object)) {
    return !find_in(list_methods, name).empty()
           && (!items->is_tuple || name == "index" || name == "count");
  }
  return dict_of(object) != nullptr && !find_in(dict_methods, name).empty();
}

std::string_view method_name(std::string_view name) {
  for (const auto found :
       {text_method_name(name), find_in(list_methods, name), find_in(dict_methods, name)}) {
    if (!found.empty()) {
      return found;
    }
  }
  return {};
}

value call_method(context& run, const value& object, std::string_view name,
                  const call_arguments& with) {
  if (const auto* text = text_of(object)) {
    return call_text_method(run, *text, name, with);
  }
  if (const auto* items = std::get_if<list*>(&object)) {
    return call_list_method(run, **items, name, with);
  }
  return call_dict_method(run, **std::get_if<dict*>(&object), name, with);
}

value dict_items(context& run, const dict& members) {
  std::vector<value> out;
  for (const auto& [name, item] : members.items) {
    out.push_back(run.make_list({name, item}, true));
  }
  return run.make_list(std::move(out));
}

value replaced(context& run, std::string_view text, std::string_view from, std::string_view to,
               std::int64_t count) {
  if (from.empty()) {
    return run.fail("replaces an empty text; give it one");
  }
  std::string out;
  while (count != 0 && out.size() <= run.limits.output_bytes) {
    const auto found = find_text(text, from);
    if (found == std::string_view::npos) {
      break;
    }
    out += text.substr(0, found);
    out += to;
    text.remove_prefix(found + from.size());
    count -= count > 0 ? 1 : 0;
  }
  out += text;
  return run.make_text(std::move(out));
}

} // namespace troupe::text::jinja
