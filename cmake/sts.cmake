# SPDX-License-Identifier: ISC
# What every target of stsgate shares: the language, the warnings, and the
# rule that a target sees its own include folder and those it names.
find_package(PkgConfig REQUIRED)

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported() # or programs are linked without -pie

add_compile_definitions(_GNU_SOURCE STS_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes
	-Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wvla
	-fstack-protector-strong -fno-common)
if(STS_WERROR)
	add_compile_options(-Werror)
endif()
if(STS_SANITIZE)
	add_compile_options(-fsanitize=${STS_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${STS_SANITIZE})
endif()
if(STS_FUZZ)
	# The libraries tell where an input leads, or the fuzzer is blind.
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# sts_need(TARGET pkg-config-name debian-package [minimum])
# Makes an imported target PkgConfig::TARGET, or stops and names the package.
function(sts_need target pc package)
	set(spec ${pc})
	if(ARGC GREATER 3)
		set(spec "${pc}>=${ARGV3}")
	endif()
	pkg_check_modules(${target} QUIET IMPORTED_TARGET GLOBAL ${spec})
	if(NOT ${target}_FOUND)
		message(FATAL_ERROR "${spec} not found: install ${package}"
			" (or switch off the part that needs it)")
	endif()
endfunction()

# sts_library(NAME SOURCES ... LINK ... PRIVATE_LINK ...)
# A static library with its public headers in include/.
function(sts_library name)
	cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
	add_library(${name} STATIC ${arg_SOURCES})
	target_include_directories(${name} PUBLIC
		${CMAKE_CURRENT_SOURCE_DIR}/include)
	target_link_libraries(${name} PUBLIC ${arg_LINK}
		PRIVATE ${arg_PRIVATE_LINK})
endfunction()
