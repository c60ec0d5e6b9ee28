// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/message_text.hpp"

#include "apps/troupe/shell/message_fields.hpp"
#include "messages/registry.hpp"
#include "runtime/config/nearest.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace troupe::shell {

namespace {

constexpr int depth_max = 16;

/// Reads the text of a value.
class object_reader {
public:
  explicit object_reader(std::string_view text) : text_(text) {}

  result<named_object> read() {
    named_object out;
    out.name = bare();
    out.body = json::object_of({});
    skip();
    if (out.name.empty()) {
      return wrong("a message has a name: NAME{FIELD=VALUE ...}");
    }
    if (at_ < text_.size()) {
      auto body = value(0);
      if (!body) {
        return body.err();
      }
      out.body = *std::move(body);
    }
    skip();
    if (at_ < text_.size() || out.body.as_object() == nullptr) {
      return wrong("a message is NAME{FIELD=VALUE ...}");
    }
    return out;
  }

private:
  [[nodiscard]] error wrong(const std::string& text) const {
    return {.code = errc::malformed,
            .text = text + " (at byte " + std::to_string(at_) + " of the message)"};
  }

  void skip() {
    while (at_ < text_.size()
           && (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == ',')) {
      ++at_;
    }
  }

  std::string bare() {
    const auto begin = at_;
    while (at_ < text_.size()
           && std::string_view(" \t,={}[]:\"'").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  result<std::string> word() {
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '"' && quote != '\'') {
      return bare();
    }
    std::string out;
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      }
      out += text_[at_];
    }
    if (at_ == text_.size()) {
      return wrong("a closing quote is missing");
    }
    ++at_;
    return out;
  }

  result<json::value> value(int depth) {
    skip();
    if (depth > depth_max) {
      return wrong("braces inside each other too deep");
    }
    if (at_ < text_.size() && (text_[at_] == '{' || text_[at_] == '[')) {
      return many(text_[at_] == '{', depth);
    }
    const bool is_quoted = at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'');
    auto text = word();
    if (!text) {
      return text.err();
    }
    if (is_quoted) {
      return json::value(*std::move(text));
    }
    if (text->empty()) {
      return wrong("a value is missing");
    }
    return plain(*text);
  }

  static json::value plain(const std::string& text) {
    if (text == "true" || text == "false") {
      return text == "true";
    }
    const auto* end = text.data() + text.size();
    std::int64_t integer = 0;
    if (const auto got = std::from_chars(text.data(), end, integer);
        got.ec == std::errc{} && got.ptr == end) {
      return integer;
    }
    double number = 0;
    const auto got = std::from_chars(text.data(), end, number);
    const bool has_digits = text.find_first_of("0123456789") != std::string::npos;
    if (has_digits && got.ec == std::errc{} && got.ptr == end) {
      return number;
    }
    return text;
  }

  result<json::value> many(bool is_object, int depth) {
    ++at_;
    json::value out =
        is_object ? json::value{json::value::object{}} : json::value{json::value::array{}};
    const char close = is_object ? '}' : ']';
    for (skip(); at_ < text_.size() && text_[at_] != close; skip()) {
      std::string key;
      if (is_object) {
        auto name = word();
        if (!name) {
          return name.err();
        }
        key = *std::move(name);
        skip();
        if (key.empty() || at_ >= text_.size() || (text_[at_] != '=' && text_[at_] != ':')) {
          return wrong("a field is NAME=VALUE");
        }
        ++at_;
      }
      auto item = value(depth + 1);
      if (!item) {
        return item.err();
      }
      if (is_object) {
        out.set(key, *std::move(item));
      } else {
        out.push_back(*std::move(item));
      }
    }
    if (at_ == text_.size()) {
      return wrong(std::string("a '") + close + "' is missing");
    }
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

template <bus_message M>
message_form form_of(type_catalog& parts) {
  constexpr std::array<std::string_view, 4> classes{"request", "state", "ordered", "free"};
  return {.name = std::string(M::name),
          .type = M::type,
          .traffic_class = std::string(classes.at(static_cast<std::size_t>(M::traffic_class))),
          .fields = parts.describe<M>(),
          .make = [](const json::value& from) -> result<message> {
            M made{};
            if (auto fine = fields_from(from, made); !fine) {
              return fine.err();
            }
            return message::of(std::move(made));
          },
          .show =
              [](const void* body) {
                return fields_json(*static_cast<const M*>(body));
              }};
}

struct registry_forms {
  std::vector<message_form> forms;
  type_catalog parts;

  registry_forms() {
    [this]<class... Ms>(message_list<Ms...>) {
      (forms.push_back(form_of<Ms>(parts)), ...);
    }(registry{});
    std::ranges::sort(forms, {}, &message_form::type);
  }
};

const registry_forms& all_forms() {
  static const registry_forms all;
  return all;
}

} // namespace

const std::vector<message_form>& message_forms() {
  return all_forms().forms;
}

const message_form* find_form(std::string_view name) {
  const auto& all = message_forms();
  const auto found = std::ranges::find(all, name, &message_form::name);
  return found == all.end() ? nullptr : &*found;
}

const type_catalog& message_parts() {
  return all_forms().parts;
}

result<named_object> parse_object(std::string_view text) {
  return object_reader(text).read();
}

result<message> parse_message(std::string_view text) {
  const auto read = parse_object(text);
  if (!read) {
    return read.err();
  }
  const auto* form = find_form(read->name);
  if (form == nullptr) {
    std::vector<std::string> known;
    for (const auto& one : message_forms()) {
      known.push_back(one.name);
    }
    const auto said = read->name.substr(0, 80);
    return error{.code = errc::unknown_type,
                 .text = "no message '" + said + "'" + config::did_you_mean(said, known)
                         + " `describe` lists them"};
  }
  return form->make(read->body);
}

json::value message_json(const message& what) {
  const auto& all = message_forms();
  const auto found = std::ranges::find(all, what.type(), &message_form::type);
  if (!what || found == all.end()) {
    return nullptr;
  }
  auto out = json::object_of({{"message", found->name}});
  const auto body = found->show(what.body());
  for (const auto& one : *body.as_object()) {
    out.set(one.name, one.item);
  }
  return out;
}

bool is_harmless(wire_type type) {
  const auto& all = message_forms();
  const auto found = std::ranges::find(all, type, &message_form::type);
  return found != all.end() && found->name.ends_with("_query");
}

} // namespace troupe::shell
