# Installs Hearth on Windows: one executable, into a folder of the person who runs this. Needs no administrator.
#
#   irm <releases>/latest/download/install.ps1 | iex
#   & ([scriptblock]::Create((irm <releases>/latest/download/install.ps1))) -Target windows-x64-vulkan
#
# It downloads SHA256SUMS and one archive of a release, and refuses what has another sum. Works with Windows PowerShell 5.1 and
# PowerShell 7. Everything stands in a function that the last line calls: of a script that was cut on its way nothing runs.
param(
  # This version; without it the newest.
  [string] $Version = '',
  # windows-x64, windows-x64-cuda, windows-x64-vulkan or windows-arm64; without it what suits this machine.
  [string] $Target = '',
  # The build for processors alone, also where an NVIDIA driver is.
  [switch] $Cpu,
  [string] $Dir = '',
  # The address below which releases lie; also HEARTH_RELEASES_URL.
  [string] $Releases = '',
  # Removes the executable; models and settings stay.
  [switch] $Uninstall
)

function Install-Hearth {
  $ErrorActionPreference = 'Stop'
  # Windows PowerShell downloads many times slower while it draws a bar.
  $ProgressPreference = 'SilentlyContinue'
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12

  # The build writes the address of the releases between these quotes; in the repository there is none.
  $defaultReleases = ''

  $folder = $Dir
  if (-not $folder) { $folder = Join-Path $env:LOCALAPPDATA 'Programs\Hearth' }
  $folder = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($folder)
  $installed = Join-Path $folder 'hearth.exe'

  if ($Uninstall) {
    if (-not (Test-Path -LiteralPath $installed -PathType Leaf)) { throw "There is no $installed; -Dir says where it is." }
    $data = Join-Path $env:LOCALAPPDATA 'hearth'
    # A task whose program is gone would fail at every start.
    foreach ($scope in 'user', 'system') {
      $task = Join-Path $data "service-$scope.xml"
      if ((Test-Path -LiteralPath $task) -and (Get-Content -LiteralPath $task -Raw).Contains($installed)) {
        throw "A service runs it ($task): type first & '$($installed -replace "'", "''")' service uninstall"
      }
    }
    Remove-Item -LiteralPath $installed -Force
    if ($env:HEARTH_HOME) { $data = $env:HEARTH_HOME }
    Write-Host "$installed is removed. Models and settings stay in $data."
    return
  }

  $base = $Releases
  if (-not $base) { $base = $env:HEARTH_RELEASES_URL }
  if (-not $base) { $base = $defaultReleases }
  if (-not $base) { throw 'Nobody has said where releases lie: give -Releases URL, or set HEARTH_RELEASES_URL.' }
  $address = [uri]($base.TrimEnd('/'))
  $isAllowed = $address.IsAbsoluteUri -and -not $address.UserInfo -and
    ($address.Scheme -eq 'https' -or ($address.Scheme -eq 'http' -and $address.IsLoopback))
  if (-not $isAllowed) { throw "Releases are fetched by https only, and '$base' is not." }
  $base = $base.TrimEnd('/')

  $name = $Target
  if (-not $name) {
    # What a program is told of the processor may be an emulation; this is the machine's own.
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
    $processor = (Get-ItemProperty -LiteralPath $key).PROCESSOR_ARCHITECTURE
    $name = switch ($processor) {
      'AMD64' { 'windows-x64' }
      'ARM64' { 'windows-arm64' }
      default { throw "There is no build for processors of the kind $processor; x86-64 and 64-bit ARM have one." }
    }
    $hasDriver = Test-Path -LiteralPath (Join-Path $env:SystemRoot 'System32\nvcuda.dll')
    if ($name -eq 'windows-x64' -and $hasDriver -and -not $Cpu) {
      Write-Host 'The NVIDIA driver is here, so this takes the build with CUDA; -Cpu takes the other one.'
      $name = 'windows-x64-cuda'
    }
  }
  if ($name -notmatch '^[a-z0-9-]+$') { throw "'$name' is no build." }

  $wanted = $Version.TrimStart('v')
  if ($wanted -and $wanted -notmatch '^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$') { throw "'$Version' is no version like 1.2.3." }
  $place = if ($wanted) { "$base/download/v$wanted" } else { "$base/latest/download" }
  $null = New-Item -ItemType Directory -Force -Path $folder
  $work = Join-Path $folder ('.hearth-install.' + [guid]::NewGuid().ToString('N'))
  $null = New-Item -ItemType Directory -Path $work
  try {
    Invoke-WebRequest -UseBasicParsing -Uri "$place/SHA256SUMS" -OutFile (Join-Path $work 'SHA256SUMS')
    $sums = @{}
    foreach ($line in Get-Content -LiteralPath (Join-Path $work 'SHA256SUMS')) {
      if ($line -match '^([0-9a-f]{64})[ ][ *](\S+)$') { $sums[$Matches[2]] = $Matches[1] }
    }
    $pattern = '^hearth-(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)-' + [regex]::Escape($name) + '\.zip$'
    $archive = $sums.Keys | Where-Object { $_ -match $pattern } | Select-Object -First 1
    if (-not $archive) { throw "This release has no build $name; it has: $(($sums.Keys | Sort-Object) -join ', ')" }
    $found = [regex]::Match($archive, $pattern).Groups[1].Value

    Write-Host "Downloading $archive ..."
    $file = Join-Path $work $archive
    Invoke-WebRequest -UseBasicParsing -Uri "$base/download/v$found/$archive" -OutFile $file
    $sum = (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash.ToLowerInvariant()
    if ($sum -ne $sums[$archive]) {
      throw "$archive is not what was published, and is not installed: its SHA-256 is $sum, and should be $($sums[$archive])."
    }
    Expand-Archive -LiteralPath $file -DestinationPath $work
    $new = Join-Path $work "hearth-$found-$name\hearth.exe"
    if ("$(& $new version)".Trim() -ne $found) { throw 'The executable does not run on this machine, and is not installed.' }

    # Windows does not overwrite a program that runs, but lets it have another name.
    $old = "$installed.old"
    if (Test-Path -LiteralPath $old) { Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue }
    if (Test-Path -LiteralPath $installed) { Move-Item -LiteralPath $installed -Destination $old -Force }
    try {
      Move-Item -LiteralPath $new -Destination $installed
    } catch {
      if (Test-Path -LiteralPath $old) { Move-Item -LiteralPath $old -Destination $installed }
      throw
    }
    Remove-Item -LiteralPath $old -Force -ErrorAction SilentlyContinue
    Write-Host "Hearth $found ($name) is installed: $installed"
  } finally {
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
  }

  if (($env:Path -split ';') -contains $folder) {
    Write-Host 'Type: hearth'
  } else {
    Write-Host 'The folder is not in PATH. Type this once, and open a new terminal:'
    Write-Host "  [Environment]::SetEnvironmentVariable('Path', '$($folder -replace "'", "''");' + [Environment]::GetEnvironmentVariable('Path', 'User'), 'User')"
  }
}

Install-Hearth
