#!/usr/bin/env bash
# Builds, measures all that docs/performance.md speaks of, and makes its tables anew. Prose outside the marks stays.
#   ./bench.sh                 everything but the soak, about half an hour on a quiet machine
#   ./bench.sh --quick         the same in some minutes: to see that it works; writes no document unless --document FILE says so
#   ./bench.sh --soak MINUTES  and then a soak (60 is what the goal asks for)
# Further options go to the load tool: 'tapedeck bench help'.
set -euo pipefail
cd "$(dirname "$0")"
document=(--document docs/performance.md)
soak=0
options=()
while [ $# -gt 0 ]; do
  case "$1" in
    --quick) options+=(--quick); document=() ;;
    --soak)
      [[ "${2:-}" =~ ^[1-9][0-9]*$ ]] || { echo "--soak wants minutes: --soak 60" >&2; exit 2; }
      soak=$2; shift ;;
    --document) document=(--document "${2:?--document wants a file}"); shift ;;
    *) options+=("$1") ;;
  esac
  shift
done
for pair in ffmpeg:ffmpeg cc:gcc nginx:libnginx-mod-rtmp strace:strace; do
  command -v "${pair%%:*}" >/dev/null || echo "Without ${pair%%:*} some figures will be missing (Debian: ${pair#*:})." >&2
done

./build.sh
tapedeck=artifacts/bin/Host/release/tapedeck
status=0
"$tapedeck" bench all "${options[@]}" "${document[@]}" || status=1
if [ "$soak" -gt 0 ]; then
  "$tapedeck" bench soak --minutes "$soak" "${options[@]}" "${document[@]}" || status=1
fi
exit "$status"
