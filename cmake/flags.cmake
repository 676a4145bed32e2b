# Compiler and linker flags that every target of the project gets, by build type and sanitizer.
include(CheckPIESupported)

# Addresses of code are randomized as well as those of data: the program reads packets of strangers.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

# Nothing is exported unless it says so; the public interface has an export map.
set(CMAKE_C_VISIBILITY_PRESET hidden)

# -g everywhere: a core dump of a release must be readable. NDEBUG only in Release: the sanitizer
# builds, which run the same tests, keep the asserts.
set(CMAKE_C_FLAGS_DEBUG "-O0 -g3")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -DNDEBUG")
set(CMAKE_C_FLAGS_SANITIZE "-O1 -g" CACHE STRING "Flags of the sanitizer builds" FORCE)
set(CMAKE_C_FLAGS_COVERAGE "-O0 -g --coverage -fprofile-abs-path" CACHE STRING
	"Flags of the coverage build" FORCE)
set(CMAKE_EXE_LINKER_FLAGS_COVERAGE "--coverage" CACHE STRING
	"Linker flags of the coverage build" FORCE)
mark_as_advanced(CMAKE_C_FLAGS_SANITIZE CMAKE_C_FLAGS_COVERAGE CMAKE_EXE_LINKER_FLAGS_COVERAGE)

# recvmmsg, sched_setaffinity, memmem and friends: the program is Linux only.
add_compile_definitions(_GNU_SOURCE)

# perf and the sanitizers walk the stack by frame pointers; they cost less than one percent.
add_compile_options(-fno-omit-frame-pointer -fno-common)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
	# Bounds-checked libc calls; a distribution compiler may set its own level already.
	add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
	# Canaries in functions with arrays, and no page skipped by a large frame.
	add_compile_options(-fstack-protector-strong -fstack-clash-protection)
	# One section per function, so that what the program does not use is not shipped.
	add_compile_options(-ffunction-sections -fdata-sections)
	add_link_options(LINKER:--gc-sections)
	# Relocations are resolved at start and read-only afterwards; the stack is never executable.
	add_link_options(LINKER:-z,relro LINKER:-z,now LINKER:-z,noexecstack)
endif()

if(SONDE_SANITIZE)
	add_compile_options(-fsanitize=${SONDE_SANITIZE} -fno-sanitize-recover=all)
	add_link_options(-fsanitize=${SONDE_SANITIZE})
endif()
if(SONDE_SANITIZE MATCHES "thread")
	# libraries on C11's threads, in terms of what the sanitizer sees
	add_library(sonde_tsan_threads OBJECT ${CMAKE_SOURCE_DIR}/cmake/tsan_threads.c)
	link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:$<TARGET_OBJECTS:sonde_tsan_threads>>)
endif()

if(SONDE_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
		message(FATAL_ERROR "SONDE_FUZZ needs clang; use the preset `fuzz`")
	endif()
	# Coverage feedback in the libraries; only the fuzz targets themselves get libFuzzer's main.
	add_compile_options(-fsanitize=fuzzer-no-link)
	add_link_options(-fsanitize=fuzzer-no-link)
	add_compile_definitions(FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION=1)
endif()
