// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/terminal/line_editor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace troupe::terminal {

namespace {

constexpr std::size_t listed_max = 60;

void write_out(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string common_beginning(const std::vector<std::string>& words) {
  auto common = words.front();
  for (const auto& word : words) {
    const auto [end, other] = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(end, common.end());
  }
  return common;
}

} // namespace

class line_editor::state {
public:
  explicit state(options what) : what_(std::move(what)) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  ~state() {
    if (editor_ != nullptr) {
      el_end(editor_);
    }
    if (history_ != nullptr) {
      HistEvent event;
      if (!what_.history_file.empty()) {
        const auto before = ::umask(0077);
        (void)history(history_, &event, H_SAVE, what_.history_file.c_str());
        (void)::umask(before);
      }
      history_end(history_);
    }
  }

  result<void> begin() {
    if (::isatty(STDIN_FILENO) == 0) {
      return error{.code = errc::io_failed,
                   .text = "standard input is no terminal; give a command with -c"};
    }
    (void)std::setlocale(LC_CTYPE, "C.UTF-8");
    history_ = history_init();
    editor_ = el_init(what_.program.c_str(), stdin, stdout, stderr);
    if (history_ == nullptr || editor_ == nullptr) {
      return error{.code = errc::io_failed, .text = "the terminal cannot be used"};
    }
    HistEvent event;
    (void)history(history_, &event, H_SETSIZE, static_cast<int>(what_.history_max));
    (void)history(history_, &event, H_SETUNIQUE, 1);
    if (!what_.history_file.empty()) {
      (void)history(history_, &event, H_LOAD, what_.history_file.c_str());
    }
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_PROMPT, &state::prompt_of);
    el_set(editor_, EL_ADDFN, "troupe-complete", "complete the word", &state::on_tab);
    el_set(editor_, EL_BIND, "^I", "troupe-complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_set(editor_, EL_GETCFN, &state::next_character);
    return {};
  }

  std::optional<std::string> read(const std::string& prompt) {
    prompt_ = prompt;
    int count = 0;
    const char* text = el_gets(editor_, &count);
    if (text == nullptr || count <= 0) {
      return std::nullopt;
    }
    std::string line(text, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
      line.pop_back();
    }
    if (line.find_first_not_of(" \t") != std::string::npos) {
      HistEvent event;
      (void)history(history_, &event, H_ENTER, line.c_str());
    }
    return line;
  }

private:
  static state* of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<state*>(self);
  }

  static char* prompt_of(EditLine* editor) { return of(editor)->prompt_.data(); }

  static unsigned char on_tab(EditLine* editor, int /*key*/) { return of(editor)->tab(); }

  static int next_character(EditLine* editor, wchar_t* into) { return of(editor)->next(into); }

  unsigned char tab() {
    if (!what_.complete) {
      return CC_ERROR;
    }
    const auto* info = el_line(editor_);
    const std::string_view line(info->buffer,
                                static_cast<std::size_t>(info->cursor - info->buffer));
    const auto found = what_.complete(line);
    if (found.candidates.empty()) {
      return CC_ERROR;
    }
    auto common = common_beginning(found.candidates);
    const auto typed = line.substr(std::min(found.begin, line.size()));
    const bool is_one = found.candidates.size() == 1;
    if (common.size() > typed.size() || is_one) {
      const bool goes_on = common.ends_with('{') || common.ends_with('=');
      auto more = common.substr(std::min(typed.size(), common.size()));
      more += is_one && !goes_on ? " " : "";
      el_insertstr(editor_, more.c_str());
      return CC_REFRESH;
    }
    std::string list = "\n";
    for (std::size_t i = 0; i < found.candidates.size() && i < listed_max; ++i) {
      list += found.candidates[i] + "  ";
    }
    if (found.candidates.size() > listed_max) {
      list += "and " + std::to_string(found.candidates.size() - listed_max) + " more";
    }
    write_out(list + "\n");
    return CC_REDISPLAY;
  }

  // The line is cleared, what happened is written, and the line stands below it again.
  void show_notices() {
    std::string all;
    for (const auto& one : what_.notices()) {
      all += one + "\n";
    }
    if (!all.empty()) {
      write_out("\r\033[K" + all);
      el_set(editor_, EL_REFRESH);
    }
  }

  void discard_line() {
    write_out("^C\n");
    const auto* info = el_line(editor_);
    el_cursor(editor_, static_cast<int>(info->lastchar - info->cursor));
    el_deletestr(editor_, static_cast<int>(info->lastchar - info->buffer));
    el_set(editor_, EL_REFRESH);
  }

  int next(wchar_t* into) {
    std::mbstate_t decoding{};
    while (true) {
      std::array<pollfd, 3> all{
          {{STDIN_FILENO, POLLIN, 0}, {what_.wake_fd, POLLIN, 0}, {what_.signal_fd, POLLIN, 0}}};
      if (::poll(all.data(), all.size(), -1) < 0) {
        if (errno == EINTR) {
          continue;
        }
        return -1;
      }
      if ((all[1].revents & POLLIN) != 0) {
        show_notices();
      }
      const auto meant = (all[2].revents & POLLIN) != 0 ? what_.signalled() : on_signal::nothing;
      if (meant == on_signal::end_of_input) {
        return 0;
      }
      if (meant == on_signal::discard_line) {
        discard_line();
      }
      if (all[0].revents == 0) {
        continue;
      }
      char byte = 0;
      const auto got = ::read(STDIN_FILENO, &byte, 1);
      if (got <= 0) {
        return got < 0 && errno == EINTR ? -1 : 0;
      }
      const auto length = std::mbrtowc(into, &byte, 1, &decoding);
      if (length == static_cast<std::size_t>(-2)) {
        continue; // A character of several bytes has begun.
      }
      if (length == static_cast<std::size_t>(-1)) {
        decoding = {};
        continue; // No UTF-8: passed over.
      }
      return 1;
    }
  }

  options what_;
  EditLine* editor_ = nullptr;
  History* history_ = nullptr;
  std::string prompt_;
};

line_editor::line_editor(std::unique_ptr<state> s) : state_(std::move(s)) {
}

line_editor::~line_editor() = default;

result<std::unique_ptr<line_editor>> line_editor::open(options what) {
  auto made = std::make_unique<state>(std::move(what));
  if (auto begun = made->begin(); !begun) {
    return begun.err();
  }
  return std::unique_ptr<line_editor>(new line_editor(std::move(made)));
}

std::optional<std::string> line_editor::read(const std::string& prompt) {
  return state_->read(prompt);
}

} // namespace troupe::terminal
