# How a folder of src/ becomes a library, and all libraries together a program.

# sonde_add_modules(<folder>...): a static library sn_<folder> for each folder that has .c files;
# folders with headers only need none. src/cli/main.c belongs to the program alone, so that tests
# can link sn_cli. All of them together are the interface library sn_all.
function(sonde_add_modules)
	add_library(sn_all INTERFACE)
	set(libs "")
	foreach(name IN LISTS ARGN)
		file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c)
		list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/src/cli/main.c)
		if(NOT sources)
			continue()
		endif()
		add_library(sn_${name} STATIC ${sources})
		target_include_directories(sn_${name} PUBLIC
			${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
		target_include_directories(sn_${name} PRIVATE ${SONDE_GENERATED_DIR})
		target_link_libraries(sn_${name} PUBLIC Threads::Threads m)
		if(libs)
			target_link_libraries(sn_${name} PUBLIC ${libs})
		endif()
		if(name MATCHES "^(cli|daemon|api|output|observe)$")
			add_dependencies(sn_${name} sonde_build_id)
		endif()
		list(PREPEND libs sn_${name})
	endforeach()
	target_include_directories(sn_all INTERFACE
		${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
	target_link_libraries(sn_all INTERFACE ${libs} Threads::Threads m)
endfunction()

# sonde_foreign(<folder>/<file>.c <pkg-config module>): once that file exists, find the library and
# link it to the folder's library. Its headers are visible to that folder only.
function(sonde_foreign file module)
	if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/${file})
		return()
	endif()
	get_filename_component(folder ${file} DIRECTORY)
	string(MAKE_C_IDENTIFIER ${module} id)
	pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${module})
	target_link_libraries(sn_${folder} PRIVATE PkgConfig::${id})
endfunction()

# sonde_foreign_found(<folder>/<file>.c <package> <target>): the same for a library that pkg-config
# does not know but CMake's find_package does.
function(sonde_foreign_found file package target)
	if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/${file})
		return()
	endif()
	get_filename_component(folder ${file} DIRECTORY)
	find_package(${package} REQUIRED)
	target_link_libraries(sn_${folder} PRIVATE ${target})
endfunction()

# sonde_add_program(): build/<preset>/sonde, once src/cli/main.c exists.
function(sonde_add_program)
	if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.c)
		return()
	endif()
	add_executable(sonde src/cli/main.c)
	target_include_directories(sonde PRIVATE ${SONDE_GENERATED_DIR})
	target_link_libraries(sonde PRIVATE sn_all)
	add_dependencies(sonde sonde_build_id)
endfunction()
