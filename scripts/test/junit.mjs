/**
 * Counts what Bun's JUnit report says of the test files that were run. A file that could not even be loaded is not in the
 * report: it counts as one failed test.
 */
export function countJunit(xml, files) {
  const root = /<testsuites\b[^>]*>/.exec(xml)?.[0] ?? ''
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0)
  const reported = new Set([...xml.matchAll(/<testsuite\b[^>]*\bfile="([^"]*)"/g)].map(([, file]) => readText(file)))
  const silent = files.filter((file) => !reported.has(file))
  const failed = number('failures') + number('errors') + silent.length
  const passed = Math.max(0, number('tests') - number('failures') - number('errors') - number('skipped'))
  return { passed, failed, silent, skipped: skippedNames(xml) }
}

/** Names of the tests that were left out; the reason stands in the name. */
function skippedNames(xml) {
  const cases = xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)
  return [...cases]
    .filter(([, , inside]) => inside?.includes('<skipped'))
    .map(([, attributes]) => {
      const read = (name) => readText(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
      return `${read('file')}: ${read('name')}`
    })
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const readText = (text) =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
    if (name) return entities[name] ?? whole
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16))
  })
