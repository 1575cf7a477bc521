# SPDX-License-Identifier: MIT
# Compiler flags for every target of the tree, as one interface library.
add_library(hw_flags INTERFACE)
target_compile_features(hw_flags INTERFACE c_std_11)
target_compile_definitions(hw_flags INTERFACE _GNU_SOURCE HOMEWARD_VERSION="${PROJECT_VERSION}")
target_compile_options(hw_flags INTERFACE
  -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wvla -Wstrict-prototypes
  -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef -Werror
  -fno-strict-aliasing -fno-common -g)
target_include_directories(hw_flags INTERFACE ${PROJECT_SOURCE_DIR}/lib)

if(HOMEWARD_SANITIZE OR HOMEWARD_FUZZ)
  target_compile_options(hw_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  target_link_options(hw_flags INTERFACE -fsanitize=address,undefined)
else()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(hw_flags INTERFACE
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
      -fstack-clash-protection -fcf-protection -O3>)
  target_link_options(hw_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -pie)
endif()
if(HOMEWARD_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "HOMEWARD_FUZZ needs clang: use the preset 'fuzz'")
  endif()
  target_compile_options(hw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
