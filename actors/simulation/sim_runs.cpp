// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_runs.hpp"

#include "actors/simulation/sim_bus.hpp"
#include "actors/simulation/sim_cluster.hpp"
#include "actors/simulation/sim_crowd.hpp"
#include "actors/simulation/sim_directories.hpp"
#include "actors/simulation/sim_poison.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t numbers_count = 14;

/// The numbers of an outcome as they cross the pipe; the texts follow.
struct outcome_record {
  std::array<std::uint64_t, numbers_count> numbers{};
  fault_counts faults{};
  std::array<std::uint64_t, 2> text_sizes{};
};

void write_all(int to, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    const auto wrote = ::write(to, at, size);
    if (wrote <= 0) {
      return;
    }
    at += wrote;
    size -= static_cast<std::size_t>(wrote);
  }
}

std::string read_all(int from) {
  std::string out;
  std::array<char, 4096> part{};
  for (;;) {
    const auto got = ::read(from, part.data(), part.size());
    if (got <= 0) {
      return out;
    }
    out.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::array<std::uint64_t seed_outcome::*, numbers_count> numbers_of_outcome() {
  return {&seed_outcome::seed,
          &seed_outcome::nodes,
          &seed_outcome::events,
          &seed_outcome::trace_hash,
          &seed_outcome::virtual_ms,
          &seed_outcome::ended,
          &seed_outcome::left,
          &seed_outcome::lost,
          &seed_outcome::replaced,
          &seed_outcome::messages,
          &seed_outcome::formed_ms,
          &seed_outcome::agreed_ms,
          &seed_outcome::accepted_tokens,
          &seed_outcome::embedded};
}

std::string pack(const seed_outcome& what) {
  outcome_record record{.faults = what.faults};
  std::size_t at = 0;
  for (const auto member : numbers_of_outcome()) {
    record.numbers[at++] = what.*member;
  }
  record.text_sizes = {what.failure.size(), what.fault.size()};
  std::string out(sizeof record, '\0');
  static_assert(std::is_trivially_copyable_v<outcome_record>);
  __builtin_memcpy(out.data(), &record, sizeof record);
  return out + what.failure + what.fault;
}

/// Takes the next outcome off `data`; false if what is left is none.
bool unpack(std::string_view& data, seed_outcome& out) {
  outcome_record record;
  if (data.size() < sizeof record) {
    return false;
  }
  __builtin_memcpy(&record, data.data(), sizeof record);
  data.remove_prefix(sizeof record);
  if (data.size() < record.text_sizes[0] + record.text_sizes[1]) {
    return false;
  }
  std::size_t at = 0;
  for (const auto member : numbers_of_outcome()) {
    out.*member = record.numbers[at++];
  }
  out.faults = record.faults;
  out.failure = data.substr(0, record.text_sizes[0]);
  out.fault = data.substr(record.text_sizes[0], record.text_sizes[1]);
  data.remove_prefix(record.text_sizes[0] + record.text_sizes[1]);
  return true;
}

struct pipe_ends {
  int read = -1;
  int write = -1;
};

result<pipe_ends> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    return error{.code = errc::io_failed, .text = "no pipe to a simulation's process"};
  }
  return pipe_ends{ends[0], ends[1]};
}

std::string first_line(int file) {
  std::array<char, 4096> all{};
  const auto size = ::pread(file, all.data(), all.size(), 0);
  const std::string_view text(all.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return std::string(text.substr(0, text.find('\n')));
}

[[noreturn]] void run_child(const simulation_options& options, std::uint64_t first,
                            std::uint64_t seeds, int out, int complaints) {
  ::dup2(complaints, STDERR_FILENO);
  // A test's runner must not report the child's end as its own.
  static_cast<void>(std::signal(SIGABRT, SIG_DFL));
  for (auto seed = first; seed < first + seeds; ++seed) {
    if (const auto done = run_seed(options, seed)) {
      const auto data = pack(*done);
      write_all(out, data.data(), data.size());
    }
  }
  ::_exit(0);
}

} // namespace

result<seed_outcome> run_seed(const simulation_options& options, std::uint64_t seed) {
  const auto mutants = parse_mutant(options.mutant);
  if (!mutants) {
    return mutants.err();
  }
  if (options.scene == simulation_scene::directories) {
    sim_directories cluster(options, *mutants, seed);
    return cluster.run();
  }
  if (options.scene == simulation_scene::bus) {
    sim_bus cluster(options, *mutants, seed);
    return cluster.run();
  }
  if (options.scene == simulation_scene::crowd) {
    sim_crowd cluster(options, *mutants, seed);
    return cluster.run();
  }
  if (options.scene == simulation_scene::poison) {
    sim_poison cluster(options, *mutants, seed);
    return cluster.run();
  }
  sim_cluster cluster(options, *mutants, seed);
  return cluster.run();
}

result<std::vector<seed_outcome>> run_seeds_apart(const simulation_options& options,
                                                  std::uint64_t first, std::uint64_t seeds) {
  if (const auto mutants = parse_mutant(options.mutant); !mutants) {
    return mutants.err();
  }
  const auto answers = make_pipe();
  if (!answers) {
    return answers.err();
  }
  // Not a pipe: it would fill while the answers are read.
  const int complaints = ::memfd_create("complaints", MFD_CLOEXEC);
  const auto child = ::fork();
  if (child == 0) {
    run_child(options, first, seeds, answers->write, complaints);
  }
  ::close(answers->write);
  const auto answer = child > 0 ? read_all(answers->read) : std::string{};
  ::close(answers->read);
  int status = 0;
  if (child > 0) {
    ::waitpid(child, &status, 0);
  }
  const auto said = first_line(complaints);
  ::close(complaints);
  if (child < 0) {
    return error{.code = errc::io_failed, .text = "no process for a simulation"};
  }
  std::vector<seed_outcome> out;
  std::string_view rest = answer;
  for (seed_outcome one; out.size() < seeds && unpack(rest, one); one = {}) {
    out.push_back(std::move(one));
  }
  if (out.size() < seeds) {
    out.push_back({.seed = first + out.size(), .failure = "the process ended: " + said});
  }
  return out;
}

namespace {

/// Of light scenes many run in one process.
std::uint64_t seeds_apart(simulation_scene scene, bool stop_at_first) {
  if (scene != simulation_scene::bus) {
    return 1;
  }
  return stop_at_first ? 4 : 32;
}

void add(const seed_outcome& done, simulation_report& to) {
  ++to.seeds;
  to.nodes = std::max(to.nodes, done.nodes);
  to.events += done.events;
  to.virtual_ms += done.virtual_ms;
  to.trace_hash = mix64(to.trace_hash, done.trace_hash);
  to.ended += done.ended;
  to.replaced += done.replaced;
  to.accepted_tokens += done.accepted_tokens;
  to.embedded += done.embedded;
  to.messages += done.messages;
  to.formed_ms = std::max(to.formed_ms, done.formed_ms);
  to.agreed_ms = std::max(to.agreed_ms, done.agreed_ms);
  for (std::size_t at = 0; at < fault_count; ++at) {
    to.faults[at] += done.faults[at];
  }
  if (!done.failure.empty()) {
    ++to.failed;
    if (to.failures.size() < 16) {
      to.failures.push_back(done);
    }
  }
}

} // namespace

result<simulation_report> run_seeds(const simulation_options& options, const run_plan& plan,
                                    const std::function<void(const seed_outcome&)>& told) {
  simulation_report out;
  const auto end = plan.first_seed + plan.seeds;
  for (auto seed = plan.first_seed; seed < end;) {
    const auto seeds = std::min(seeds_apart(options.scene, plan.stop_at_first), end - seed);
    auto done = run_seeds_apart(options, seed, seeds);
    if (!done) {
      return done.err();
    }
    if (plan.twice) {
      const auto again = run_seeds_apart(options, seed, done->size());
      if (!again) {
        return again.err();
      }
      for (std::size_t at = 0; at < std::min(done->size(), again->size()); ++at) {
        if ((*done)[at].failure.empty() && (*again)[at].trace_hash != (*done)[at].trace_hash) {
          (*done)[at].failure = "the second run took another course";
        }
      }
    }
    for (const auto& one : *done) {
      add(one, out);
      if (told) {
        told(one);
      }
      if (!one.failure.empty() && plan.stop_at_first) {
        return out;
      }
    }
    seed += done->size();
  }
  return out;
}

std::string replay_command(const simulation_options& options, std::uint64_t seed) {
  const bool serves = options.scene == simulation_scene::serving;
  const simulation_options usual;
  return "troupe sim --seed " + std::to_string(seed) + " --seeds 1"
         + (serves ? "" : " --scene " + std::string(name_of(options.scene)))
         + (options.scene == simulation_scene::crowd ? " --nodes " + std::to_string(options.nodes)
                                                     : "")
         + (options.kinds == usual.kinds ? "" : " --fault-kinds " + options.kinds.text())
         + (options.faults ? "" : " --faults=false")
         + (options.mutant.empty() ? "" : " --mutant " + options.mutant);
}

} // namespace troupe
