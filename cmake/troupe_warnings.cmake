# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0

# The dialect and warnings of every target of ours. -Werror is a matter of the presets
# (TROUPE_WERROR), so that a stranger's newer compiler still builds.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
option(TROUPE_WERROR "warnings are errors" OFF)

add_library(troupe_warnings INTERFACE)
target_compile_options(troupe_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  -Wnon-virtual-dtor -Wno-missing-field-initializers $<$<BOOL:${TROUPE_WERROR}>:-Werror>)
# gcc documents that its sanitizers raise false alarms of these two (Asio's fences are the latter).
if(CMAKE_CXX_FLAGS MATCHES "sanitize")
  target_compile_options(troupe_warnings INTERFACE -Wno-maybe-uninitialized
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
endif()
