import type { Command } from '../command.ts'

/** Prints the licences of everything inside the executable, or its bill of materials. */
export const licensesCommand: Command = {
  name: 'licenses',
  aliases: ['licences'],
  group: 'The program',
  summary: 'Print the licences of everything that is inside',
  usage: '[--sbom]',
  details:
    'Prints the list of everything that is inside this executable, and the licence texts. With --sbom: the bill of materials instead, CycloneDX 1.6 as JSON, for programs that look for known weaknesses.',
  examples: [
    { line: 'hearth licenses | less', does: 'read them' },
    { line: 'hearth licenses --sbom > hearth.cdx.json', does: 'for a scanner' },
  ],
  flags: [
    { name: 'sbom', summary: 'Print the bill of materials (CycloneDX) instead.' },
    { name: 'json', summary: 'The same as --sbom.' },
  ],
  async run({ flags, write }) {
    const [{ ownBill, ownLicences }, { CommandError }] = await Promise.all([
      import('../../platform/bundle/own-papers.ts'),
      import('../command-error.ts'),
    ])
    const isBill = flags.sbom === 'true' || flags.json === 'true'
    const text = await (isBill ? ownBill() : ownLicences())
    if (text === undefined) {
      throw new CommandError(
        'this is Hearth run from its source: it carries nothing, and uses the packages in node_modules under the licences there',
        "Hearth’s own licence is the file LICENSE; an executable of 'npm run build' carries all of them.",
      )
    }
    write(text)
    return 0
  },
}
