import type { CompletedCommand, CompletedFlag } from './completion-table.ts'

type Script = (commands: readonly CompletedCommand[]) => string

/** What makes each shell complete. Names of models come from the hidden command `__complete`, so that they are those of now. */
export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish' | 'powershell', Script>> = {
  bash,
  zsh,
  fish,
  powershell,
}

const models = { model: '__complete models', pullable: '__complete pullable' } as const
/** For single quotes of shells. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

function bash(commands: readonly CompletedCommand[]): string {
  const names = commands.flatMap((command) => command.names)
  return `# bash completion of hearth
_hearth() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' line
  # A name with a colon in it is several words for bash.
  if declare -F _get_comp_words_by_ref > /dev/null; then _get_comp_words_by_ref -n : cur prev; fi
  # What a program prints is taken as it is: compgen -W would carry out what stands in it.
  _hearth_matching() { local line; while IFS= read -r line; do [[ $line == "$cur"* ]] && printf '%s\\n' "$line"; done; }
  if [[ $COMP_CWORD -eq 1 ]]; then
    words=$(compgen -W ${quote([...names, 'help'].join(' '))} -- "$cur")
  else case "\${COMP_WORDS[1]}" in
    help) words=$(compgen -W ${quote(names.join(' '))} -- "$cur") ;;
${commands.map(bashCase).join('\n')}
  esac; fi
  COMPREPLY=()
  while IFS= read -r line; do [[ -n $line ]] && COMPREPLY+=("$line"); done <<< "$words"
  if declare -F __ltrim_colon_completions > /dev/null; then __ltrim_colon_completions "$cur"; fi
}
complete -o filenames -F _hearth hearth
`
}

function bashCase({ names, flags, operands }: CompletedCommand): string {
  const values = flags.flatMap(({ name, value }) =>
    value === undefined ? [] : [`      ${name}) ${bashWords(value)} ;;`],
  )
  return `    ${names.join('|')}) case "$prev" in
${values.join('\n')}
      *) if [[ $cur == -* ]]; then ${bashWords(flags.map(({ name }) => name))}
         else ${bashWords(operands ?? 'any')}; fi ;;
      esac ;;`
}

function bashWords(words: NonNullable<CompletedFlag['value'] | CompletedCommand['operands']>): string {
  if (words === 'any') return ':'
  if (words === 'file') return 'words=$(compgen -f -- "$cur")'
  if (typeof words === 'object') return `words=$(compgen -W ${quote(words.join(' '))} -- "$cur")`
  return `words=$("\${COMP_WORDS[0]}" ${models[words]} 2> /dev/null | _hearth_matching)`
}

function zsh(commands: readonly CompletedCommand[]): string {
  const plain = (text: string) => text.replaceAll(/[[\]:\\]/g, (letter) => `\\${letter}`)
  const flagSpec = ({ name, summary, value }: CompletedFlag) => {
    const action = value === 'file' ? '_files' : value === 'any' ? ' ' : `(${(value ?? []).join(' ')})`
    return quote(
      `${name}${value === undefined ? '' : '='}[${plain(summary)}]${value === undefined ? '' : `:value:${action}`}`,
    )
  }
  const operandSpec = (operands: CompletedCommand['operands']) => {
    if (operands === undefined) return []
    if (operands === 'file') return [quote('*:file:_files')]
    if (typeof operands === 'object') return [quote(`*:what:(${operands.join(' ')})`)]
    return [quote(`*:model:_hearth_${operands}`)]
  }
  const cases = commands.map(
    ({ names, flags, operands }) =>
      `    ${names.join('|')})\n      _arguments \\\n        ${[...flags.map(flagSpec), ...operandSpec(operands)].join(' \\\n        ')} ;;`,
  )
  const described = commands.flatMap(({ names, summary }) => names.map((name) => quote(`${name}:${plain(summary)}`)))
  return `#compdef hearth
_hearth_model() { local -a found; found=(\${(f)"$(hearth ${models.model} 2> /dev/null)"}); compadd -a found }
_hearth_pullable() { local -a found; found=(\${(f)"$(hearth ${models.pullable} 2> /dev/null)"}); compadd -a found }
_hearth() {
  if (( CURRENT == 2 )); then
    local -a commands
    commands=(
      ${described.join('\n      ')}
    )
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words; (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
compdef _hearth hearth
`
}

function fish(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const names = commands.flatMap((command) => command.names)
  const lines = commands.flatMap(({ names: own, summary, flags, operands }) => {
    const within = `complete -c hearth -n ${quoted(`__fish_seen_subcommand_from ${own.join(' ')}`)}`
    const flagLines = flags.map(({ name, summary: text, value }) => {
      const takes =
        value === undefined
          ? ''
          : value === 'file'
            ? ' -rF'
            : value === 'any'
              ? ' -x'
              : ` -x -a ${quoted(value.join(' '))}`
      return `${within} -l ${name.slice(2)}${takes} -d ${quoted(text)}`
    })
    return [
      ...own.map(
        (name) =>
          `complete -c hearth -n "not __fish_seen_subcommand_from $hearth_commands" -a ${name} -d ${quoted(summary)}`,
      ),
      ...flagLines,
      ...fishOperands(operands, { within, quoted }),
    ]
  })
  return `# fish completion of hearth
set -l hearth_commands ${names.join(' ')}
complete -c hearth -f
${lines.join('\n')}
`
}

function fishOperands(
  operands: CompletedCommand['operands'],
  { within, quoted }: { within: string; quoted: (text: string) => string },
): readonly string[] {
  if (operands === undefined) return []
  if (operands === 'file') return [`${within} -F`]
  if (typeof operands === 'object') return [`${within} -a ${quoted(operands.join(' '))}`]
  return [`${within} -a ${quoted(`(hearth ${models[operands]} 2> /dev/null)`)}`]
}

function powershell(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  const list = (words: readonly string[]) => `@(${words.map(quoted).join(', ')})`
  const operandsOf = ({ operands }: CompletedCommand) => {
    if (operands === undefined || operands === 'file') return '@()'
    if (typeof operands === 'object') return list(operands)
    return `@(hearth ${models[operands]} 2> $null)`
  }
  const cases = commands.flatMap((command) =>
    command.names.map(
      (name) =>
        `    ${quoted(name)} { if ($word -like '-*') { ${list(command.flags.map((flag) => flag.name))} } else { ${operandsOf(command)} } }`,
    ),
  )
  return `# PowerShell completion of hearth
Register-ArgumentCompleter -Native -CommandName hearth -ScriptBlock {
  param($word, $line, $cursor)
  $parts = @($line.CommandElements | ForEach-Object { $_.ToString() })
  $isFirst = $parts.Count -lt 2 -or ($parts.Count -eq 2 -and $word -ne '')
  $words = if ($isFirst) { ${list(commands.flatMap(({ names }) => names))} } else { switch ($parts[1]) {
${cases.join('\n')}
  } }
  $words | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`
}
