// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/parser.hpp"

#include <array>

namespace troupe::text::jinja {

namespace {

constexpr int statement_nesting_max = nesting_max / 4;
constexpr std::size_t source_bytes_max = 1U << 20U;

using stmt_ptr = std::unique_ptr<stmt>;

class statement_parser {
public:
  explicit statement_parser(token_stream& tokens) : tokens_(tokens), expressions_(tokens) {}

  body whole() {
    auto out = statements({});
    if (tokens_.sees(token_kind::block_begin)) {
      tokens_.next();
      tokens_.fail("has " + tokens_.peek().text + " without its beginning; remove it");
    }
    return out;
  }

private:
  /// Up to a block whose first word is one of `ends` (left unread behind its "{%"), or the end.
  body statements(const std::vector<std::string_view>& ends) {
    body out;
    if (++depth_ > statement_nesting_max) {
      tokens_.fail("nests blocks too deeply; flatten them");
    }
    while (!tokens_.sees(token_kind::end)) {
      if (tokens_.sees(token_kind::block_begin) && is_end(tokens_.peek(1), ends)) {
        break;
      }
      out.push_back(statement());
    }
    --depth_;
    return out;
  }

  static bool is_end(const token& word, const std::vector<std::string_view>& ends) {
    for (const auto end : ends) {
      if (word.kind == token_kind::name && word.text == end) {
        return true;
      }
    }
    return ends.empty()
           && (word.text.starts_with("end") || word.text == "else" || word.text == "elif");
  }

  stmt_ptr make(stmt_kind kind) {
    auto out = std::make_unique<stmt>();
    out->kind = kind;
    out->line = tokens_.peek().line;
    return out;
  }

  stmt_ptr statement() {
    if (tokens_.sees(token_kind::data)) {
      auto out = make(stmt_kind::data);
      out->text = tokens_.next().text;
      return out;
    }
    if (tokens_.sees(token_kind::print_begin)) {
      tokens_.next();
      auto out = make(stmt_kind::print);
      out->subject = expressions_.tuple_or_expression();
      tokens_.expect(token_kind::print_end, "the end of a {{ tag");
      return out;
    }
    tokens_.expect(token_kind::block_begin, "a tag");
    return block();
  }

  stmt_ptr block() {
    struct entry {
      std::string_view word;
      stmt_ptr (statement_parser::*parse)();
    };
    static constexpr std::array<entry, 9> known{{{"if", &statement_parser::branches},
                                                 {"for", &statement_parser::loop},
                                                 {"set", &statement_parser::set},
                                                 {"macro", &statement_parser::macro},
                                                 {"filter", &statement_parser::filter_block},
                                                 {"with", &statement_parser::with},
                                                 {"generation", &statement_parser::generation},
                                                 {"break", &statement_parser::leave},
                                                 {"continue", &statement_parser::leave}}};
    const auto word = tokens_.peek().text;
    for (const auto& one : known) {
      if (tokens_.sees_name(one.word)) {
        return (this->*one.parse)();
      }
    }
    tokens_.fail("uses the tag " + word
                 + ", which chat templates cannot have here; remove it or serve this model by an "
                   "external engine");
    return make(stmt_kind::data);
  }

  void close_tag() { tokens_.expect(token_kind::block_end, "the end of a {% tag"); }

  /// "{% word %}", of which "{%" may stand next.
  void end_block(std::string_view word) {
    tokens_.expect(token_kind::block_begin, "{% " + std::string(word) + " %}");
    if (!tokens_.skip_name(word)) {
      tokens_.fail("expects " + std::string(word) + "; close the block");
    }
    if (word == "endmacro" && tokens_.sees(token_kind::name)) {
      tokens_.next();
    }
    close_tag();
  }

  stmt_ptr branches() {
    auto out = make(stmt_kind::branches);
    tokens_.next();
    for (;;) {
      branch one;
      one.condition = expressions_.tuple_or_expression();
      close_tag();
      one.inside = statements({"elif", "else", "endif"});
      out->branches.push_back(std::move(one));
      if (tokens_.peek(1).text != "elif") {
        break;
      }
      tokens_.next();
      tokens_.next();
    }
    if (tokens_.peek(1).text == "else") {
      tokens_.next();
      tokens_.next();
      close_tag();
      out->branches.push_back({nullptr, statements({"endif"})});
    }
    end_block("endif");
    return out;
  }

  stmt_ptr loop() {
    auto out = make(stmt_kind::loop);
    tokens_.next();
    out->target = expressions_.target(false);
    if (!tokens_.skip_name("in")) {
      tokens_.fail("expects 'in' after the names of a for; write it");
    }
    out->subject = expressions_.tuple_or_expression(false);
    if (tokens_.skip_name("if")) {
      out->filter = expressions_.expression();
    }
    if (tokens_.sees_name("recursive")) {
      tokens_.fail("has a recursive loop, which is not supported; use a macro");
    }
    close_tag();
    ++loops_;
    out->inside = statements({"else", "endfor"});
    --loops_;
    if (tokens_.peek(1).text == "else") {
      tokens_.next();
      tokens_.next();
      close_tag();
      out->otherwise = statements({"endfor"});
    }
    end_block("endfor");
    return out;
  }

  stmt_ptr set() {
    auto out = make(stmt_kind::set);
    tokens_.next();
    out->target = expressions_.target(true);
    if (tokens_.skip_op("=")) {
      out->subject = expressions_.tuple_or_expression();
      close_tag();
      return out;
    }
    out->kind = stmt_kind::set_block;
    if (tokens_.sees_op("|")) {
      out->subject = expressions_.filters(std::make_unique<expr>(), false);
    }
    close_tag();
    out->inside = statements({"endset"});
    end_block("endset");
    return out;
  }

  stmt_ptr macro() {
    auto out = make(stmt_kind::macro);
    tokens_.next();
    out->macro = std::make_unique<macro_node>();
    out->macro->name = tokens_.expect_name();
    tokens_.expect_op("(");
    while (!tokens_.sees_op(")") && !tokens_.failure()) {
      argument one;
      one.name = tokens_.expect_name();
      if (tokens_.skip_op("=")) {
        one.item = expressions_.expression();
      }
      out->macro->parameters.push_back(std::move(one));
      if (!tokens_.skip_op(",")) {
        break;
      }
    }
    tokens_.expect_op(")");
    close_tag();
    const auto outer_loops = std::exchange(loops_, 0);
    out->macro->inside = statements({"endmacro"});
    loops_ = outer_loops;
    end_block("endmacro");
    return out;
  }

  stmt_ptr filter_block() {
    auto out = make(stmt_kind::filter_block);
    tokens_.next();
    out->subject = expressions_.filters(std::make_unique<expr>(), true);
    close_tag();
    out->inside = statements({"endfilter"});
    end_block("endfilter");
    return out;
  }

  stmt_ptr with() {
    auto out = make(stmt_kind::scope);
    tokens_.next();
    while (tokens_.sees(token_kind::name)) {
      argument one;
      one.name = tokens_.expect_name();
      tokens_.expect_op("=");
      one.item = expressions_.expression();
      out->parameters.push_back(std::move(one));
      if (!tokens_.skip_op(",")) {
        break;
      }
    }
    close_tag();
    out->inside = statements({"endwith"});
    end_block("endwith");
    return out;
  }

  /// Marks what training learns from; prints as if it were not there.
  stmt_ptr generation() {
    auto out = make(stmt_kind::scope);
    tokens_.next();
    close_tag();
    out->inside = statements({"endgeneration"});
    end_block("endgeneration");
    return out;
  }

  stmt_ptr leave() {
    auto out = make(tokens_.sees_name("break") ? stmt_kind::break_loop : stmt_kind::continue_loop);
    if (loops_ == 0) {
      tokens_.fail("has " + tokens_.peek().text + " outside of a loop; remove it");
    }
    tokens_.next();
    close_tag();
    return out;
  }

  token_stream& tokens_;
  expression_parser expressions_;
  int depth_ = 0;
  int loops_ = 0;
};

} // namespace

result<body> parse_template(std::string_view source) {
  if (source.size() > source_bytes_max) {
    return template_error(1, "has more than 1 MiB; shorten it");
  }
  auto tokens = lex(source);
  if (!tokens) {
    return std::move(tokens).err();
  }
  token_stream stream(std::move(*tokens));
  auto out = statement_parser(stream).whole();
  if (stream.failure()) {
    return *stream.failure();
  }
  return out;
}

} // namespace troupe::text::jinja
