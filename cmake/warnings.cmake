# Warnings, each with the fault it has to catch. They apply to every target of the project, tests
# included; SONDE_WERROR makes them errors (all presets but dev, where one may be in mid-thought).
include(CheckCCompilerFlag)

set(SONDE_WARNINGS
	-Wall -Wextra			# the usual ones
	-Wshadow			# an inner variable hides an outer one: the wrong one is written
	-Wconversion			# a length silently cut to a smaller type is how parsers overrun
	-Wsign-conversion		# a negative length turned into a huge one
	-Wundef				# a misspelt macro in #if is 0 without a word
	-Wvla				# a length from the wire must never size the stack
	-Walloca			# likewise
	-Wcast-qual			# a cast that drops const: received packets are read-only
	-Wcast-align			# a pointer into a packet is not aligned for anything but bytes
	-Wstrict-prototypes		# f() accepts any arguments in C11
	-Wold-style-definition		# likewise
	-Wmissing-prototypes		# a function that should be static, or lacks its header
	-Wmissing-declarations		# likewise for objects
	-Wredundant-decls		# two declarations drift apart
	-Wnested-externs		# a declaration that no header checks
	-Wpointer-arith			# arithmetic on void pointers hides the element size
	-Wwrite-strings			# string literals are const
	-Wformat=2			# format strings that are not literals, or do not match
	-Wformat-signedness		# %d for an unsigned counter prints a negative one
	-Wimplicit-fallthrough		# a forgotten break in the tag switch of a decoder
	-Wdouble-promotion		# a float that becomes a double in a hot loop
	-Wfloat-equal			# comparing floating values for equality
	-Wlogical-op			# `a && a`, `x & 1 == 0` (gcc)
	-Wduplicated-cond		# an else-if that can never be reached (gcc)
	-Wduplicated-branches		# if and else that do the same (gcc)
	-Wjump-misses-init		# goto past an initialization (gcc)
	-Wunused-macros			# leftovers
	-Wstrict-aliasing=2		# the code is clean of aliasing, so optimization by it stays on
	-Wdate-time			# builds must be reproducible
)

# Compilers differ: a warning only one of them knows is used where it is known.
set(SONDE_WARNINGS_USED "")
foreach(flag IN LISTS SONDE_WARNINGS)
	string(MAKE_C_IDENTIFIER "SONDE_HAVE_${flag}" have)
	check_c_compiler_flag(${flag} ${have})
	if(${have})
		list(APPEND SONDE_WARNINGS_USED ${flag})
	endif()
endforeach()
add_compile_options(${SONDE_WARNINGS_USED})

if(SONDE_WERROR)
	add_compile_options(-Werror)
endif()
