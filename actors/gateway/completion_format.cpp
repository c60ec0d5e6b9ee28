// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/completion_format.hpp"

#include "actors/gateway/continued_text.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <utility>

namespace troupe::openai {

namespace {

constexpr std::string_view object = "text_completion";

} // namespace

completion_format::completion_format(answer_head head, std::shared_ptr<const prepared> what)
    : head_(std::move(head)), what_(std::move(what)), choices_(what_->answers()) {
  if (!what_->how.logprobs) {
    return;
  }
  const auto& tokenizer = what_->text->tokens();
  for (std::uint32_t at = 0; at < choices_.size(); ++at) {
    const auto& prompt = what_->prompt_of(at);
    choices_[at].logprobs.emplace(what_->text, what_->how.top_logprobs,
                                  what_->echoes.empty() ? detokenizer_after(tokenizer, prompt)
                                                        : text::detokenizer(tokenizer));
  }
}

void completion_format::note(std::uint32_t choice, const choice_delta& what) {
  auto& state = choices_[choice];
  if (what_->tells_prompt) {
    state.of_prompt.add(*what_, choice, what.prompt_logprobs);
  }
  if (state.logprobs && !what_->echoes.empty()) {
    const auto& prompt = what_->prompt_of(choice);
    if (state.echoed == 0) {
      state.logprobs->add_first(prompt[state.echoed++]);
    }
    for (const auto& each : what.prompt_logprobs) {
      state.logprobs->add(prompt[state.echoed++], each);
    }
  }
  const auto count = std::min(what.tokens.size(), what.logprobs.size());
  for (std::size_t at = 0; state.logprobs && at < count; ++at) {
    state.logprobs->add(what.tokens[at], what.logprobs[at]);
  }
}

void completion_format::append_choice(std::string& out, std::uint32_t choice, std::string_view text,
                                      std::string_view finish) {
  out += R"({"index":)";
  append_number(out, choice);
  out += R"(,"text":)";
  json::append_string(out, text);
  out += R"(,"logprobs":)";
  auto& logprobs = choices_[choice].logprobs;
  if (logprobs && !logprobs->empty()) {
    logprobs->write(out);
  } else {
    out += "null";
  }
  out += R"(,"finish_reason":)";
  if (finish.empty()) {
    out += "null";
  } else {
    json::append_string(out, finish);
  }
}

void completion_format::begin(std::string&, std::uint32_t) {
}

void completion_format::add(std::string& out, std::uint32_t choice, const choice_delta& what) {
  note(choice, what);
  const auto& logprobs = choices_[choice].logprobs;
  if (what.text.empty() && (!logprobs || logprobs->empty())) {
    return;
  }
  out += "data: ";
  append_head(out, head_, object);
  out += R"(,"choices":[)";
  append_choice(out, choice, what.text, {});
  out += head_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void completion_format::finish(std::string& out, std::uint32_t choice, finish_reason why) {
  out += "data: ";
  append_head(out, head_, object);
  out += R"(,"choices":[)";
  append_choice(out, choice, {}, name_of(why));
  out += head_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void completion_format::close(std::string& out, const token_usage& used) {
  if (head_.include_usage) {
    append_usage_chunk(out, head_, object, used);
  }
  append_done(out);
}

void completion_format::keep(std::uint32_t choice, const choice_delta& what) {
  note(choice, what);
  choices_[choice].text += what.text;
}

void completion_format::keep_end(std::uint32_t choice, finish_reason why) {
  choices_[choice].why = why;
}

void completion_format::write_whole(std::string& out, const token_usage& used) {
  append_head(out, head_, object);
  out += R"(,"choices":[)";
  for (std::uint32_t at = 0; at < choices_.size(); ++at) {
    out += at == 0 ? "" : ",";
    append_choice(out, at, choices_[at].text, name_of(choices_[at].why));
    if (what_->tells_prompt) {
      out += ',';
      choices_[at].of_prompt.write(out);
    }
    out += '}';
  }
  out += "],";
  append_usage(out, used);
  out += '}';
}

} // namespace troupe::openai
