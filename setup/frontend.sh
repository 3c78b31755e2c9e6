#!/usr/bin/env bash
# Installs the front-end parts named in package-lock.json and copies what pages and PDFs use into
# registry/static. Nothing of it is committed; licences are copied beside the files.
# usage: setup/frontend.sh run|test      (test also installs the accessibility checker)
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?usage: setup/frontend.sh run|test}
vendor=registry/static/vendor
fonts=registry/static/fonts
stamp=node_modules/.kaizu-$kind
wanted=$(cat package-lock.json "$0" | sha256sum)
parts=(
    "$vendor/htmx.min.js" "$vendor/tokens.css"
    "$vendor/bpmn-js/bpmn-modeler.js" "$vendor/bpmn-js/ja.js" "$vendor/bpmn-js/font/bpmn.woff2"
    "$fonts/BIZUDPGothic-Regular.ttf" "$fonts/BIZUDPGothic-Bold.ttf"
)

complete() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] || return 1
    local part
    for part in "${parts[@]}"; do [ -s "$part" ] || return 1; done
}

if complete; then exit 0; fi

if ! command -v npm >/dev/null; then
    echo "setup: npm is missing. Install it and run the same command again:" >&2
    echo "    apt-get install --no-install-recommends npm" >&2
    exit 1
fi

echo "setup: front-end parts"
options=(--ignore-scripts --no-audit --no-fund --loglevel=error)
[ "$kind" = test ] || options+=(--omit=dev)
npm ci "${options[@]}" >/dev/null

place() { # copy under a temporary name first: a reader never sees half a file
    mkdir -p "$(dirname "$2")"
    cp "$1" "$2.new"
    mv "$2.new" "$2"
}
htmx=node_modules/htmx.org
tokens=node_modules/@digital-go-jp/design-tokens
gothic=node_modules/@expo-google-fonts/biz-udpgothic
place "$htmx/dist/htmx.min.js" "$vendor/htmx.min.js"
place "$htmx/LICENSE" "$vendor/htmx.LICENSE.txt"
place "$tokens/dist/tokens.css" "$vendor/tokens.css"
place "$tokens/LICENSE" "$vendor/tokens.LICENSE.txt"
# The flow editor: the program, its styles and icons, and its words in Japanese.
bpmn=node_modules/bpmn-js
place "$bpmn/dist/bpmn-modeler.production.min.js" "$vendor/bpmn-js/bpmn-modeler.js"
place "$bpmn/LICENSE" "$vendor/bpmn-js/LICENSE.txt"
for style in diagram-js bpmn-js; do
    place "$bpmn/dist/assets/$style.css" "$vendor/bpmn-js/css/$style.css"
done
place "$bpmn/dist/assets/bpmn-font/css/bpmn.css" "$vendor/bpmn-js/css/bpmn-font.css"
for kind in woff2 woff ttf; do
    place "$bpmn/dist/assets/bpmn-font/font/bpmn.$kind" "$vendor/bpmn-js/font/bpmn.$kind"
done
place node_modules/bpmn-js-i18n/translations/ja.js "$vendor/bpmn-js/ja.js"
place node_modules/bpmn-js-i18n/LICENSE "$vendor/bpmn-js/ja.LICENSE.txt"
place "$gothic/400Regular/BIZUDPGothic_400Regular.ttf" "$fonts/BIZUDPGothic-Regular.ttf"
place "$gothic/700Bold/BIZUDPGothic_700Bold.ttf" "$fonts/BIZUDPGothic-Bold.ttf"
place "$gothic/LICENSE_FONT" "$fonts/BIZUDPGothic.LICENSE.txt"

# The larger set serves both; npm ci has just removed an older stamp with node_modules.
echo "$wanted" >node_modules/.kaizu-run
[ "$kind" != test ] || echo "$wanted" >node_modules/.kaizu-test
