// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <sstream>

namespace troupe::config {

namespace {

// Leaves the parser at the first thing that we refuse; never leaves this file.
struct refusal {
  errc code;
  int line;
  std::string text;
};

class tree_builder final : public YAML::EventHandler {
public:
  explicit tree_builder(const yaml_limits& limits) : limits_(limits) {}

  yaml_node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, "", anchor, {}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw refusal{errc::malformed, mark.line, "aliases (*name) are not accepted; repeat the value"};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    auto node = yaml_node{.what = yaml_node::shape::scalar, .text = text};
    if (!open_.empty() && open_.back().node.what == yaml_node::shape::map
        && !open_.back().has_key) {
      set_key(mark, text);
      return;
    }
    add(mark, tag, anchor, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, yaml_node::shape::list);
  }

  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor, yaml_node::shape::map);
  }

  void OnMapEnd() override { end(); }

private:
  struct frame {
    yaml_node node;
    std::string key;
    bool has_key = false;
  };

  void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
             yaml_node::shape what) {
    check(mark, tag, anchor);
    if (open_.size() == limits_.depth_max) {
      throw refusal{errc::too_large, mark.line,
                    "is nested deeper than " + std::to_string(limits_.depth_max) + " levels"};
    }
    if (!open_.empty() && open_.back().node.what == yaml_node::shape::map
        && !open_.back().has_key) {
      throw refusal{errc::malformed, mark.line, "a key must be plain text"};
    }
    auto opened = frame{};
    opened.node.what = what;
    opened.node.line = static_cast<std::uint32_t>(mark.line + 1);
    open_.push_back(std::move(opened));
  }

  void end() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    place(std::move(node));
  }

  void add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, yaml_node node) {
    check(mark, tag, anchor);
    node.line = static_cast<std::uint32_t>(mark.line + 1);
    place(std::move(node));
  }

  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw refusal{errc::malformed, mark.line, "anchors (&name) are not accepted"};
    }
    // "?" is what the parser gives a plain scalar, "!" a quoted one.
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw refusal{errc::malformed, mark.line, "tags (!name) are not accepted"};
    }
    if (++nodes_ > limits_.nodes_max) {
      throw refusal{errc::too_large, mark.line,
                    "has more than " + std::to_string(limits_.nodes_max) + " values"};
    }
  }

  void set_key(const YAML::Mark& mark, const std::string& text) {
    auto& map = open_.back();
    if (map.node.find(text) != nullptr) {
      throw refusal{errc::malformed, mark.line, "'" + text.substr(0, 80) + "' is given twice"};
    }
    map.key = text;
    map.has_key = true;
  }

  void place(yaml_node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& parent = open_.back();
    if (parent.node.what == yaml_node::shape::list) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.members.push_back({std::move(parent.key), std::move(node)});
      parent.has_key = false;
    } else {
      throw refusal{errc::malformed, static_cast<int>(node.line) - 1, "a key must be plain text"};
    }
  }

  const yaml_limits& limits_;
  yaml_node root_;
  std::vector<frame> open_;
  std::size_t nodes_ = 0;
};

error at_line(errc code, std::string_view file, int line, const std::string& text) {
  return {code, std::string{file} + ":" + std::to_string(line + 1) + ": " + text,
          std::string{file}};
}

} // namespace

const yaml_node* yaml_node::find(std::string_view key) const {
  for (const auto& [name, node] : members) {
    if (name == key) {
      return &node;
    }
  }
  return nullptr;
}

result<yaml_node> read_yaml(std::string_view text, std::string_view file,
                            const yaml_limits& limits) {
  if (text.size() > limits.bytes_max) {
    return error{errc::too_large,
                 std::string{file} + " is larger than " + std::to_string(limits.bytes_max)
                     + " bytes",
                 std::string{file}};
  }
  try {
    auto stream = std::istringstream{std::string{text}};
    auto parser = YAML::Parser{stream};
    auto builder = tree_builder{limits};
    parser.HandleNextDocument(builder);
    auto root = builder.take();
    if (auto rest = tree_builder{limits}; parser.HandleNextDocument(rest)) {
      return at_line(errc::malformed, file, static_cast<int>(rest.take().line) - 1,
                     "text after the end of the first document");
    }
    return root;
  } catch (const refusal& why) {
    return at_line(why.code, file, why.line, why.text);
  } catch (const YAML::Exception& why) {
    return at_line(errc::malformed, file, why.mark.is_null() ? 0 : why.mark.line, why.msg);
  }
}

} // namespace troupe::config
