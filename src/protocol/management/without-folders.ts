/**
 * A text with the names of files in place of their absolute paths: what a library says of a missing file is worth telling,
 * the folders of whoever runs the server are not. Pure.
 */
export const withoutFolders = (text: string): string =>
  text.replace(/(^|[\s'"(:=])(?:[A-Za-z]:)?(?:[\\/][^\s\\/:'"()]+)*[\\/](?=[^\s\\/:'"()])/g, '$1')
