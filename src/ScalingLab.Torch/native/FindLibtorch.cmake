# Finds libtorch, in this order: the folder that LIBTORCH names; the torch folder of a Python wheel; Debian's libtorch-dev.
# Sets LIBTORCH_INCLUDE, LIBTORCH_LIB (folders) and LIBTORCH_FROM (words). Also runs alone: cmake -P FindLibtorch.cmake
# A failure prints one line that begins with "ScalingLab:", which the project file turns into the build's one error.

function(scalinglab_fail text)
  message("ScalingLab: ${text}")
  message(FATAL_ERROR "${text}")
endfunction()

set(LIBTORCH_REMEDY "install it with 'apt-get install libtorch-dev libopenblas0-openmp'")
string(APPEND LIBTORCH_REMEDY ", or set LIBTORCH to a folder that holds include/ and lib/")
set(LIBTORCH_INCLUDE "")
set(LIBTORCH_LIB "")

if(DEFINED ENV{LIBTORCH} AND NOT "$ENV{LIBTORCH}" STREQUAL "")
  foreach(part include/ATen lib/libtorch.so)
    if(NOT EXISTS "$ENV{LIBTORCH}/${part}")
      scalinglab_fail("libtorch was not found: LIBTORCH is '$ENV{LIBTORCH}', which has no ${part}; ${LIBTORCH_REMEDY}")
    endif()
  endforeach()
  set(LIBTORCH_INCLUDE "$ENV{LIBTORCH}/include")
  set(LIBTORCH_LIB "$ENV{LIBTORCH}/lib")
  set(LIBTORCH_FROM "LIBTORCH")
endif()

if(NOT LIBTORCH_LIB)
  # The folder is asked of Python without importing torch, which takes seconds.
  execute_process(
    COMMAND python3 -c "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    OUTPUT_VARIABLE wheel OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE ignored)
  # Debian's python3-torch only links to the library elsewhere: it falls through to Debian's own libtorch.
  get_filename_component(wheel_library "${wheel}/lib/libtorch.so" REALPATH)
  get_filename_component(wheel_real "${wheel}" REALPATH)
  string(FIND "${wheel_library}" "${wheel_real}/" inside)
  if(wheel AND EXISTS "${wheel}/include/ATen" AND EXISTS "${wheel}/lib/libtorch.so" AND inside EQUAL 0)
    set(LIBTORCH_INCLUDE "${wheel}/include")
    set(LIBTORCH_LIB "${wheel}/lib")
    set(LIBTORCH_FROM "a Python wheel")
  endif()
endif()

if(NOT LIBTORCH_LIB AND EXISTS "/usr/include/ATen/ATen.h")
  file(GLOB candidates "/usr/lib/*/libtorch.so" "/usr/lib/libtorch.so" "/usr/lib64/libtorch.so")
  if(candidates)
    list(GET candidates 0 library)
    get_filename_component(LIBTORCH_LIB "${library}" DIRECTORY)
    set(LIBTORCH_INCLUDE "/usr/include")
    set(LIBTORCH_FROM "the system's packages")
  endif()
endif()

if(NOT LIBTORCH_LIB)
  scalinglab_fail("libtorch was not found; ${LIBTORCH_REMEDY}")
endif()

if(EXISTS "${LIBTORCH_LIB}/libtorch_cuda.so")
  set(LIBTORCH_CUDA ON)
else()
  set(LIBTORCH_CUDA OFF)
endif()
message(STATUS "libtorch from ${LIBTORCH_FROM}: ${LIBTORCH_LIB} (CUDA ${LIBTORCH_CUDA})")
