const complaint =
  /\b(failed|failure|unable|cannot|could not|couldn't)\b[^.]{0,40}\balloc|bad_alloc|out of (device |host )?memory|OutOf(Device|Host)?Memory|(not enough|insufficient) memory/i

/** Whether what native code complained about was memory that it could not have. Pure. */
export const tellsOfLackOfMemory = (message: string): boolean => complaint.test(message)
