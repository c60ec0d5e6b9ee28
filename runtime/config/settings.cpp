// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/settings.hpp"

#include "runtime/config/nearest.hpp"
#include "runtime/config/yaml.hpp"

#include <algorithm>

namespace troupe::config {

namespace {

error refused(error why, const std::string& where) {
  why.text += " (given by " + where + ")";
  return why;
}

result<void> put_text(settings& into, const option& what, std::string_view text, origin from,
                      std::string where) {
  auto parsed = parse_value(what, text);
  if (!parsed) {
    return refused(std::move(parsed).err(), where);
  }
  into.put(what.name, {*std::move(parsed), from, std::move(where)});
  return {};
}

class yaml_reader {
public:
  yaml_reader(const option_table& table, const sources& from, settings& into)
      : table_(table), from_(from), into_(into) {}

  result<void> read(const yaml_node& root) {
    if (root.what == yaml_node::shape::null) {
      return {};
    }
    if (root.what != yaml_node::shape::map) {
      return error{errc::malformed, where(root) + ": a configuration is a map of options",
                   from_.file};
    }
    return read_map(root, "");
  }

private:
  std::string where(const yaml_node& node) const {
    return from_.file + ":" + std::to_string(node.line);
  }

  result<void> read_map(const yaml_node& map, const std::string& prefix) {
    for (const auto& [key, node] : map.members) {
      if (prefix.empty() && std::ranges::count(from_.foreign_keys, key) > 0) {
        continue;
      }
      if (auto done = read_member(prefix + key, node); !done) {
        return done;
      }
    }
    return {};
  }

  result<void> read_member(const std::string& name, const yaml_node& node) {
    const auto* what = table_.find(name);
    if (what != nullptr && what->in_file) {
      return read_option(*what, node);
    }
    if (!table_.is_section(name)) {
      return error{errc::unknown_option,
                   where(node) + ": unknown option '" + name + "'"
                       + did_you_mean(name, known_names()),
                   name};
    }
    if (node.what == yaml_node::shape::null) {
      return {};
    }
    if (node.what != yaml_node::shape::map) {
      return error{errc::invalid_value,
                   where(node) + ": '" + name + "' is a section; put its options below it", name};
    }
    return read_map(node, name + ".");
  }

  result<void> read_option(const option& what, const yaml_node& node) {
    if (node.what == yaml_node::shape::null) {
      return {};
    }
    if (what.type == kind::list && node.what == yaml_node::shape::list) {
      return read_list(what, node);
    }
    if (node.what != yaml_node::shape::scalar) {
      return error{errc::invalid_value,
                   where(node) + ": " + what.name + " takes " + describe_domain(what), what.name};
    }
    return put_text(into_, what, node.text, origin::file, where(node));
  }

  result<void> read_list(const option& what, const yaml_node& node) {
    auto items = std::vector<std::string>{};
    for (const auto& item : node.items) {
      if (item.what != yaml_node::shape::scalar) {
        return error{errc::invalid_value, where(item) + ": " + what.name + " is a list of text",
                     what.name};
      }
      items.push_back(item.text);
    }
    into_.put(what.name, {std::move(items), origin::file, where(node)});
    return {};
  }

  // Sections count as names too: "ruoter:" is meant for "router".
  std::vector<std::string> known_names() const {
    auto names = table_.names();
    for (const auto& what : table_.options()) {
      for (auto dot = what.name.find('.'); dot != std::string::npos;
           dot = what.name.find('.', dot + 1)) {
        names.push_back(what.name.substr(0, dot));
      }
    }
    names.insert(names.end(), from_.foreign_keys.begin(), from_.foreign_keys.end());
    return names;
  }

  const option_table& table_;
  const sources& from_;
  settings& into_;
};

result<void> read_model(const option_table& table, const sources& from, settings& into) {
  for (const auto& [name, text] : from.model) {
    const auto* what = table.find(name);
    if (what == nullptr) {
      return error{errc::unknown_option, "the model sets unknown option '" + name + "'", name};
    }
    if (auto done = put_text(into, *what, text, origin::model, "the model"); !done) {
      return done;
    }
  }
  return {};
}

result<void> read_environment(const option_table& table, const sources& from, settings& into) {
  for (const auto& [variable, text] : from.environment) {
    if (!variable.starts_with("TROUPE_")) {
      continue;
    }
    const auto* what = table.find_env(variable);
    if (what == nullptr) {
      into.warn("environment variable " + variable + " is not an option"
                + did_you_mean(variable, table.variables()));
      continue;
    }
    if (auto done = put_text(into, *what, text, origin::environment, variable); !done) {
      return done;
    }
  }
  return {};
}

result<void> read_flags(const option_table& table, const sources& from, settings& into) {
  for (const auto& [flag, text] : from.flags) {
    const auto* what = table.find_flag(flag);
    if (what == nullptr) {
      return error{errc::unknown_option,
                   "unknown flag '" + flag + "'" + did_you_mean(flag, table.flags()), flag};
    }
    if (auto done = put_text(into, *what, text, origin::flag, flag); !done) {
      return done;
    }
  }
  return {};
}

result<void> read_file(const option_table& table, const sources& from, settings& into) {
  auto root = read_yaml(from.yaml, from.file);
  if (!root) {
    return std::move(root).err();
  }
  return yaml_reader{table, from, into}.read(*root);
}

} // namespace

std::string_view name_of(origin from) {
  switch (from) {
    case origin::built_in:
      return "default";
    case origin::model:
      return "model";
    case origin::file:
      return "file";
    case origin::environment:
      return "environment";
    case origin::flag:
      return "flag";
  }
  return "unknown";
}

const setting& settings::at(std::string_view name) const {
  const auto found = values_.find(name);
  TROUPE_CHECK(found != values_.end());
  return found->second;
}

void settings::put(const std::string& name, setting what) {
  auto& held = values_[name];
  if (held.from > what.from) {
    return;
  }
  auto* more = std::get_if<std::vector<std::string>>(&what.what);
  if (more != nullptr && held.from == origin::flag && what.from == origin::flag) {
    auto& list = std::get<std::vector<std::string>>(held.what);
    list.insert(list.end(), more->begin(), more->end());
    return;
  }
  held = std::move(what);
}

result<settings> load(const option_table& table, const sources& from) {
  auto loaded = settings{};
  for (const auto& what : table.options()) {
    loaded.put(what.name, {what.fallback, origin::built_in, {}});
  }
  for (const auto read : {read_model, read_file, read_environment, read_flags}) {
    if (auto done = read(table, from, loaded); !done) {
      return std::move(done).err();
    }
  }
  for (const auto& what : table.options()) {
    if (what.assign) {
      what.assign(loaded.at(what.name).what);
    }
  }
  return loaded;
}

} // namespace troupe::config
