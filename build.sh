#!/usr/bin/env bash
# Builds everything. Leaves the command at artifacts/bin/Host/release/tapedeck.
set -euo pipefail
cd "$(dirname "$0")"
command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing: 'dotnet' is not on the PATH." >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! dotnet build Host.sln -c Release -v quiet -nologo "$@" >"$log" 2>&1; then
  grep -E 'error|warning' "$log" | sort -u >&2 || cat "$log" >&2
  exit 1
fi
echo "Built artifacts/bin/Host/release/tapedeck"
