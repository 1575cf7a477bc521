# SPDX-License-Identifier: MIT
# Compiler flags for every target of the tree, as one interface library.
include(CheckCCompilerFlag)

add_library(hw_flags INTERFACE)
target_compile_features(hw_flags INTERFACE c_std_11)
target_compile_definitions(hw_flags INTERFACE _GNU_SOURCE HOMEWARD_VERSION="${PROJECT_VERSION}")
target_compile_options(hw_flags INTERFACE
  -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Werror
  -fno-strict-aliasing -fno-common -g)
target_include_directories(hw_flags INTERFACE ${PROJECT_SOURCE_DIR}/lib)

# What tests/build/hardening.py looks for in the programs.
function(hw_harden)
  target_compile_options(hw_flags INTERFACE
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -O3>)
  foreach(flag -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER "HW_HAS${flag}" has)
    check_c_compiler_flag(${flag} ${has})
    if(${has})
      target_compile_options(hw_flags INTERFACE $<$<CONFIG:Release>:${flag}>)
    endif()
  endforeach()
  target_link_options(hw_flags INTERFACE
    -Wl,-z,relro,-z,now,-z,noexecstack $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    # The C library's start files carry no mark of shadow stacks and so take it from the program.
    target_link_options(hw_flags INTERFACE -Wl,-z,shstk)
  endif()
endfunction()

if(HOMEWARD_SANITIZE OR HOMEWARD_FUZZ)
  target_compile_options(hw_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  target_link_options(hw_flags INTERFACE -fsanitize=address,undefined)
else()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  hw_harden()
endif()
if(HOMEWARD_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "HOMEWARD_FUZZ needs clang: use the preset 'fuzz'")
  endif()
  target_compile_options(hw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
