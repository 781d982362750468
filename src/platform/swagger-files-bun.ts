// Bun's bundler puts these files into the executable; the imports give the paths under which they can be read.
// @ts-expect-error As a file it is a path; the type checker knows no such imports.
import favicon from 'swagger-ui-dist/favicon-32x32.png' with { type: 'file' }
// @ts-expect-error As above.
import styles from 'swagger-ui-dist/swagger-ui.css' with { type: 'file' }
// @ts-expect-error As above.
import bundle from 'swagger-ui-dist/swagger-ui-bundle.js' with { type: 'file' }

/** Where the files of Swagger UI can be read, from source and inside the executable. */
export const swaggerPaths: Readonly<Record<string, string>> = {
  'swagger-ui.css': styles,
  'swagger-ui-bundle.js': bundle,
  'favicon-32x32.png': favicon,
}
