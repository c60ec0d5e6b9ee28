// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/operators.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::text::jinja {

namespace {

class json_writer {
public:
  json_writer(context& run, const json_options& options) : run_(run), options_(options) {}

  void write(const value& v) {
    const nesting level(run_);
    if (!run_.spend(1) || is_full()) {
      return;
    }
    if (const auto* text = text_of(v)) {
      run_.spend(text->size() / 64);
      json::append_string(out_, *text, options_.ascii);
    } else if (const auto* integer = std::get_if<std::int64_t>(&v)) {
      json::append_integer(out_, *integer);
    } else if (const auto* flag = std::get_if<bool>(&v)) {
      out_ += *flag ? "true" : "false";
    } else if (const auto* number = std::get_if<double>(&v)) {
      write_number(*number);
    } else if (is<none>(v)) {
      out_ += "null";
    } else if (const auto* items = list_of(v)) {
      write_list(*items);
    } else if (const auto* members = dict_of(v)) {
      write_dict(*members);
    } else {
      run_.fail("gives tojson a value of type " + std::string(type_name(v))
                + ", which is not JSON; give it another");
    }
  }

  std::string take() { return std::move(out_); }

private:
  void write_number(double number) {
    if (std::isnan(number)) {
      out_ += "NaN";
    } else if (std::isinf(number)) {
      out_ += number > 0 ? "Infinity" : "-Infinity";
    } else {
      json::append_number(out_, number);
    }
  }

  void write_list(const list& items) {
    begin('[');
    bool first = true;
    for (const auto& item : items.items) {
      if (is_full()) {
        return;
      }
      separate(first);
      write(item);
    }
    end(']', first);
  }

  void write_dict(const dict& members) {
    std::vector<const std::pair<value, value>*> order;
    for (const auto& one : members.items) {
      order.push_back(&one);
    }
    if (options_.sort_names) {
      std::ranges::stable_sort(order, [&](const auto* a, const auto* b) {
        return compare(run_, a->first, b->first) < 0;
      });
    }
    begin('{');
    bool first = true;
    for (const auto* one : order) {
      if (is_full()) {
        return;
      }
      separate(first);
      write_name(one->first);
      out_ += options_.name_separator;
      write(one->second);
    }
    end('}', first);
  }

  void write_name(const value& name) {
    if (text_of(name) != nullptr) {
      write(name);
    } else if (is<list*>(name) || is<dict*>(name)) {
      run_.fail("gives tojson a dict whose keys are no texts; use texts");
    } else {
      out_ += '"';
      write(name);
      out_ += '"';
    }
  }

  /// make_text fails then.
  [[nodiscard]] bool is_full() const {
    return !run_.ok() || out_.size() > run_.limits.output_bytes;
  }
  void begin(char bracket) {
    out_ += bracket;
    ++level_;
  }
  void separate(bool& first) {
    if (!first) {
      out_ += options_.item_separator;
    }
    first = false;
    break_line();
  }
  void end(char bracket, bool empty) {
    --level_;
    if (!empty) {
      break_line();
    }
    out_ += bracket;
  }
  void break_line() {
    if (options_.indent) {
      out_ += '\n';
      for (std::size_t at = 0; at < level_ && !is_full(); ++at) {
        out_ += *options_.indent;
      }
    }
  }

  context& run_;
  const json_options& options_;
  std::string out_;
  std::size_t level_ = 0;
};

} // namespace

value to_json(context& run, const value& v, const json_options& options) {
  json_writer writer(run, options);
  writer.write(v);
  return run.make_text(writer.take());
}

} // namespace troupe::text::jinja
