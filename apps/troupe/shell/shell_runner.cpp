// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/shell_runner.hpp"

#include "apps/troupe/commands.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/local_pipe.hpp"

#include <cstdio>
#include <memory>
#include <unistd.h>

namespace troupe::shell {

namespace {

using file_ptr = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

error unknown_command(const std::string& word) {
  std::vector<std::string> known;
  for (const auto& one : all_commands()) {
    known.emplace_back(one.name);
  }
  return {.code = errc::unknown_option,
          .text = "no command '" + word.substr(0, 80) + "'"
                  + config::did_you_mean(word.substr(0, 80), known) + " `help` lists them"};
}

} // namespace

bool shell_runner::agree(const std::string& plan) {
  std::fprintf(stderr, "plan: %s\n", plan.c_str());
  if (options_.yes) {
    return true;
  }
  if (!options_.interactive && ::isatty(STDIN_FILENO) == 0) {
    std::fputs("nobody can be asked here; give --yes to agree\n", stderr);
    return false;
  }
  std::fputs("do it? [y/N] ", stderr);
  const auto said = over_.read_line();
  return said && (*said == "y" || *said == "Y" || *said == "yes");
}

result<void> shell_runner::run_to(const shell_line& line, const sink& out) {
  const auto* what = find_command(line.words);
  if (what == nullptr) {
    return unknown_command(line.words.front());
  }
  const auto given = parse_arguments(*what, std::span(line.words).subspan(words_in(what->name)));
  if (!given) {
    return given.err();
  }
  command_call call{
      .given = *given,
      .cluster = over_,
      .who = options_.who,
      .may_write = options_.may_write,
      .why_not = "connect again with --write",
      .may_harm = options_.may_harm,
      .cluster_name = options_.cluster,
      .version = options_.version,
      .at_terminal = line.is_plain() && !options_.json && ::isatty(STDOUT_FILENO) != 0,
      .agree = [this](const std::string& plan) { return agree(plan); },
      .emit =
          [&](const json::value& object, const std::string& text) {
            out((options_.json ? json::write(object) : text) + "\n");
          },
      .run = [&](const std::string& inner) -> result<void> {
        auto parsed = parse_line(inner);
        if (!parsed) {
          return parsed.err();
        }
        if (parsed->words.empty() || parsed->words.front() == "watch") {
          return error{.code = errc::invalid_value, .text = "watch needs another command"};
        }
        return run_to(*parsed, out);
      }};
  const auto got = what->run(call);
  if (!got) {
    return got.err();
  }
  const bool is_empty =
      got->columns.empty() && got->facts.empty() && got->before.empty() && got->after.empty();
  if (!is_empty) {
    out(options_.json ? json::write(as_json(*got)) + "\n" : as_text(*got));
  }
  return {};
}

int shell_runner::run(const std::string& text) {
  over_.begin();
  const auto line = parse_line(text);
  if (!line) {
    return report(line.err());
  }
  if (line->words.empty()) {
    return line->is_plain() ? 0 : report({.code = errc::malformed, .text = "no command"});
  }
  const auto finish = [](const result<void>& done) {
    std::fflush(stdout);
    return done ? 0 : report(done.err());
  };
  if (!line->pipe.empty()) {
    auto pipe = process::local_pipe::open(line->pipe);
    if (!pipe) {
      return report(pipe.err());
    }
    const auto done = run_to(*line, [&](std::string_view said) { (void)pipe->write(said); });
    const auto code = pipe->close();
    return done ? code : finish(done);
  }
  if (!line->file.empty()) {
    const file_ptr file(std::fopen(line->file.c_str(), line->append ? "a" : "w"), std::fclose);
    if (file == nullptr) {
      return report({.code = errc::io_failed, .text = "cannot write '" + line->file + "'"});
    }
    return finish(run_to(*line, [&](std::string_view said) {
      (void)std::fwrite(said.data(), 1, said.size(), file.get());
    }));
  }
  return finish(run_to(*line, [](std::string_view said) {
    (void)std::fwrite(said.data(), 1, said.size(), stdout);
    std::fflush(stdout);
  }));
}

} // namespace troupe::shell
