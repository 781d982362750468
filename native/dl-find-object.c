/* For the C++ runtime that executables carry: the unwinder of a compiler on glibc 2.35 or newer asks _dl_find_object where
   the table for an address is, which older ones do not have. It is linked into libgcc_s.so.1 and seen by nobody else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

#ifdef DLFO_EH_SEGMENT_TYPE

struct search
{
  uintptr_t address;
  struct dl_find_object *found;
};

static int look_into(struct dl_phdr_info *object, size_t size, void *argument)
{
  struct search *search = argument;
  uintptr_t start = 0, end = 0;
  void *table = NULL;
  (void)size;
  for (int index = 0; index < object->dlpi_phnum; index++)
  {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
    uintptr_t place = object->dlpi_addr + segment->p_vaddr;
    if (segment->p_type == DLFO_EH_SEGMENT_TYPE)
      table = (void *)place;
    if (segment->p_type == PT_LOAD && search->address - place < segment->p_memsz)
    {
      start = place;
      end = place + segment->p_memsz;
    }
  }
  if (end == 0)
    return 0;
  search->found->dlfo_map_start = (void *)start;
  search->found->dlfo_map_end = (void *)end;
  search->found->dlfo_eh_frame = table;
  return table ? 1 : -1;
}

/* Of the answer only what GCC's unwinder reads is filled in: the segment that holds the address and the table. */
__attribute__((visibility("hidden"))) int _dl_find_object(void *address, struct dl_find_object *found)
{
  struct search search = {(uintptr_t)address, found};
  return dl_iterate_phdr(look_into, &search) == 1 ? 0 : -1;
}

#endif
